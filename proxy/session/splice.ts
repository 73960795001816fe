import type { Socket } from 'node:net';
import type { RawWatch } from '../dialects/dialect.ts';
import { resetConnection } from '../net/local-tls.ts';
import { untilTaken } from '../net/send-queue.ts';
import type { VerifiedSocket } from '../trust/tls/secure-upstream.ts';
import { carrier } from './carrier.ts';
import { createSlabs } from './slabs.ts';
import { type SpliceEnding, SpliceState } from './splice-state.ts';

/*
 * How the raw phase ends. `splice-state.ts` decides what the end of a side means; this file acts on it. Rules:
 *
 * - All received data is delivered before an end is propagated: a reset throws away what is in a buffer, ours or the
 *   system's.
 * - The mail program sees the kind of end that the server's connection had: orderly, or, when the server was cut off, a
 *   reset after all data.
 * - Many servers disconnect at once when TLS ends and drop what they were about to send. They learn of the mail
 *   program's end only after they have been quiet for a while.
 * - Where a dialect watches the bytes, its refusal ends the session: everything passed so far reaches the mail program,
 *   which is reset if that stops in the middle of a message. Otherwise the caller sends the final message.
 */

/*
 * When this many bytes wait to be written to one side, the other is not read. With one slab and what Node reads ahead,
 * this limits what a direction has taken but not passed on to 256 KiB.
 */

/** Six TLS records of the usual 16 KiB. One slab goes out while the next fills. */
const slabsDown = createSlabs(96 * 1024, 8);
const holdDownAbove = 32 * 1024;

/**
 * Upwards, a write finishes in a later turn of the event loop, and reading stops until then: the larger the slab, the
 * fewer of these turns. Only one is on its way, so it may be as large as the limit leaves room for.
 */
const slabsUp = createSlabs(192 * 1024, 4);
const holdUpAbove = 1;

/** A read from the mail program is full as long as more is waiting. A shorter one than this is passed on at once. */
const atOnceBelow = 16 * 1024;

/**
 * How long a side may stay idle once the other has ended: it may be slow to read what is left for it. Mail programs and
 * servers wait for each other as long (RFC 5321 §4.5.3.2).
 */
const patienceMilliseconds = 5 * 60_000;

/**
 * How long a server must be quiet before it is told that the mail program, which may still be waiting for an answer,
 * has ended.
 */
const quietMilliseconds = 3_000;

/** What had arrived on either side before the raw phase. */
export interface Leftovers {
  fromClient: Buffer;
  fromUpstream: Buffer;
}

/**
 * Raw bytes both ways until both sides have ended: back-pressure and half-close; no parsing, unless a dialect watches.
 *
 * TLS hands over one record of at most 16 KiB at a time, each in memory of its own; the records of one turn of the
 * event loop go to the mail program in one write. In the other direction, a long transfer is encrypted slab by slab.
 *
 * @param client paused
 * @param upstream paused; only a verified socket is accepted
 * @param watch looks at the bytes, for a dialect that has to
 * @returns how it ended: `truncated` when the server's side was cut short, and the mail program was reset after the
 *   last byte; `client-reset` when the mail program broke off what it had asked for
 */
