import {
  type AnyProgress,
  type CommandName,
  type CommandResult,
  type CoreMessage,
  followState,
  type PosternApi,
  type TableName,
  type Tables,
} from '../proxy/contract/index.ts';
import { faultText } from '../proxy/log/fault-text.ts';
import type { CoreStatus, FromCore, ToCore } from './desktop/core-messages.ts';
import { words } from './desktop/words.ts';

/** The part of the core's process handle that is used here. */
export interface CoreChild {
  postMessage(message: ToCore): void;
  onMessage(listener: (message: FromCore) => void): void;
  onExit(listener: (code: number) => void): void;
  /** Called when it is about to end because it is out of memory, or for another reason within the engine. */
  onFault(listener: () => void): void;
  kill(): void;
  /** Undefined before it runs, and after it has ended. */
  pid(): number | undefined;
}

/** The core in a process of its own. It is restarted when it ends, and stale state is never passed off as current. */
export interface ProxyProcess extends PosternApi {
  readonly status: CoreStatus;
  /** The last known state, which is current while `status` is live. */
  rows<T extends TableName>(table: T): Tables[T][];
  /** Called when the core is back after it had ended on its own. */
  onRestarted(listener: () => void): void;
  /** Called when the core has stopped because somebody told it to: with the command, not from this process. */
  onStopped(listener: () => void): void;
  /** Stops the core, giving transfers their time; kills it when it takes longer than that. */
  stop(): Promise<void>;
  /** Has the core exit at once on its own, after telling each connection. @returns its process, while it still runs */
  leave(): number | undefined;
  /** Has the core log what went wrong in the shell. */
  fault(error: unknown): void;
}

export interface ProxyProcessOptions {
  fork(): CoreChild;
  dataDirectory: string;
  version: string;
  /** Delays before a core that ended is restarted, in milliseconds; the last one repeats. */
  restartAfter?: readonly number[];
  /** A stopping core is killed after this, in milliseconds: its own limit is ten seconds. */
  stopWithin?: number;
}

/** A core that stayed up this long was healthy: its next end counts as the first one again (milliseconds). */
const wellAfter = 60_000;

/** Whoever waits for a core that has ended this many times in a row before it was up is told so. */
const hopelessAfter = 4;

export function startProxyProcess(options: ProxyProcessOptions): ProxyProcess {
  const { fork, dataDirectory, version, restartAfter = [250, 1000, 5000, 10_000], stopWithin = 12_000 } = options;
  const state = followState();
  const listeners = new Set<(message: CoreMessage) => void>();
  const restarted = new Set<() => void>();
  const stopped = new Set<() => void>();
  type Running = { settle(result: CommandResult<CommandName>): void; progress: (step: AnyProgress) => void };
  const commands = new Map<number, Running>();
  let status: CoreStatus = { kind: 'core', status: 'restarting', reason: words.core.starting };
  let child: CoreChild | null = null;
  let timer: NodeJS.Timeout | undefined;
  let lastCommand = 0;
  let ends = 0;
  let neverLive = 0;
  let endedByItself = false;
  let stopping: (() => void) | null = null;

  const tell = (message: CoreMessage) => {
    for (const listener of [...listeners]) listener(message);
  };
  const setStatus = (next: CoreStatus['status'], reason: string | null) => {
    status = { kind: 'core', status: next, ...(reason === null ? {} : { reason }) };
    if (next !== 'live') tell(status);
  };

  function start(): void {
    const mine = fork();
    let startedAt = Number.POSITIVE_INFINITY;
    let failure: string | null = null;
    let isExhausted = false;
    child = mine;
    mine.onFault(() => {
      isExhausted = true;
    });
    mine.onMessage((message) => {
      if (mine !== child) return;
      switch (message.kind) {
        case 'message':
          if (!state.apply(message.message)) return mine.postMessage({ kind: 'snapshot' });
          if (message.message.kind === 'snapshot') {
            startedAt = Date.now();
            setStatus('live', null);
          }
          tell(message.message);
          if (message.message.kind === 'snapshot' && endedByItself) {
            endedByItself = false;
            for (const listener of restarted) listener();
          }
          break;
        case 'progress':
          commands.get(message.id)?.progress(message.step);
          break;
        case 'result':
          commands.get(message.id)?.settle(message.result);
          commands.delete(message.id);
          break;
        case 'failed':
          failure = message.message;
          mine.kill();
          break;
        case 'stopped':
          stopping ??= () => {
            for (const listener of stopped) listener();
          };
          mine.kill();
      }
    });
    mine.onExit(() => {
      if (mine !== child) return;
      child = null;
      for (const { settle } of commands.values()) settle(failed(words.core.ended));
      commands.clear();
      if (stopping) {
        // Whoever hears the second is to know of the first.
        stopping();
        return setStatus('gone', words.core.stopped);
      }
      if (Date.now() - startedAt > wellAfter) ends = 0;
      endedByItself = endedByItself || startedAt !== Number.POSITIVE_INFINITY;
      // The person has to fix whatever keeps it from starting; we keep trying all the same.
      if (failure === null && startedAt === Number.POSITIVE_INFINITY) neverLive += 1;
      else neverLive = 0;
      if (failure !== null) setStatus('gone', failure);
      else if (neverLive >= hopelessAfter) setStatus('gone', words.core.keepsEnding);
      else setStatus('restarting', isExhausted ? words.core.exhausted : words.core.restarting);
      const wait = restartAfter[Math.min(ends, restartAfter.length - 1)] ?? 0;
      ends += 1;
      timer = setTimeout(start, failure === null ? wait : (restartAfter.at(-1) ?? wait));
    });
    mine.postMessage({ kind: 'start', dataDirectory, version });
  }

  start();
  return {
    get status() {
      return status;
    },
    rows: (table) => [...state.tables[table].values()],
    subscribe(listener) {
      const snapshot = state.snapshot();
      if (snapshot) listener({ kind: 'snapshot', snapshot });
      if (status.status !== 'live') listener(status);
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
    command(name, input, progress = () => {}) {
      const running = child;
      if (!running || status.status !== 'live') return Promise.resolve(failed(status.reason ?? words.core.ended));
      lastCommand += 1;
      const id = lastCommand;
      return new Promise((resolve) => {
        commands.set(id, { settle: resolve as never, progress: progress as Running['progress'] });
        running.postMessage({ kind: 'command', id, name, input });
      });
    },
    onRestarted(listener) {
      restarted.add(listener);
    },
    onStopped(listener) {
      stopped.add(listener);
    },
    leave() {
      clearTimeout(timer);
      stopping ??= () => undefined;
      child?.postMessage({ kind: 'stop', milliseconds: 0, leave: true });
      return child?.pid();
    },
    fault(error) {
      child?.postMessage({ kind: 'fault', message: `The desktop shell: ${faultText(error)}` });
    },
    async stop() {
      clearTimeout(timer);
      const running = child;
      if (!running) return;
      await new Promise<void>((resolve) => {
        const limit = setTimeout(() => running.kill(), stopWithin);
        stopping = () => {
          clearTimeout(limit);
          resolve();
        };
        running.postMessage({ kind: 'stop' });
      });
    },
  };
}

function failed<C extends CommandName>(message: string): CommandResult<C> {
  return { ok: false, failure: { code: 'failed', message } };
}
