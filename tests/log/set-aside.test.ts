import { expect, test } from 'vitest';
import { setAsideName } from '../../proxy/log/set-aside.ts';

test('a file is set aside beside itself, by the time, in a name that Windows allows too', () => {
  expect(setAsideName('/a/trust.json')).toMatch(/^\/a\/trust\.json\.unusable-\d{4}-\d\d-\d\dT\d\d-\d\d-\d\d-\d{3}Z$/);
});
