import { execFile, spawn } from 'node:child_process';

/** Asking takes milliseconds; a hanging session bus must not hold up the start (milliseconds). */
const answerWithin = 2000;
/** The name under which tray icons are announced on Linux; GNOME does not own it without an extension. */
const name = 'org.kde.StatusNotifierWatcher';
/**
 * Listens to the bus until its own input ends, which also happens when the app is killed: otherwise it would run for ever.
 * Where D-Bus' own programs are not installed, GLib's is, as Electron needs GLib.
 */
const monitorWhileHeard =
  'if command -v dbus-monitor >/dev/null; then dbus-monitor --session "$1" & ' +
  'else gdbus monitor --session --dest org.freedesktop.DBus & fi; read -r _; kill $!';
/** What either says of a change: `dbus-monitor` is told of this name alone, `gdbus` of every one. */
const isChange = new RegExp(`member=NameOwnerChanged|NameOwnerChanged \\('${name.replaceAll('.', '\\.')}'`);

/** The place for tray icons on this desktop. */
export interface TrayHost {
  readonly isThere: boolean;
  /** @param listener called when it appears or disappears from now on */
  onChange(listener: (isThere: boolean) => void): void;
  stop(): void;
}

/**
 * Checks whether the desktop has a place for tray icons, and keeps watching: at login it may appear after us, and it
 * disappears when the desktop's shell restarts. Outside Linux there always is one.
 */
export async function watchTrayHost(system: NodeJS.Platform): Promise<TrayHost> {
  if (system !== 'linux') return { isThere: true, onChange: () => undefined, stop: () => undefined };
  const listeners = new Set<(isThere: boolean) => void>();
  let known: boolean | null = null;
  let asking = Promise.resolve(false);
  const look = async () => {
    // Only the question is in the queue: a listener that throws is an unhandled rejection, and costs no later look.
    asking = asking.then(askBus);
    const isThere = await asking;
    const isNews = known !== null && known !== isThere;
    known = isThere;
    if (isNews) for (const listener of listeners) listener(isThere);
  };
  // Subscribe first, then ask: a change in between is not missed.
  const signal = `type='signal',sender='org.freedesktop.DBus',member='NameOwnerChanged',arg0='${name}'`;
  const monitor = spawn('sh', ['-c', monitorWhileHeard, 'sh', signal], { stdio: ['pipe', 'pipe', 'ignore'] });
  // Without that program the first answer stands.
  for (const each of [monitor, monitor.stdin]) each.on('error', () => undefined);
  monitor.stdout.setEncoding('utf8').on('data', (text: string) => {
    if (isChange.test(text)) void look();
  });
  await look();
  return {
    get isThere() {
      return known === true;
    },
    onChange: (listener) => void listeners.add(listener),
    stop: () => void monitor.stdin.end(),
  };
}

const bus = 'org.freedesktop.DBus';
const questions: [program: string, ...args: string[]][] = [
  [
    ...(['dbus-send', '--session', '--print-reply=literal', '--type=method_call', `--dest=${bus}`] as const),
    ...['/org/freedesktop/DBus', `${bus}.NameHasOwner`, `string:${name}`],
  ],
  [
    ...(['gdbus', 'call', '--session', '--dest', bus, '--object-path', '/org/freedesktop/DBus'] as const),
    ...['--method', `${bus}.NameHasOwner`, name],
  ],
];

/** Never rejects: a bus that cannot be asked has no place for icons. */
async function askBus(): Promise<boolean> {
  for (const [program, ...args] of questions) {
    const answer = await ask(program, args);
    if (answer !== null) return answer;
  }
  return false;
}

/** @returns null where there is no such program */
function ask(program: string, args: string[]): Promise<boolean | null> {
  return new Promise((resolve) => {
    try {
      execFile(program, args, { timeout: answerWithin }, (error, stdout) => {
        resolve(error?.code === 'ENOENT' ? null : !error && /\btrue\b/.test(stdout));
      });
    } catch {
      // Most of what keeps a program from being started is in the callback; a lack of memory is thrown.
      resolve(false);
    }
  });
}
