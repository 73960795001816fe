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
import { type CoreEnd, CoreLife } from './desktop/core-life.ts';
import type { CoreStatus, FromCore, ToCore } from './desktop/core-messages.ts';
import { followHeartbeat } from './desktop/heartbeat.ts';
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
  /** Has the core log a failure in the shell. */
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

/** Repeated failures in the shell must not fill its memory while there is no core. */
const maxFaults = 20;

/** A command that the core has been asked and has not answered yet. */
interface Running {
  settle(result: CommandResult<CommandName>): void;
  progress(step: AnyProgress): void;
}

export function startProxyProcess(options: ProxyProcessOptions): ProxyProcess {
  const { fork, dataDirectory, version, restartAfter = [250, 1000, 5000, 10_000], stopWithin = 12_000 } = options;
  const state = followState();
  const life = new CoreLife(restartAfter);
  const listeners = new Set<(message: CoreMessage) => void>();
  const restarted = new Set<() => void>();
  const stopped = new Set<() => void>();
  const commands = new Map<number, Running>();
  let status: CoreStatus = { kind: 'core', status: 'restarting', reason: words.core.starting };
  let child: CoreChild | null = null;
  let timer: NodeJS.Timeout | undefined;
  let lastCommand = 0;
  /** Failures in the shell while there was no core to log them. */
  const faults: ToCore[] = [];
  /** Called when a core that was to stop has ended; null unless it was told to. */
  let whenStopped: (() => void) | null = null;

  const call = (each: ReadonlySet<() => void>) => {
    for (const listener of each) listener();
  };
  const tell = (message: CoreMessage) => {
    for (const listener of [...listeners]) listener(message);
  };
  const setStatus = (next: CoreStatus['status'], reason?: string) => {
    status = { kind: 'core', status: next, ...(reason === undefined ? {} : { reason }) };
    if (next !== 'live') tell(status);
  };

  const heartbeat = followHeartbeat(() => child?.postMessage({ kind: 'snapshot' }), grewSilent);

  function start(): void {
    const mine = fork();
    const end: CoreEnd = { failure: null, isExhausted: false };
    life.starting();
    child = mine;
    mine.onFault(() => {
      end.isExhausted = true;
    });
    mine.onMessage((message) => {
      if (mine === child) hear(mine, message, end);
    });
    mine.onExit(() => {
      if (mine === child) ended(end);
    });
    mine.postMessage({ kind: 'start', dataDirectory, version });
    heartbeat.heard();
    for (const fault of faults.splice(0)) mine.postMessage(fault);
  }

  /** It hangs, and may come to itself: nothing that was asked of it is waited for, and what is shown is not taken for current. */
  function grewSilent(): void {
    setStatus('silent', words.core.silent);
    endCommands(words.core.silent);
  }

  function endCommands(why: string): void {
    for (const { settle } of commands.values()) settle(failed(why));
    commands.clear();
  }

  function hear(from: CoreChild, message: FromCore, end: CoreEnd): void {
    heartbeat.heard();
    // Live again once the snapshot has come.
    if (status.status === 'silent' && message.kind === 'alive') from.postMessage({ kind: 'snapshot' });
    switch (message.kind) {
      case 'message':
        if (state.apply(message.message)) hearState(message.message);
        else from.postMessage({ kind: 'snapshot' });
        break;
      case 'progress':
        commands.get(message.id)?.progress(message.step);
        break;
      case 'result':
        commands.get(message.id)?.settle(message.result);
        commands.delete(message.id);
        break;
      case 'failed':
        end.failure = message.message;
        from.kill();
        break;
      case 'stopped':
        life.stopping();
        whenStopped ??= () => call(stopped);
        from.kill();
    }
  }

  function hearState(message: CoreMessage): void {
    const isSnapshot = message.kind === 'snapshot';
    const isBack = isSnapshot && life.live();
    if (isSnapshot) setStatus('live');
    tell(message);
    if (isBack) call(restarted);
  }

  function ended(end: CoreEnd): void {
    child = null;
    heartbeat.end();
    endCommands(words.core.ended);
    const restart = life.ended(end);
    if (restart) {
      setStatus(restart.status, restart.reason);
      timer = setTimeout(start, restart.wait);
      return;
    }
    // Receivers of the second message need the first one.
    whenStopped?.();
    setStatus('gone', words.core.stopped);
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
      life.stopping();
      child?.postMessage({ kind: 'stop', milliseconds: 0, leave: true });
      return child?.pid();
    },
    fault(error) {
      const fault: ToCore = { kind: 'fault', message: `The desktop shell: ${faultText(error)}` };
      if (child) child.postMessage(fault);
      else if (faults.length < maxFaults) faults.push(fault);
    },
    async stop() {
      clearTimeout(timer);
      life.stopping();
      const running = child;
      if (!running) return;
      await new Promise<void>((resolve) => {
        const limit = setTimeout(() => running.kill(), stopWithin);
        whenStopped = () => {
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
