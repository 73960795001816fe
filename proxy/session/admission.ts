import type { Socket } from 'node:net';
import { setImmediate as nextTurn } from 'node:timers/promises';
import type { FactsOf } from '../contract/index.ts';
import { foreignClient } from '../dialects/foreign-client.ts';
import { createBrowserSockets } from '../net/browser-sockets.ts';
import type { LineChannel } from '../net/line-channel.ts';
import { localOwner } from '../net/local-owner.ts';
import { Refused } from '../net/refused.ts';

/** The mail program hung up. */
export class ClientGone extends Error {
  override readonly name = 'ClientGone';
}

/** One for all: every session ends with it, and where in our code that was noticed says nothing. */
export const clientGone = new ClientGone();

/** What is to become of a program that has connected. `gone`: nobody is there who could be told. */
export type Verdict = 'admitted' | 'gone' | Refused;

/** A mail program waits for the greeting; one that speaks first does not need longer than this to show what it is. */
const enoughToTell = 512;

/**
 * And for the rest of a first line that has begun, no longer than this (milliseconds): a request of a browser comes in one
 * piece, and a mail program that has sent half a command waits for the greeting.
 */
const firstLineWithin = 500;

/** A program that no process holds any more has ended its side; that is here as soon as this thread has read so far (milliseconds). */
const endWithin = 500;

/** One for the process: a look at its programs is shared by all that wait for one. */
const browserSockets = createBrowserSockets();

/**
 * Judges who has connected, before anything is done for it: whose program it is, whether it speaks before it is greeted,
 * as a web page does, and whether it is a browser that says nothing yet.
 *
 * @param lines the program's side; only looked at, nothing is read
 * @param ownUserOnly refuse programs of other users, where the system tells
 * @param quietMilliseconds how long one that says nothing is watched; asked again when that is over
 */
export async function judgeArrival(
  client: Socket,
  lines: LineChannel,
  ownUserOnly: boolean,
  quietMilliseconds: () => number,
): Promise<Verdict> {
  const owner = ownUserOnly ? await localOwner(client) : null;
  // What it sent with its connection is read in the next turn of the event loop, and counted in the one after that.
  await nextTurn();
  await nextTurn();
  if (owner?.kind === 'gone') return (await endSeen(lines)) ? leftBehind(lines) : notReadable();
  if (owner?.kind === 'unreadable') return notReadable();
  if (owner?.kind === 'other-user') return otherUser({ uid: owner.uid });
  const foreign = await refuseForeign(lines, quietMilliseconds);
  if (foreign) return foreign;
  // Asked last: most mail programs wait for their greeting, and a look costs more than the kernel's list.
  return owner?.kind === 'own-user' && (await browserSockets.holds(owner.inode)) ? browser : 'admitted';
}

const browser = new Refused('client-not-mail', { code: 'not-a-mail-program', facts: { spoke: 'http' } });

/** Whether it has left: its end comes behind all that it said. */
async function endSeen(lines: LineChannel): Promise<boolean> {
  const until = performance.now() + endWithin;
  while (!lines.ended && (await arrivalWithin(lines, lines.buffered, until - performance.now())));
  return lines.ended;
}

function notReadable(): Refused {
  return otherUser({ unknown: 'not-said' });
}

/** What it left behind may be another user's, and nobody is there to hear an answer. */
function leftBehind(lines: LineChannel): Verdict {
  if (lines.buffered === 0) return 'gone';
  return foreignClient(lines.peek()) ?? otherUser({ unknown: 'left' });
}

function otherUser(facts: FactsOf<'other-user'>): Refused {
  return new Refused('client-other-user', { code: 'other-user', facts });
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
    // A program that has said nothing and ended its side will not hear the greeting either.
    if (lines.ended && lines.buffered === 0) return 'gone';
    if (isEnough(lines)) return null;
    if (!(await arrivalWithin(lines, lines.buffered, until - performance.now()))) return null;
  }
}

function isEnough(lines: LineChannel): boolean {
  return lines.ended || lines.buffered >= enoughToTell || lines.peek().includes(0x0a);
}

/** Waits for more than `beyond` bytes or the end. @returns false when neither came in time */
async function arrivalWithin(lines: LineChannel, beyond: number, milliseconds: number): Promise<boolean> {
  if (lines.buffered > beyond || lines.ended) return true;
  if (milliseconds <= 0) return false;
  const late = new AbortController();
  // With a reason of our own: the one that is made up otherwise carries a stack.
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

/** Watches a program that was admitted while its server is reached: it may still speak before it is greeted. */
export interface Watch {
  /** Aborts with a `Refused` when the program must be turned away, with `ClientGone` when it left, or as `parent` does. */
  readonly signal: AbortSignal;
  /**
   * Ends the watching.
   *
   * @throws the reason of the signal when it has aborted
   */
  conclude(): Promise<void>;
  /** Ends the watching where it makes no difference any more. */
  end(): void;
}

/** @param lines the mail program's side; only looked at, nothing is read */
export function watchClient(lines: LineChannel, parent: AbortSignal): Watch {
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
    // With a reason of our own: the one that is made up otherwise carries a stack, for every session.
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
