import { chmodSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { readDesktopSettings, saveDesktopSettings } from '../../../main/desktop/settings-file.ts';
import { scratchDirectory } from '../../support/clean-up.ts';

test('what was saved is read again, from a file that is private', async () => {
  const directory = scratchDirectory('settings');
  chmodSync(directory, 0o700);
  expect(await readDesktopSettings(directory)).toEqual({ notifications: true, closingExplained: false });
  await saveDesktopSettings(directory, { notifications: false, closingExplained: true });
  expect(await readDesktopSettings(directory)).toEqual({ notifications: false, closingExplained: true });
  expect(statSync(join(directory, 'desktop.json')).mode & 0o777).toBe(0o600);
});

test.each(['', 'no json', '[]', '{"notifications":"yes"}'])(
  '%j makes no sense and is not worth an error',
  async (text) => {
    const directory = scratchDirectory('settings');
    writeFileSync(join(directory, 'desktop.json'), text);
    expect(await readDesktopSettings(directory)).toEqual({ notifications: true, closingExplained: false });
  },
);

test('what a later version added is no reason to forget the rest', async () => {
  const directory = scratchDirectory('settings');
  writeFileSync(join(directory, 'desktop.json'), '{"notifications":false,"colour":"green"}');
  expect(await readDesktopSettings(directory)).toMatchObject({ notifications: false });
});
