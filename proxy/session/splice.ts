import type { Socket } from 'node:net';
import type { SessionEnding } from '../contract/index.ts';
import type { VerifiedSocket } from '../trust/tls/secure-upstream.ts';
import { carrier } from './carrier.ts';
import { createSlabs } from './slabs.ts';

/*
 * When as many bytes wait to be written to one side, the other is read no further. With one slab and what is read at
 * once, 128 KiB of the server and 64 KiB of the mail program, this bounds what a direction has taken and not passed on by
 * 256 KiB.
 */

/** Six TLS records of the usual 16 KiB. One slab goes out while the next fills. */
const slabsDown = createSlabs(96 * 1024, 8);
const holdDownAbove = 32 * 1024;

/**
 * Upwards a write is finished in a later turn of the event loop, and reading is stopped until then: the larger the slab,
 * the fewer of these turns. It is alone on its way, so it may be as large as the bound leaves.
 */
const slabsUp = createSlabs(192 * 1024, 4);
const holdUpAbove = 1;

/** A read of the mail program's side is full as long as more waits. One that is shorter than this goes on at once. */
const atOnceBelow = 16 * 1024;

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
 * TLS hands over one record of at most 16 KiB at a time, each in memory of its own; the records of one turn of the event
 * loop go to the mail program in one write. The other way, a long transfer is encrypted by the slab.
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
        toClient.flush();
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

    const toClient = carrier(server, client, slabsDown, holdDownAbove);
    const toServer = carrier(client, server, slabsUp, holdUpAbove);
    const up = (chunk: Buffer) => {
      if (chunk.length < atOnceBelow && toServer.empty) toServer.pass(chunk);
      else toServer.gather(chunk);
    };

    function serverSaidAll(): void {
      serverEnded = true;
      toClient.flush();
      client.end();
      finishWhenBothEnded();
    }
    function clientSaidAll(): void {
      clientEnded = true;
      toServer.flush();
      if (server.writable) server.end();
      finishWhenBothEnded();
    }

    server.on('data', toClient.gather);
    server.once('end', serverSaidAll);
    server.on('error', serverBroke);
    server.once('close', serverBroke);

    client.on('data', up);
    client.once('end', clientSaidAll);
    client.on('error', clientBroke);
    client.once('close', clientBroke);

    if (leftovers.fromUpstream.length > 0) toClient.gather(leftovers.fromUpstream);
    if (leftovers.fromClient.length > 0) up(leftovers.fromClient);
    if (server.destroyed) serverBroke();
    else if (client.destroyed) clientBroke();
    else {
      // A side may have said all before bytes flowed raw: its end was heard by the sign-in then.
      if (server.readableEnded) serverSaidAll();
      if (client.readableEnded) clientSaidAll();
      for (const [from, to] of [
        [server, client],
        [client, server],
      ] as const) {
        if (to.writableNeedDrain) to.once('drain', () => from.resume());
        else from.resume();
      }
    }
  });
}
