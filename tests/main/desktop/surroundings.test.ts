import { expect, test } from 'vitest';
import { desktopOf, type Surroundings } from '../../../main/desktop/surroundings.ts';

const usual: Surroundings = {
  ...{ system: 'linux', environment: {}, hasSwitch: () => false, isPackaged: true },
  ...{ execPath: '/opt/Postern/postern', appPath: '/opt/Postern/resources/app.asar' },
};
const of = (given: Partial<Surroundings>) => desktopOf({ ...usual, ...given });

test('a click on the icon opens the window, but where it opens the menu', () => {
  expect(of({ system: 'linux' }).clickOpensWindow).toBe(true);
  expect(of({ system: 'win32' }).clickOpensWindow).toBe(true);
  expect(of({ system: 'darwin' }).clickOpensWindow).toBe(false);
});

test('minimised windows come back, but on Wayland', () => {
  const wayland = { XDG_SESSION_TYPE: 'wayland' };
  expect(of({}).minimises).toBe(true);
  expect(of({ environment: { XDG_SESSION_TYPE: 'x11' } }).minimises).toBe(true);
  expect(of({ environment: wayland }).minimises).toBe(false);
  expect(of({ environment: wayland, hasSwitch: (name) => name === 'ozone-platform' }).minimises).toBe(true);
  expect(of({ environment: wayland, system: 'darwin' }).minimises).toBe(true);
});

test('a window is drawn before it is shown on macOS alone', () => {
  expect(of({ system: 'darwin' }).drawsHidden).toBe(true);
  expect(of({ system: 'win32' }).drawsHidden).toBe(false);
  expect(of({}).drawsHidden).toBe(false);
});

test('what starts the app again is what the person started', () => {
  expect(of({}).command).toEqual(['/opt/Postern/postern']);
  expect(of({ environment: { APPIMAGE: '/home/a/Postern.AppImage' } }).command).toEqual(['/home/a/Postern.AppImage']);
  const portable = { PORTABLE_EXECUTABLE_FILE: 'D:\\Postern.exe' };
  expect(of({ system: 'win32', environment: portable }).command).toEqual(['D:\\Postern.exe']);
  // A packaged app sets these variables; one that is not packaged has inherited them.
  const inherited = { ...portable, APPIMAGE: '/other.AppImage' };
  expect(of({ isPackaged: false, environment: inherited, execPath: '/electron', appPath: '/src' }).command).toEqual([
    '/electron',
    '/src',
  ]);
  expect(of({ environment: portable }).command).toEqual(['/opt/Postern/postern']);
  expect(of({ system: 'win32', environment: portable }).isPortable).toBe(true);
  expect(of({ system: 'win32', environment: portable, isPackaged: false }).isPortable).toBe(false);
  expect(of({ system: 'win32' }).isPortable).toBe(false);
});

test('notifications where Windows knows the app, balloons where a start menu entry would lead nowhere', () => {
  expect(of({ system: 'win32' }).notices).toBe('notification');
  expect(of({ system: 'win32', isPackaged: false }).notices).toBe('balloon');
  expect(of({ system: 'win32', environment: { PORTABLE_EXECUTABLE_FILE: 'x' } }).notices).toBe('balloon');
  expect(of({ isPackaged: false }).notices).toBe('notification');
  expect(of({ system: 'darwin', isPackaged: false }).notices).toBe('notification');
});

test('a login item where it would start this app', () => {
  expect(of({ system: 'darwin' }).startsAtLogin).toBe(true);
  expect(of({ system: 'darwin', isPackaged: false }).startsAtLogin).toBe(false);
  expect(of({ system: 'win32', isPackaged: false }).startsAtLogin).toBe(true);
});

test('macOS draws the icon itself', () => {
  expect(of({}).icon('down')).toBe('refused');
  expect(of({ system: 'darwin' }).icon('question')).toBe('questionTemplate');
});
