import { expect, test } from 'vitest';
import { isNear } from '../../proxy/config/near-word.ts';

test.each([
  ['sever', 'server'],
  ['servver', 'server'],
  ['servor', 'server'],
  ['sevrer', 'server'],
  ['SERVER', 'server'],
  ['server', 'server'],
  ['', 'x'],
])('%s is near %s', (typed, word) => expect(isNear(typed, word)).toBe(true));

test.each([
  ['srvr', 'server'],
  ['port', 'server'],
  ['reserve', 'server'],
  ['tls', 'listen'],
  ['', 'tls'],
])('%s is not near %s', (typed, word) => expect(isNear(typed, word)).toBe(false));
