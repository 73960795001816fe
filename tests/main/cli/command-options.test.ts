import { resolve } from 'node:path';
import { expect, test } from 'vitest';
import { commandOptions } from '../../../main/cli/command-options.ts';

test('nothing where Postern is in its usual place', () => {
  expect(commandOptions(undefined)).toBe('');
});

test('a whole path, as a shell takes it', () => {
  expect(commandOptions('/srv/mail')).toBe(' --data-dir /srv/mail');
  expect(commandOptions('mail')).toBe(` --data-dir ${resolve('mail')}`);
  expect(commandOptions('/srv/my mail')).toBe(" --data-dir '/srv/my mail'");
  expect(commandOptions("/srv/it's $HOME")).toBe(" --data-dir '/srv/it'\\''s $HOME'");
  expect(commandOptions('/srv/my mail', 'win32')).toBe(' --data-dir "/srv/my mail"');
});
