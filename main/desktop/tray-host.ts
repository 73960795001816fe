import { execFile } from 'node:child_process';

/** Asking takes milliseconds; a session bus that hangs must not hold the start up (milliseconds). */
const answerWithin = 2000;

/**
 * Whether a desktop on Linux shows tray icons: someone has to own the name under which they are announced, and GNOME
 * without an extension does not. Elsewhere there always is a tray.
 */
export function hasTrayHost(system: NodeJS.Platform): Promise<boolean> {
  if (system !== 'linux') return Promise.resolve(true);
  const question = [
    ...['--session', '--print-reply=literal', '--type=method_call', '--dest=org.freedesktop.DBus'],
    ...['/org/freedesktop/DBus', 'org.freedesktop.DBus.NameHasOwner', 'string:org.kde.StatusNotifierWatcher'],
  ];
  return new Promise((resolve) => {
    execFile('dbus-send', question, { timeout: answerWithin }, (error, stdout) => {
      resolve(!error && /\btrue\b/.test(stdout));
    });
  });
}
