import { ChannelClosed } from '../../net/line-channel.ts';
import { Refused } from '../../net/refused.ts';
import { release } from '../../net/release.ts';
import { EndOfData } from '../../protocols/end-of-data.ts';
import { upstreamSilent } from '../clock.ts';
import type { SignInStep } from '../dialect.ts';
import { ClientIdle } from '../turn.ts';
import { type Race, raceServer } from './server-race.ts';

/** How the passing on of a text ended. `server-spoke`: the server has answered before the end, or has left. */
export type Carried = 'whole' | 'server-spoke';

/**
 * Passes the text of a message on, every byte as it is, up to and with its end (RFC 5321 §4.1.1.4).
 *
 * @param limit the largest message that the server takes, in bytes; null for any
 * @throws Refused where the end is ambiguous, before any server could take it for one; where the message is too large,
 *   once the program has sent all of it and listens
 */
export async function carryText(step: SignInStep, limit: number | null): Promise<Carried> {
  const race = raceServer(step);
  try {
    return await textThrough(step, limit, race);
  } finally {
    race.end();
  }
}

async function textThrough(step: SignInStep, limit: number | null, race: Race): Promise<Carried> {
  const { client, server } = step;
  const end = new EndOfData();
  for (let fits = true; ; ) {
    if (fits && (await untilSaid(step, race)) === 'server') return 'server-spoke';
    if (!fits) await untilHeard(step);
    const chunk = client.peek();
    const scanned = end.scan(chunk);
    if (scanned.kind === 'ambiguous') throw new Refused('ambiguous-end-of-data', { code: 'ambiguous-end-of-data' });
    client.take(scanned.kind === 'end' ? scanned.used : chunk.length);
    fits &&= limit === null || end.size <= limit;
    if (fits && (await passOn(step, race, scanned.pass, scanned.kind === 'end')) === 'server') return 'server-spoke';
    if (scanned.kind === 'more') continue;
    if (!fits) throw tooLarge(server, limit);
    return 'whole';
  }
}

/** Passes a chunk of a message on (RFC 3030 §2). @param size in bytes */
export async function carryChunk(step: SignInStep, size: number): Promise<Carried> {
  const { client } = step;
  const race = raceServer(step);
  try {
    for (let left = size; left > 0; ) {
      if ((await untilSaid(step, race)) === 'server') return 'server-spoke';
      const piece = client.take(Math.min(left, client.buffered));
      left -= piece.length;
      if ((await passOn(step, race, piece, left === 0)) === 'server') return 'server-spoke';
    }
    return 'whole';
  } finally {
    race.end();
  }
}

export function tooLarge(server: string, limit: number | null): Refused {
  const facts = limit === null ? {} : { limit };
  return new Refused('message-too-large', { code: 'message-too-large', facts }, { server });
}

/** Waits until the program has sent more of a text. @throws ChannelClosed when it leaves in the middle, ClientIdle */
async function untilSaid({ client }: SignInStep, race: Race): Promise<'client' | 'server'> {
  if (race.lost) return 'server';
  if (client.buffered > 0) return 'client';
  const first = await race.with((signal) => client.arrival(signal));
  if (first === 'client' && client.buffered === 0) throw leftInTheMiddle();
  return first;
}

/** The same for a text of which the server gets nothing more. */
async function untilHeard({ client, signal }: SignInStep): Promise<void> {
  await client.arrival(signal);
  if (client.buffered === 0) throw leftInTheMiddle();
}

function leftInTheMiddle(): ChannelClosed {
  return new ChannelClosed('The program left in the middle of a text.');
}

/**
 * Passes bytes on, and notices when the server speaks instead of taking them.
 *
 * @param last nothing is left to be said behind these: whatever the server says from now on may be its answer to the whole, and
 *   may come before this computer has noticed that it took them
 */
async function passOn(step: SignInStep, race: Race, bytes: Buffer, last: boolean): Promise<'client' | 'server'> {
  const { upstream, server, clientIdleMilliseconds } = step;
  try {
    const keepsUp = upstream.send(bytes, () => release(bytes));
    return keepsUp || last ? 'client' : await race.with((signal) => upstream.drained(signal));
  } catch (error) {
    if (error instanceof ChannelClosed) return 'server';
    throw error instanceof ClientIdle ? upstreamSilent(server, clientIdleMilliseconds) : error;
  }
}
