import { type ChildProcess, fork } from 'node:child_process';
import { EventEmitter } from 'node:events';
import { fileURLToPath } from 'node:url';
import { switches } from './switches.ts';
import { need, tell, world } from './world.ts';

/** The process that was started last: a test's fault is applied to it. */
export let newest: UtilityProcess | null = null;
let fault = switches.coreFault;

class UtilityProcess extends EventEmitter {
  pid: number | undefined;
  #child: ChildProcess | null;
  constructor(file: string, args: string[], env: Record<string, string>, switches: readonly string[]) {
    super();
    const beside = (name: string) => fileURLToPath(new URL(name, import.meta.url));
    // shell/services/node/node_service.cc:209: an unhandled rejection is only a warning there, and the process goes on.
    // `execArgv` are switches of the process (shell/browser/api/electron_api_utility_process.cc:203): V8 receives the
    // value of --js-flags (shell/browser/javascript_environment.cc:255).
    const flags = switches.flatMap((word) => /^--js-flags=(.*)$/.exec(word)?.[1]?.split(' ') ?? []);
    const execArgv = [...flags, '--unhandled-rejections=warn-with-error-code', '--import', beside('parent-port.ts')];
    const variables = fault === 'rejection' ? { ...env, STAND_IN_REJECTION: '1' } : env;
    const isFatal = fault === 'fatal';
    fault = 'none';
    const child = fork(beside('core-entry.ts'), [file, ...args], {
      ...{ execArgv, env: variables, serialization: 'advanced', stdio: ['ignore', 2, 2, 'ipc'] },
    });
    this.#child = child;
    newest = this;
    world.children.add(child);
    child.on('message', (message) => this.emit('message', message));
    child.on('error', () => undefined);
    child.on('spawn', () => {
      this.pid = child.pid;
      this.emit('spawn');
      if (isFatal) this.fail();
    });
    child.on('exit', (code) => {
      world.children.delete(child);
      this.#child = null;
      try {
        this.emit('exit', code ?? 1);
      } finally {
        // lib/browser/api/utility-process.ts: the handle is released once all listeners have run.
        this.pid = undefined;
      }
    });
    tell({ kind: 'core', pid: child.pid ?? 0 });
  }
  postMessage(message: unknown): void {
    // Posting to a process that has ended sends nothing and throws nothing (`this.#handle?.postMessage`).
    if (this.#child?.connected) this.#child.send(structuredClone(message) as object);
  }
  /**
   * SIGTERM, and SIGKILL when that is not enough within two seconds (electron_api_utility_process.cc, `Kill`; Chromium's
   * base/process/kill_posix.cc, `EnsureProcessTerminated`).
   */
  kill(): boolean {
    const child = this.#child;
    const last = setTimeout(() => child?.kill('SIGKILL'), 2000);
    child?.once('exit', () => clearTimeout(last));
    return child?.kill() ?? false;
  }
  /**
   * V8 gives up, because it is out of memory: `error` comes before `exit` (docs/api/utility-process.md, 'error'). The
   * event is called `error`, so without a listener it throws in the main process.
   */
  fail(): void {
    try {
      this.emit('error', 'FatalError', 'v8::internal::Heap', '{}');
    } finally {
      this.#child?.kill('SIGKILL');
    }
  }
}
export const utilityProcess = {
  fork(file: string, args: string[], { env, execArgv = [] }: { env: Record<string, string>; execArgv?: string[] }) {
    need(true, 'utilityProcess.fork');
    return new UtilityProcess(file, args, env, execArgv);
  },
};
