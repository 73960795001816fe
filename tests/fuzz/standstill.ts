import type { Played } from './invariants.ts';
import type { Reader } from './reader.ts';
import type { Speaker } from './speaker.ts';

/**
 * A session in which nothing moves for this many seconds hangs. The product's longest wait is the one for a reply, four
 * times the time to connect: twelve seconds.
 */
const maxStillSeconds = 60;

/**
 * Waits until the session has ended.
 *
 * @throws Error once nothing has moved for too long; it says what everyone is waiting for
 */
export async function overOrStill(
  over: Promise<unknown>,
  played: Played,
  stillSeconds = maxStillSeconds,
): Promise<void> {
  let timer: NodeJS.Timeout | undefined;
  const still = new Promise<never>((_resolve, reject) => {
    let before = movement(played);
    let stillFor = 0;
    // Checks are counted instead of reading a clock: a machine that stood still has not checked.
    timer = setInterval(() => {
      const now = movement(played);
      stillFor = now === before ? stillFor + 1 : 0;
      before = now;
      if (stillFor >= stillSeconds) reject(new Error(`it hangs, nothing moved for ${stillFor} s: ${standing(played)}`));
    }, 1_000);
  });
  try {
    await Promise.race([over, still]);
  } finally {
    clearInterval(timer);
  }
}

/** Changes with every byte heard, every piece said, every connection and every event. */
function movement({ client, servers, events, released }: Played): string {
  const sides = [client, ...servers].map(({ speaker, reader }) =>
    [speaker.said.length, speaker.raw.destroyed, reader.received.length, reader.ending].join(),
  );
  return [...sides, events.length, released].join(' ');
}

/** What everyone in a session is waiting for. */
export function standing({ client, servers, events, released }: Played): string {
  return [
    side('the client', client),
    ...servers.map((server, index) => side(`server ${index + 1}`, server)),
    ...(servers.length === 0 ? ['no server was called'] : []),
    `the product told [${events.map(({ event }) => event).join(', ')}]${released ? '' : ' and holds the connection'}`,
  ].join('; ');
}

function side(who: string, { speaker, reader }: { speaker: Speaker; reader: Reader }): string {
  if (speaker.raw.destroyed) return `${who} is gone`;
  const awaited = speaker.writing ? 'its bytes to be taken' : (reader.waitsFor ?? 'nothing');
  const last = JSON.stringify(speaker.said.at(-1)?.toString('latin1', 0, 60) ?? '');
  const ended = speaker.raw.writableEnded ? ', has ended its side' : '';
  return `${who} waits for ${awaited}, ${reader.waiting.length} bytes unread, said last ${last}${ended}`;
}
