import type { Socket } from 'node:net';
import type { SessionEnding } from '../contract/index.ts';
import { release } from '../net/release.ts';
import type { VerifiedSocket } from '../trust/secure-upstream.ts';

/**
 * When this many bytes wait for the mail program, the server is read no further. With one more slab and what TLS has
 * decrypted of one landing (64 KiB) this bounds a direction below 256 KiB.
 */
const holdAboveBytes = 64 * 1024;

/** Six TLS records of the usual 16 KiB: a third fewer writes than four would take, and the bound above holds. */
const slabBytes = 96 * 1024;

/** Slabs that are not in use. All sessions share them: a session that is idle has none. */
const freeSlabs: Buffer[] = [];

/** As many are kept for the next burst; the others go. */
const mostFreeSlabs = 8;

function takeSlab(): Buffer {
  return freeSlabs.pop() ?? Buffer.allocUnsafeSlow(slabBytes);
}

function putBack(slab: Buffer): void {
  if (freeSlabs.length < mostFreeSlabs) freeSlabs.push(slab);
}

/** How long a side may take nothing of what is left for it once both have ended. */
const lastWordsMilliseconds = 10_000;

/** True when nothing of what was written to it can still be on its way. */
const isOut = (side: Socket) => side.writableFinished || side.destroyed;

/** What had arrived on either side before raw bytes began to flow. */
export interface Leftovers {
  fromClient: Buffer;
  fromUpstream: Buffer;
}

/**
 * Raw bytes both ways until both sides have ended or one has broken: back-pressure and half-close, no parsing.
 *
 * TLS hands over one record of at most 16 KiB at a time, each in memory of its own. The records of one turn of the event
 * loop are gathered in a slab and go to the mail program in one write: a system call for each record, and memory that
 * the collector has to find, are what makes a relay slow.
 *
 * @param client paused
 * @param upstream paused; nothing but a verified socket is accepted
 * @returns how it ended: `truncated` when the server's side broke or ended without `close_notify`; the mail program
 *   then sees a reset, never a clean end
 */
export function splice(
  client: Socket,
  upstream: VerifiedSocket,
  leftovers: Leftovers,
): Promise<Extract<SessionEnding, 'clean' | 'truncated' | 'client-reset'>> {
  const server = upstream.socket;
  return new Promise((resolve) => {
    let clientEnded = false;
    let serverEnded = false;
    let slab: Buffer | null = null;
    let gathered = 0;
    let turnEnds = false;
    let settled = false;

    const settle = (ending: 'clean' | 'truncated' | 'client-reset') => {
      if (settled) return;
      settled = true;
      resolve(ending);
    };
    const serverBroke = () => {
      if (settled || (clientEnded && serverEnded)) return;
      server.destroy();
      if (serverEnded) {
        client.destroy();
        settle('clean');
      } else {
        flush();
        client.resetAndDestroy();
        settle('truncated');
      }
    };
    const clientBroke = () => {
      // A side that closes after both have ended has not broken: the other may still have something to send.
      if (settled || (clientEnded && serverEnded)) return;
      server.destroy();
      settle(serverEnded ? 'clean' : 'client-reset');
    };
    /** Both sides have said all: what is on its way, `close_notify` included, goes out before the sockets go. */
    const finishWhenBothEnded = () => {
      if (!clientEnded || !serverEnded) return;
      const finished = () => {
        if (!isOut(client) || !isOut(server)) return;
        client.destroy();
        server.destroy();
        settle('clean');
      };
      for (const side of [client, server]) {
        side.once('finish', finished).once('close', finished);
        side.setTimeout(lastWordsMilliseconds, () => side.destroy());
      }
      finished();
    };

    function flush(): void {
      const full = slab;
      if (!full) return;
      slab = null;
      client.write(full.subarray(0, gathered), () => putBack(full));
      gathered = 0;
    }
    function endOfTurn(): void {
      turnEnds = false;
      flush();
      if (!server.isPaused()) return;
      if (client.writableLength < holdAboveBytes) server.resume();
      else client.once('drain', () => server.resume());
    }
    function down(chunk: Buffer): void {
      for (let from = 0; from < chunk.length; ) {
        if (gathered === slabBytes) flush();
        slab ??= takeSlab();
        const copied = chunk.copy(slab, gathered, from);
        gathered += copied;
        from += copied;
      }
      release(chunk);
      if (!turnEnds) {
        turnEnds = true;
        setImmediate(endOfTurn);
      }
      if (client.writableLength >= holdAboveBytes) server.pause();
    }
    function up(chunk: Buffer): void {
      if (server.write(chunk, () => release(chunk))) return;
      client.pause();
      server.once('drain', () => client.resume());
    }

    function serverSaidAll(): void {
      serverEnded = true;
      flush();
      client.end();
      finishWhenBothEnded();
    }
    function clientSaidAll(): void {
      clientEnded = true;
      if (server.writable) server.end();
      finishWhenBothEnded();
    }

    server.on('data', down);
    server.once('end', serverSaidAll);
    server.on('error', serverBroke);
    server.once('close', serverBroke);

    client.on('data', up);
    client.once('end', clientSaidAll);
    client.on('error', clientBroke);
    client.once('close', clientBroke);

    if (leftovers.fromUpstream.length > 0) down(leftovers.fromUpstream);
    if (leftovers.fromClient.length > 0) up(leftovers.fromClient);
    if (server.destroyed) serverBroke();
    else if (client.destroyed) clientBroke();
    else {
      // A side may have said all before bytes flowed raw: its end was heard by the sign-in then.
      if (server.readableEnded) serverSaidAll();
      if (client.readableEnded) clientSaidAll();
      if (client.writableLength < holdAboveBytes) server.resume();
      if (!server.writableNeedDrain) client.resume();
    }
  });
}
