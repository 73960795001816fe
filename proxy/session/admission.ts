import type { Socket } from 'node:net';
import { setImmediate as nextTurn } from 'node:timers/promises';
import type { FactsOf } from '../contract/index.ts';
import { foreignClient } from '../dialects/foreign-client.ts';
import { createBrowserSockets } from '../net/browser-sockets.ts';
import type { LineChannel } from '../net/line-channel.ts';
import { localOwner } from '../net/local-owner.ts';
import { Refused } from '../net/refused.ts';
import { showsItself } from '../protocols/foreign.ts';

/** The mail program hung up. */
export class ClientGone extends Error {
  override readonly name = 'ClientGone';
}

/** Shared instance: a stack trace would carry no information. */
export const clientGone = new ClientGone();

/** The result of screening a client. `gone`: it has already left. */
export type ArrivalVerdict = 'admitted' | 'gone' | Refused;

/** A mail program waits for the greeting; these first bytes are enough to recognise a client that speaks first. */
const enoughToTell = 512;

/**
 * How long to wait for the rest of a first line that has begun (milliseconds): a browser's request comes in one piece,
 * and a mail program that has sent half a command waits for the greeting.
 */
const firstLineWithin = 500;

/** A socket that no process owns any more has been closed; time for this thread to read that end (milliseconds). */
const endWithin = 500;

/** One for the process: all clients that wait for the process table share a look at it. */
const browserSockets = createBrowserSockets();

/**
 * Screens a client before anything is done for it: the owner of its process, whether it speaks before it is greeted, as
 * a web page does, and whether it is a browser that has sent nothing yet.
 *
 * @param lines the program's side; only inspected, nothing is read
 * @param ownUserOnly reject other users' programs, where the system says whose they are
 * @param quietMilliseconds how long a silent one is watched; asked again when that is over
 */
export async function screenArrival(
  client: Socket,
  lines: LineChannel,
  ownUserOnly: boolean,
  quietMilliseconds: () => number,
): Promise<ArrivalVerdict> {
  const owner = ownUserOnly ? await localOwner(client) : null;
  // Whatever it sent along with its connection is read in the next turn of the event loop, and counted in the one after
  // that.
  await nextTurn();
  await nextTurn();
  if (owner?.kind === 'gone') return (await endSeen(lines)) ? leftBehind(lines) : notReadable();
  if (owner?.kind === 'unreadable') return notReadable();
  if (owner?.kind === 'other-user') return otherUser({ uid: owner.uid });
  const foreign = await refuseForeign(lines, quietMilliseconds);
  if (foreign) return foreign;
  // Checked last: most mail programs wait for their greeting, and this check costs more than the kernel's list.
  return owner?.kind === 'own-user' && (await browserSockets.holds(owner.inode)) ? browser : 'admitted';
}

const browser = new Refused('client-not-mail', { code: 'not-a-mail-program', facts: { spoke: 'http' } });

/** Whether it has left: its end comes after everything it said. */
async function endSeen(lines: LineChannel): Promise<boolean> {
  const until = performance.now() + endWithin;
  while (!lines.ended && (await arrivalWithin(lines, lines.buffered, until - performance.now())));
  return lines.ended;
}

function notReadable(): Refused {
  return otherUser({ unknown: 'not-said' });
}

/** The socket's owner is unknown by now, and nobody is left to receive an answer. */
function leftBehind(lines: LineChannel): ArrivalVerdict {
  if (lines.buffered === 0) return 'gone';
  return foreignClient(lines.peek()) ?? otherUser({ unknown: 'left' });
}

function otherUser(facts: FactsOf<'other-user'>): Refused {
  return new Refused('client-other-user', { code: 'other-user', facts });
}

/**
 * Screens a client that was admitted while silent, and has spoken or hung up before anything was done for it.
 *
 * @param lines the program's side; only inspected, nothing is read
 */
export async function screenFirstWords(lines: LineChannel): Promise<ArrivalVerdict> {
  return (await refuseForeign(lines, () => 0)) ?? 'admitted';
}

async function refuseForeign(lines: LineChannel, quietMilliseconds: () => number): Promise<Refused | 'gone' | null> {
  const since = performance.now();
  for (let left = 0; !(await arrivalWithin(lines, 0, left)); ) {
    // Many may have come since this one did.
    left = quietMilliseconds() - (performance.now() - since);
    if (left <= 0) return null;
  }
  const until = performance.now() + firstLineWithin;
  for (;;) {
    const foreign = foreignClient(lines.peek());
    if (foreign) return foreign;
    // A program that has said nothing and closed its side will not read the greeting either.
    if (lines.ended && lines.buffered === 0) return 'gone';
    if (isEnough(lines)) return null;
    if (!(await arrivalWithin(lines, lines.buffered, until - performance.now()))) return null;
  }
}

function isEnough(lines: LineChannel): boolean {
  return lines.ended || lines.buffered >= enoughToTell || showsItself(lines.peek());
}

/** Waits for more than `beyond` bytes or the end. @returns false when neither came in time */
async function arrivalWithin(lines: LineChannel, beyond: number, milliseconds: number): Promise<boolean> {
  if (lines.buffered > beyond || lines.ended) return true;
  if (milliseconds <= 0) return false;
  const late = new AbortController();
  // With our own reason: the default one carries a stack.
  const timer = setTimeout(() => late.abort('late'), milliseconds);
  try {
    await lines.arrival(late.signal, beyond);
    return true;
  } catch {
    return lines.buffered > beyond || lines.ended;
  } finally {
    clearTimeout(timer);
  }
}

/** Watches an admitted program while its server is being reached: it may still speak before it is greeted. */
export interface ClientWatch {
  /**
   * Aborts with a `Refused` when the program must be turned away, with `ClientGone` when it has left, or when `parent`
   * does.
   */
  readonly signal: AbortSignal;
  /**
   * Ends the watch.
   *
   * @throws the reason of the signal when it has aborted
   */
  conclude(): Promise<void>;
  /** Ends the watch, ignoring its result. */
  end(): void;
}

/** @param lines the mail program's side; only inspected, nothing is read */
export function watchClient(lines: LineChannel, parent: AbortSignal): ClientWatch {
  const gate = new AbortController();
  const enough = new AbortController();
  const passOn = () => gate.abort(parent.reason);
  if (parent.aborted) passOn();
  else parent.addEventListener('abort', passOn, { once: true });

  async function watch(): Promise<void> {
    for (;;) {
      const foreign = foreignClient(lines.peek());
      if (foreign) gate.abort(foreign);
      else if (lines.ended && lines.buffered === 0) gate.abort(clientGone);
      if (foreign || isEnough(lines)) return;
      try {
        await lines.arrival(enough.signal, lines.buffered);
      } catch {
        return;
      }
    }
  }

  const watched = watch();
  function end(): void {
    // With our own reason: the default one carries a stack, for every session.
    enough.abort('enough');
    parent.removeEventListener('abort', passOn);
  }
  return {
    signal: gate.signal,
    async conclude() {
      end();
      await watched;
      gate.signal.throwIfAborted();
    },
    end,
  };
}
