import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test, vi } from 'vitest';
import { createLoginItem, desktopEntry, LoginItemRefused } from '../../main/login-item.ts';
import { scratchDirectory } from '../support/clean-up.ts';

const of = (...command: string[]) => ({ command, startsAtLogin: true });
const nobody = {
  getLoginItemSettings: vi.fn(() => ({ openAtLogin: false })),
  setLoginItemSettings: vi.fn(),
};

test('Linux: a file that the desktop runs at the start of a session, hidden', async () => {
  const home = scratchDirectory('home');
  const item = createLoginItem('linux', nobody, of('/opt/postern', '--data-dir', '/a b'), { HOME: home });
  const file = join(home, '.config', 'autostart', 'postern.desktop');
  expect(await item.isSet()).toBe(false);
  await item.set(true);
  expect(await item.isSet()).toBe(true);
  expect(readFileSync(file, 'utf8')).toContain('\nExec=/opt/postern --data-dir "/a b" --hidden\n');
  await item.set(false);
  expect(existsSync(file)).toBe(false);
  await item.set(false);
  expect(await item.isSet()).toBe(false);
});

test('Linux: where the desktop keeps its configuration elsewhere; a relative place does not count', async () => {
  const [home, configured] = [scratchDirectory('home'), scratchDirectory('xdg')];
  await createLoginItem('linux', nobody, of('p'), { HOME: home, XDG_CONFIG_HOME: configured }).set(true);
  expect(existsSync(join(configured, 'autostart', 'postern.desktop'))).toBe(true);
  await createLoginItem('linux', nobody, of('p'), { HOME: home, XDG_CONFIG_HOME: 'relative' }).set(true);
  expect(existsSync(join(home, '.config', 'autostart', 'postern.desktop'))).toBe(true);
});

test.each(['Hidden=true', 'X-GNOME-Autostart-enabled=false'])(
  'Linux: switched off by the desktop itself (%s)',
  async (line) => {
    const home = scratchDirectory('home');
    const item = createLoginItem('linux', nobody, of('p'), { HOME: home });
    await item.set(true);
    const file = join(home, '.config', 'autostart', 'postern.desktop');
    writeFileSync(file, `${readFileSync(file, 'utf8').replace('X-GNOME-Autostart-enabled=true\n', '')}${line}\n`);
    expect(await item.isSet()).toBe(false);
  },
);

test.each([
  ['/opt/Postern App/postern', '"/opt/Postern App/postern"'],
  ['100%', '"100%%"'],
  ['a"b', '"a\\\\"b"'],
  ['$HOME`x`', '"\\\\$HOME\\\\`x\\\\`"'],
  ['back\\slash', '"back\\\\\\\\slash"'],
])('a word of Exec: %s', (word, written) => {
  expect(desktopEntry([word])).toContain(`\nExec=${written}\n`);
});

test('Windows: the program with its arguments, hidden; asked for in the same words', async () => {
  const app = { getLoginItemSettings: vi.fn(() => ({ openAtLogin: true })), setLoginItemSettings: vi.fn() };
  const item = createLoginItem('win32', app, of('C:\\p.exe', '--data-dir', 'D:\\x'));
  const entry = { path: 'C:\\p.exe', args: ['--data-dir', 'D:\\x', '--hidden'] };
  expect(await item.isSet()).toBe(true);
  expect(app.getLoginItemSettings).toHaveBeenCalledWith(entry);
  await item.set(true);
  expect(app.setLoginItemSettings).toHaveBeenCalledWith({ ...entry, openAtLogin: true });
});

test('macOS: the system knows the app by itself', async () => {
  const app = { getLoginItemSettings: vi.fn(() => ({ openAtLogin: false })), setLoginItemSettings: vi.fn() };
  const item = createLoginItem('darwin', app, of('/Applications/Postern.app/x'));
  expect(await item.isSet()).toBe(false);
  await item.set(false);
  expect(app.setLoginItemSettings).toHaveBeenCalledWith({ openAtLogin: false });
});

test('elsewhere there is no way, and it says so', async () => {
  const item = createLoginItem('freebsd', nobody, of('p'));
  expect(await item.isSet()).toBeNull();
  await item.set(true);
});

test('where this app cannot be started at login, nothing is asked or set', async () => {
  const app = { getLoginItemSettings: vi.fn(() => ({ openAtLogin: true })), setLoginItemSettings: vi.fn() };
  const item = createLoginItem('darwin', app, { command: ['p'], startsAtLogin: false });
  expect(await item.isSet()).toBeNull();
  await item.set(true);
  expect(app.setLoginItemSettings).not.toHaveBeenCalled();
});

test.each([
  ['requires-approval', /allow Postern in the system’s settings/],
  ['not-registered', /did not accept this/],
  [undefined, /did not accept this/],
])('what the system did not keep (%s) is an error with words', async (status, words) => {
  const app = {
    getLoginItemSettings: () => ({ openAtLogin: false, ...(status ? { status } : {}) }),
    setLoginItemSettings: vi.fn(),
  };
  const item = createLoginItem('darwin', app, of('p'));
  await expect(item.set(true)).rejects.toThrow(LoginItemRefused);
  await expect(item.set(true)).rejects.toThrow(words);
  await item.set(false);
});
