import { type HandedSockets, openHandedSockets } from '../../proxy/net/handed-sockets.ts';
import { CommandProblem } from '../cli/command.ts';
import { journalName } from './journal-socket.ts';

/** SD_LISTEN_FDS_START of sd_listen_fds(3). */
const firstDescriptor = 3;

/**
 * The service manager's description of the sockets that it hands over (sd_listen_fds(3)): for this process only, one
 * name for each descriptor.
 *
 * @returns in the order of the descriptors; empty when nothing was handed over
 */
export function readHanded(environment: NodeJS.ProcessEnv, pid: number): { name: string; fd: number }[] {
  const { LISTEN_PID, LISTEN_FDS, LISTEN_FDNAMES = '' } = environment;
  const count = Number(LISTEN_FDS);
  // Meant for another process: this one merely inherited the variables.
  if (Number(LISTEN_PID) !== pid || !Number.isInteger(count) || count <= 0) return [];
  const names = LISTEN_FDNAMES.split(':');
  return Array.from({ length: count }, (_, index) => ({ name: names[index] ?? '', fd: firstDescriptor + index }));
}

/** The descriptor of the socket to the journal, where the unit has handed one over; null where it has not. */
export function handedJournal(environment: NodeJS.ProcessEnv, pid: number): number | null {
  return readHanded(environment, pid).find(({ name }) => name === journalName)?.fd ?? null;
}

/**
 * Opens what the service manager handed over, and removes it from the environment: it is not for child processes.
 *
 * @returns null if there was nothing
 * @throws {CommandProblem} a descriptor cannot be used
 */
export async function takeHandedSockets(environment: NodeJS.ProcessEnv, pid: number): Promise<HandedSockets | null> {
  const handed = readHanded(environment, pid).filter(({ name }) => name !== journalName);
  for (const name of ['LISTEN_PID', 'LISTEN_FDS', 'LISTEN_FDNAMES']) delete environment[name];
  if (handed.length === 0) return null;
  return openHandedSockets(handed).catch((error: NodeJS.ErrnoException) => {
    throw new CommandProblem(
      `The sockets that the service manager handed over cannot be used (${error.code}). They are to be listening TCP sockets (ListenStream=), and NODE_OPTIONS and its like must not be set: Postern starts itself anew without them, and loses the sockets.`,
    );
  });
}
