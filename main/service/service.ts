import type { HandedSockets } from '../../proxy/net/handed-sockets.ts';
import type { Signals } from '../cli/signals.ts';
import { followConfiguration } from '../followed-configuration.ts';
import type { Headless } from '../headless.ts';
import { takeHandedSockets } from './handed.ts';
import { serviceManager } from './notify.ts';
import { statusLine, tellStatus } from './told.ts';

/** What a core has to do with the system's service manager, from before its start until its end. */
export interface Service {
  /** Listening sockets for its relays; null when none were handed over. */
  readonly handed: HandedSockets | null;
  /** The core is up: tells the manager, and from now on reads the configuration again when asked to. */
  ready(running: Headless, signals: Signals): Promise<void>;
  /** It no longer accepts anything new. */
  stopping(): Promise<void>;
}

/**
 * @param fixedConfiguration a configuration that somebody else manages, and that is followed
 * @param complain writes a line to the error output
 * @throws {CommandProblem} when sockets that were handed over cannot be used
 */
export async function openService(
  fixedConfiguration: string | undefined,
  complain: (line: string) => void,
  environment: NodeJS.ProcessEnv = process.env,
): Promise<Service> {
  const manager = serviceManager(environment, process.pid, complain);
  const handed = await takeHandedSockets(environment, process.pid);
  const undo: (() => void)[] = [];

  function nameStraySockets(running: Headless): void {
    const relays = new Set(running.state.all('relays').map(({ name }) => name));
    const stray = handed?.names.filter((name) => !relays.has(name)) ?? [];
    if (stray.length === 0) return;
    complain(
      `No relay has the name of a socket that was handed over: ${stray.join(', ')}. FileDescriptorName= of the socket unit is to be the relay's name.`,
    );
  }

  return {
    handed,
    async ready(running, signals) {
      nameStraySockets(running);
      const { state } = running;
      if (fixedConfiguration !== undefined) {
        const followed = await followConfiguration(running, fixedConfiguration);
        undo.push(followed.end);
        signals.reload(() => {
          manager?.reloading();
          void followed.readAgain().then(() => manager?.ready(statusLine(state)));
        });
      }
      if (!manager) return;
      undo.push(tellStatus(state, manager));
      manager.ready(statusLine(state));
    },
    async stopping() {
      for (const step of undo.splice(0)) step();
      await manager?.stopping();
    },
  };
}
