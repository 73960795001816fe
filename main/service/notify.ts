import { spawn } from 'node:child_process';
import { stat } from 'node:fs/promises';
import { errorMessage } from '../../proxy/contract/index.ts';

/**
 * Tells the service manager the state of the service (sd_notify(3)). That takes a datagram to a Unix socket, which Node
 * cannot send; systemd's own `systemd-notify` can, and exists wherever systemd does. One call takes a few milliseconds,
 * and waits until the manager has read it. The unit needs `NotifyAccess=all`: the manager did not start the helper
 * itself.
 */
export interface ServiceManager {
  ready(status: string): void;
  /** The configuration is being read again; `ready` follows. */
  reloading(): void;
  status(text: string): void;
  /** Resolves when the manager knows. */
  stopping(): Promise<void>;
}

/** Sends assignments to the manager: `READY=1`, `STATUS=…`. @throws why it could not, for people */
type Send = (assignments: readonly string[]) => Promise<void>;

/** @returns null where no service manager listens */
export function serviceManager(
  environment: NodeJS.ProcessEnv,
  pid: number,
  complain: (line: string) => void,
  send: Send = sendBy(environment.NOTIFY_SOCKET ?? ''),
): ServiceManager | null {
  const { NOTIFY_SOCKET, WATCHDOG_USEC, WATCHDOG_PID } = environment;
  for (const name of ['NOTIFY_SOCKET', 'WATCHDOG_USEC', 'WATCHDOG_PID']) delete environment[name];
  if (NOTIFY_SOCKET === undefined || NOTIFY_SOCKET === '') return null;
  // One after another: a message that was overtaken would report an old state last.
  let last: Promise<void> = Promise.resolve();
  let said = '';
  let complained = false;
  const tell = (...assignments: string[]) => {
    // A failed message does not affect later ones; failures of the watchdog's messages are not reported.
    last = last
      .then(() => send(assignments))
      .catch((error: unknown) => {
        if (complained) return;
        complained = true;
        const why = errorMessage(error);
        complain(`The service manager cannot be told how Postern is: ${why}.`);
      });
    return last;
  };
  const mine = WATCHDOG_PID === undefined || Number(WATCHDOG_PID) === pid;
  const watchdog = mine && Number(WATCHDOG_USEC) > 0 ? Number(WATCHDOG_USEC) / 1000 : null;
  const end = watchdog === null ? () => undefined : feedWatchdog(watchdog / 2, () => tell('WATCHDOG=1'));
  return {
    ready(status) {
      said = status;
      void tell('READY=1', `STATUS=${status}`);
    },
    reloading() {
      // systemd 253 and newer require the time (Type=notify-reload).
      void tell('RELOADING=1', `MONOTONIC_USEC=${process.hrtime.bigint() / 1000n}`);
    },
    status(text) {
      if (text === said) return;
      said = text;
      void tell(`STATUS=${text}`);
    },
    async stopping() {
      end();
      await tell('STOPPING=1');
    },
  };
}

/**
 * Feeds the watchdog for as long as this process does its work: the event loop turns, or this would not run; and its
 * thread pool, which looks up names and reads files, answers. A process that stalls for the whole period is restarted.
 *
 * @param milliseconds how often; sd_watchdog_enabled(3) advises half of the period
 * @param feed resolves when it has been fed
 * @returns a function that ends it
 */
export function feedWatchdog(
  milliseconds: number,
  feed: () => Promise<void>,
  threads: () => Promise<unknown> = () => stat('/'),
): () => void {
  let asking = false;
  const timer = setInterval(() => {
    if (asking) return;
    asking = true;
    // An error is an answer, too.
    void threads()
      .then(feed, feed)
      .finally(() => {
        asking = false;
      });
  }, milliseconds);
  return () => clearInterval(timer);
}

function sendBy(socket: string): Send {
  return (assignments) =>
    new Promise((resolve, reject) => {
      const helper = spawn('systemd-notify', ['--', ...assignments], {
        env: { PATH: process.env.PATH ?? '/usr/bin:/bin', NOTIFY_SOCKET: socket },
        stdio: 'ignore',
      });
      helper.once('error', ({ code }: NodeJS.ErrnoException) =>
        reject(new Error(`systemd-notify cannot be started (${code})`)),
      );
      helper.once('exit', (code) =>
        code === 0 ? resolve() : reject(new Error(`systemd-notify failed (exit code ${code})`)),
      );
    });
}
