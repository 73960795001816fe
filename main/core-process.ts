import { ConfigurationError } from '../proxy/config/configuration-error.ts';
import { UnusableDirectory } from '../proxy/config/data-directory.ts';
import type { FromCore, ToCore } from './desktop/core-messages.ts';
import { aliveEvery } from './desktop/heartbeat.ts';
import { words } from './desktop/words.ts';
import { type Headless, startHeadless } from './headless.ts';
import { AlreadyRunning } from './http/control-file.ts';

// The entry of the process that the desktop shell runs the core in: the core as it runs without a desktop, so that the
// `postern` command finds it too, with its contract over messages instead of HTTP.

const { parentPort } = process as unknown as {
  parentPort: {
    on(event: 'message', listener: (event: { data: ToCore }) => void): void;
    postMessage(message: FromCore): void;
  };
};
const say = (message: FromCore) => parentPort.postMessage(message);

/** Quitting waits no longer than this for mail programs that have only just connected (milliseconds). */
const quitWithin = 3_000;

// A utility process only warns of an unhandled rejection, and goes on in an unknown state. In a terminal Node ends the
// process, and so does this.
process.on('unhandledRejection', (reason) => {
  throw reason;
});

// The end of a login session, or Ctrl+C in a terminal, is signalled to every process. The shell is told as well, and
// then asks this process to stop; it must not have died of it before, with everybody's connections. If the shell was
// not meant, it starts the core again.
for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) {
  process.on(signal, () => void end().then(() => process.exit(0)));
}

setInterval(() => say({ kind: 'alive' }), aliveEvery).unref();

let unsubscribe = () => {};
let running: Promise<Headless | null> = Promise.resolve(null);

parentPort.on('message', ({ data }) => {
  switch (data.kind) {
    case 'start':
      running = start(data.dataDirectory, data.version);
      break;
    case 'command':
      void running.then(async (core) => {
        const { id, name, input } = data;
        const result = await core?.api.command(name, input as never, (step) => say({ kind: 'progress', id, step }));
        if (result) say({ kind: 'result', id, result });
      });
      break;
    case 'snapshot':
      void running.then((core) => core && follow(core));
      break;
    case 'fault':
      void running.then((core) => core?.fault(data.message));
      break;
    case 'stop':
      void stop(data.milliseconds).then(() => {
        if (data.leave) process.exit(0);
      });
  }
});

async function start(dataDirectory: string, version: string): Promise<Headless | null> {
  try {
    const core = await startHeadless({
      dataDirectory,
      version,
      windowDirectory: null,
      practice: 'if-new',
      // The tray says that it starts.
      waits: () => undefined,
      emit: () => undefined,
    });
    follow(core);
    void core.stopRequested.then(() => stop());
    return core;
  } catch (error) {
    say({ kind: 'failed', message: reasonOf(error) });
    return null;
  }
}

/** Sends the whole state, and every change from then on. */
function follow({ api }: Headless): void {
  unsubscribe();
  unsubscribe = api.subscribe((message) => say({ kind: 'message', message }));
}

async function stop(milliseconds?: number): Promise<void> {
  await end(milliseconds);
  say({ kind: 'stopped' });
}

async function end(milliseconds?: number): Promise<void> {
  const core = await running;
  await core?.stop(milliseconds, Math.min(milliseconds ?? quitWithin, quitWithin));
}

function reasonOf(error: unknown): string {
  const isForPeople =
    error instanceof ConfigurationError || error instanceof UnusableDirectory || error instanceof AlreadyRunning;
  if (isForPeople) return error.message;
  const code = (error as NodeJS.ErrnoException | null)?.code;
  return words.core.cannotStart(code ?? (error instanceof Error ? error.message : ''));
}