export function splice(
  client: Socket,
  upstream: VerifiedSocket,
  leftovers: Leftovers,
  watch?: RawWatch,
): Promise<SpliceEnding> {
  const server = upstream.socket;
  return new Promise((resolve, reject) => {
    const state = new SpliceState();
    /** Runs while the server has not been told yet that the mail program has ended. */
    let quiet: NodeJS.Timeout | undefined;
    /** The caller now owns the client socket and will send the final message. */
    let refused = false;

    const toClient = carrier(server, client, slabsDown, holdDownAbove);
    const toServer = carrier(client, server, slabsUp, holdUpAbove);

    const onItsWay = () => !toClient.empty || client.writableLength > 0;

    function down(chunk: Buffer): void {
      quiet?.refresh();
      if (!watch) {
        state.serverSaid(chunk);
        toClient.gather(chunk);
        return;
      }
      watched(() => watch.fromServer(chunk, toClient.gather));
      state.serverSaidUpTo(watch.whole);
    }
    function up(chunk: Buffer): void {
      // A closed server receives nothing more; unless the mail program is read, its own end would never be noticed.
      if (!server.writable) return;
      if (watch) watched(() => watch.fromProgram(chunk, passUp, toClient.gather));
      else passUp(chunk);
    }
    /** A refusal by the watch ends both sides. */
    function watched(look: () => void): void {
      try {
        look();
      } catch (error) {
        refused = true;
        clearTimeout(quiet);
        state.ended('client');
        state.ended('server');
        server.off('data', down).destroy();
        client.off('data', up);
        toClient.flush();
        if (watch?.between) reject(error);
        else void cutShort().then(() => reject(error));
      }
    }
    function passUp(chunk: Buffer): void {
      state.clientSaid();
      if (chunk.length < atOnceBelow && toServer.empty) toServer.pass(chunk);
      else toServer.gather(chunk);
    }

    /** Both sides have finished: what is in flight is sent before the sockets are closed. */
    function finish(): void {
      if (refused || state.sending !== 'neither' || !isOut(client) || !isOut(server)) return;
      client.destroy();
      server.destroy();
      resolve(state.ending);
    }

    function serverEnded(cut: boolean): void {
      if (!state.ended('server')) return;
      toClient.flush();
      if (state.sending === 'neither') endServer();
      if (cut && !client.destroyed) void cutShort();
      else client.end();
      client.setTimeout(patienceMilliseconds, () => client.destroy());
      finish();
    }
    async function cutShort(): Promise<void> {
      state.truncated();
      server.destroy();
      await untilWritten(client);
      await untilTaken(client, patienceMilliseconds);
      resetConnection(client);
    }
    function serverClosed(): void {
      clearTimeout(quiet);
      takeRest(server, down);
      serverEnded(state.cutShort);
      // It may have been held back for the server, and must be read for its end to be seen.
      client.resume();
      finish();
    }
    function serverFailed(error: Error): void {
      state.serverFailed(error);
      // Node leaves a connection open when TLS fails after the handshake.
      server.destroy();
    }

    function clientEnded(): void {
      if (!state.ended('client')) return;
      toServer.flush();
      const waits = state.answerDue || onItsWay();
      if (waits && state.sends('server')) quiet = setTimeout(endServer, quietMilliseconds);
      else endServer();
      finish();
    }
    function endServer(): void {
      clearTimeout(quiet);
      if (server.writable) server.end();
    }
    function clientClosed(): void {
      clearTimeout(quiet);
      state.clientGone(onItsWay());
      takeRest(client, up);
      toServer.flush();
      server.off('data', down).resume();
      server.setTimeout(patienceMilliseconds, () => server.destroy());
      server.destroySoon();
      finish();
    }

    server.on('data', down);
    server.once('end', () => serverEnded(state.inLine));
    server.once('finish', finish);
    server.on('error', serverFailed);
    server.once('close', serverClosed);

    client.on('data', up);
    client.once('end', clientEnded);
    client.once('finish', finish);
    client.once('close', clientClosed);

    if (leftovers.fromUpstream.length > 0) down(leftovers.fromUpstream);
    if (leftovers.fromClient.length > 0) up(leftovers.fromClient);
    // A side may have ended before the raw phase: the sign-in saw that.
    if (server.errored) serverFailed(server.errored);
    if (server.closed) serverClosed();
    else if (server.readableEnded) serverEnded(state.inLine);
    if (client.closed) clientClosed();
    else if (client.readableEnded) clientEnded();
    for (const [from, to] of [
      [server, client],
      [client, server],
    ] as const) {
      if (to.writableNeedDrain) to.once('drain', () => from.resume());
      else from.resume();
    }
  });
}

/** True when nothing written to it can still be on its way out of this process. */
const isOut = (side: Socket) => side.writableFinished || side.destroyed;

/** Takes what a broken socket still had in its buffer. */
function takeRest(side: Socket, take: (chunk: Buffer) => void): void {
  side.off('data', take);
  for (let rest: Buffer | null = side.read(); rest !== null; rest = side.read()) take(rest);
}

/** Resolves when everything written has been handed to the system, or the socket is gone. */
function untilWritten(side: Socket): Promise<void> {
  return new Promise((resolve) => {
    if (side.destroyed || side.writableLength === 0) return resolve();
    side.once('close', resolve);
    side.write(Buffer.alloc(0), () => resolve());
  });
}
