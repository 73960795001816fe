import type { Socket } from 'node:net';
import { type Mutated, mutate, type Next } from './mutations.ts';
import type { SessionPlan } from './plan.ts';
import type { Random } from './random.ts';

/**
 * One side of a session while it speaks: in segments, with turns of the event loop between them, and with mutations.
 */
export class Speaker {
  readonly plan: SessionPlan;
  readonly side: 'server' | 'client';
  readonly random: Random;
  /** The TCP connection. */
  readonly raw: Socket;
  /** The socket to speak on: the TCP connection, or TLS over it. */
  socket: Socket;
  /** Everything said so far on `socket`. */
  readonly said: Buffer[] = [];
  /** The mutations applied, in order. */
  readonly mutations: string[] = [];
  outOfStep = false;
  /** A write is waiting for the connection to accept it. */
  writing = false;
  /** It ended or broke the connection prematurely. */
  left = false;

  constructor(plan: SessionPlan, side: 'server' | 'client', random: Random, raw: Socket) {
    this.plan = plan;
    this.side = side;
    this.random = random;
    this.raw = raw;
    this.socket = raw;
  }

  /** Writes bytes unchanged. Resolves to false when the connection no longer accepts them. */
  async write(bytes: Buffer, segment = this.plan.segment): Promise<boolean> {
    // At most a hundred segments: each costs turns of the event loop.
    const size = Math.max(segment, Math.ceil(bytes.length / 100));
    for (let at = 0; at < bytes.length; at += size) {
      const { socket } = this;
      // When the FIN was sent below TLS, TLS never learns what becomes of a write.
      if (this.left || socket.destroyed || !socket.writable || this.raw.destroyed) return false;
      const piece = bytes.subarray(at, at + size);
      this.said.push(piece);
      this.writing = true;
      await new Promise<void>((resolve) => {
        const done = () => {
          this.raw.off('close', done);
          setImmediate(resolve);
        };
        this.raw.once('close', done);
        socket.write(piece, done);
      });
      this.writing = false;
      for (let turns = this.random.below(3); turns > 0; turns -= 1) await new Promise(setImmediate);
    }
    return !this.socket.destroyed;
  }

  /** Says something, or a mutation of it. */
  async say(text: string | Buffer): Promise<{ next: Next; mutated: boolean }> {
    const bytes = typeof text === 'string' ? Buffer.from(text, 'latin1') : text;
    const { honest, mutationRate } = this.plan[this.side];
    if (honest || !this.random.chance(mutationRate)) {
      await this.write(bytes);
      return { next: 'go-on', mutated: false };
    }
    const mutated: Mutated = mutate(bytes, this.side, this.plan.protocol, this.random);
    this.mutations.push(mutated.name);
    this.outOfStep ||= mutated.outOfStep ?? false;
    await this.write(mutated.bytes, mutated.bytes.length > 3000 ? 100_000 : this.plan.segment);
    this.leave(mutated.next);
    return { next: mutated.next, mutated: true };
  }

  /** Ends the connection in the given way; `silence` and `go-on` leave it open. */
  leave(how: Next | 'destroy'): void {
    if (how !== 'go-on' && how !== 'silence') this.left = true;
    if (how === 'end') this.socket.end();
    // A FIN without `close_notify`, where there is TLS.
    else if (how === 'cut') setImmediate(() => this.raw.end());
    else if (how === 'reset') this.#reset();
    else if (how === 'destroy') this.socket.destroy();
  }

  /** While a FIN is being sent libuv refuses to reset, and the socket would never close. */
  #reset(): void {
    if (this.raw.writableEnded && !this.raw.writableFinished) this.raw.destroy();
    else this.raw.resetAndDestroy();
  }
}
