import type { Socket } from 'node:net';
import { type SecureContext, TLSSocket } from 'node:tls';
import { beforeRecords } from './directory-words.ts';
import type { SessionPlan } from './plan.ts';
import { createRandom, type Random } from './random.ts';
import { NothingMore, Reader } from './reader.ts';
import {
  type Answer,
  challenge,
  greeting,
  injected,
  inPlaceOfTls,
  insideAnswer,
  plainAnswer,
  verdict,
} from './server-words.ts';
import { Speaker } from './speaker.ts';

/** The TLS contexts that servers use. */
export type ServerContexts = (plan: SessionPlan) => SecureContext;

/** How one connection to a server went. */
export interface ServerRecord {
  speaker: Speaker;
  /** What it reads from: the connection at first, then what is inside TLS. */
  reader: Reader;
  /** Every byte heard outside TLS, up to the TLS records. */
  plaintext: Buffer;
  /** Heard inside TLS; null when no handshake began. */
  inside: Reader | null;
  /** The handshake is done. */
  secured: boolean;
  /** The server said its go-ahead correctly, followed immediately by an attacker's bytes. */
  injected: boolean;
  /** Where in `inside` the raw bytes begin, as the server sees it. */
  rawFrom: number | null;
  /** All of `plan.down` was sent, and the connection ended in an orderly way. */
  rawClean: boolean;
  /** Resolves when the connection is over. */
  over: Promise<void>;
  /** An error of the fuzzer itself; null when there was none. */
  fault: unknown;
}

const malformedRecord = Buffer.from('1603030010ffffffff', 'hex');

/** Plays the server on one connection, from the first byte to the end. Never rejects. */
export function playServer(socket: Socket, plan: SessionPlan, contexts: ServerContexts): ServerRecord {
  const random = createRandom(plan.seed, plan.number, 'server');
  const record: ServerRecord = {
    speaker: new Speaker(plan, 'server', random, socket),
    reader: new Reader(socket),
    plaintext: Buffer.alloc(0),
    inside: null,
    secured: false,
    injected: false,
    rawFrom: null,
    rawClean: false,
    over: Promise.resolve(),
    fault: null,
  };
  record.over = new Server(record, contexts, random)
    .play()
    .catch((error: unknown) => {
      if (!(error instanceof NothingMore)) record.fault = error;
    })
    .finally(() => {
      record.speaker.socket.destroy();
      socket.destroy();
    });
  return record;
}

/** The server hangs up, or has nothing more to say. */
class Over extends NothingMore {
  constructor() {
    super('end');
  }
}

class Server {
  readonly #record: ServerRecord;
  readonly #plan: SessionPlan;
  readonly #contexts: ServerContexts;
  readonly #random: Random;

  constructor(record: ServerRecord, contexts: ServerContexts, random: Random) {
    this.#record = record;
    this.#plan = record.speaker.plan;
    this.#contexts = contexts;
    this.#random = random;
  }

  get #reader(): Reader {
    return this.#record.reader;
  }

  async play(): Promise<void> {
    const { tls, server } = this.#plan;
    try {
      if (tls === 'starttls') await this.#plain();
      else await this.#reader.first(null);
    } finally {
      this.#notePlaintext();
    }
    await this.#handshake();
    const { speaker } = this.#record;
    if (tls === 'implicit') {
      await this.#say(greeting(this.#plan, true, this.#random));
      if (server.preauth && speaker.mutations.length === 0) return this.#raw(Buffer.alloc(0));
    }
    await this.#inside();
  }

  /** Says it; throws `Over` when nothing follows, once the other side has gone too. */
  async #say(text: string | Buffer): Promise<{ mutated: boolean }> {
    const { next, mutated } = await this.#record.speaker.say(text);
    if (next === 'go-on') return { mutated };
    await this.#reader.end(null);
    throw new Over();
  }

  /** One line, or one message; empty where TLS begins instead of a message. */
  #line(): Promise<string> {
    const { mutations } = this.#record.speaker;
    const patience = mutations.length > 0 ? this.#plan.server.patience : null;
    const said = this.#plan.protocol === 'ldap' ? this.#message(patience) : this.#reader.line(patience);
    return said.catch((error: NothingMore) => {
      // Out of patience: an orderly end. The other side determines how the connection ends.
      if (error.why !== 'impatient') throw error;
      this.#record.speaker.leave(this.#random.pick(['end', 'cut', 'reset']));
      return this.#reader.end(null).then(() => {
        throw new Over();
      });
    });
  }

  async #message(patience: number | null): Promise<string> {
    return (await this.#reader.first(patience)) === 0x16 ? '' : this.#reader.message(patience);
  }

  /** Up to the first byte of TLS. */
  async #plain(): Promise<void> {
    const { server, protocol } = this.#plan;
    await this.#say(greeting(this.#plan, false, this.#random));
    for (;;) {
      if (this.#reader.waiting[0] === 0x16) return;
      const line = await this.#line();
      // TLS began where a request was awaited.
      if (protocol === 'ldap' && line === '') return;
      const answer = plainAnswer(line, this.#plan, this.#random);
      if (answer.kind === 'go-ahead' && server.injects) {
        const injection = Buffer.from(answer.text + injected(this.#plan), 'latin1');
        this.#record.injected = true;
        await this.#record.speaker.write(injection, injection.length);
        await this.#reader.first(null);
      } else if (answer.kind === 'go-ahead' || answer.kind === 'say') {
        await this.#say(answer.text);
        if (answer.kind === 'go-ahead') await this.#firstOfTls();
        else if (answer.last) return this.#hangUp();
      }
    }
  }

  async #firstOfTls(): Promise<void> {
    const { patience } = this.#plan.server;
    await this.#reader.first(patience).catch((error: NothingMore) => {
      if (error.why !== 'impatient') throw error;
      this.#record.speaker.leave('end');
      return this.#reader.first(null);
    });
  }

  async #hangUp(): Promise<never> {
    this.#record.speaker.leave('end');
    await this.#reader.end(null);
    throw new Over();
  }

  #notePlaintext(): void {
    const { received } = this.#reader;
    if (this.#plan.protocol === 'ldap') {
      this.#record.plaintext = Buffer.from(beforeRecords(received));
      return;
    }
    // Mail commands do not contain this byte: it begins the first TLS record.
    const tls = received.indexOf(0x16);
    this.#record.plaintext = Buffer.from(tls === -1 ? received : received.subarray(0, tls));
  }

  async #handshake(): Promise<void> {
    const { speaker } = this.#record;
    const { handshake, tls12 } = this.#plan.server;
    const { marker } = this.#plan;
    const broken: Record<string, () => Promise<unknown>> = {
      plaintext: () => speaker.write(inPlaceOfTls(this.#plan, this.#random)),
      garbage: () =>
        speaker.write(this.#random.chance(0.5) ? malformedRecord : Buffer.from(`${marker}\r\n`.repeat(40), 'latin1')),
      alert: () => speaker.write(Buffer.from('15030300020228', 'hex')),
      end: async () => speaker.leave('end'),
      reset: async () => speaker.leave('reset'),
    };
    if (broken[handshake]) {
      await broken[handshake]();
      const ending = await this.#reader.end(this.#plan.server.patience);
      if (ending === 'impatient') await this.#hangUp();
      throw new Over();
    }
    const { raw } = speaker;
    if (raw.destroyed) throw new Over();
    raw.unshift(this.#reader.detach());
    const socket = new TLSSocket(raw, {
      isServer: true,
      secureContext: this.#contexts(this.#plan),
      allowHalfOpen: true,
      ...(tls12 ? { maxVersion: 'TLSv1.2' } : {}),
    } as ConstructorParameters<typeof TLSSocket>[1]);
    speaker.socket = socket;
    this.#record.reader = new Reader(socket);
    this.#record.inside = this.#reader;
    const secure = new Promise<boolean>((resolve) => {
      socket.once('secure', () => resolve(true));
      // An end during the handshake is only an end: the half-open socket would otherwise stay.
      for (const over of ['end', 'error', 'close']) socket.once(over, () => resolve(false));
    });
    if (handshake === 'late-cut' || handshake === 'late-reset') {
      for (let turns = this.#random.below(30); turns > 0; turns -= 1) await new Promise(setImmediate);
      speaker.leave(handshake === 'late-cut' ? 'cut' : 'reset');
    }
    this.#reader.waitsFor = 'the TLS handshake';
    if (!(await secure)) throw new Over();
    this.#reader.waitsFor = null;
    this.#record.secured = true;
  }

  async #inside(): Promise<void> {
    for (;;) {
      const line = await this.#command();
      const answer = insideAnswer(line, this.#plan, this.#random);
      if (answer.kind === 'raw') {
        if (this.#plan.protocol === 'ldap') this.#reader.taken -= line.length;
        if (answer.text === '') return this.#raw(Buffer.alloc(0));
        return this.#raw(Buffer.from(answer.text, 'latin1'));
      }
      if (answer.kind === 'sign-in') {
        if (await this.#signIn(line, answer)) return;
        continue;
      }
      await this.#say(answer.text);
      if (answer.kind === 'say' && answer.last) return this.#hangUp();
    }
  }

  /** One command, IMAP's literals included. */
  async #command(): Promise<string> {
    for (let command = ''; ; ) {
      const line = await this.#line();
      const literal = this.#plan.protocol === 'imap' ? /\{(\d+)(\+?)\}$/.exec(line) : null;
      if (!literal) return command + line;
      if (literal[2] === '') await this.#say('+ go on\r\n');
      command += line + (await this.#reader.bytes(Number(literal[1]), this.#plan.server.patience)).toString('latin1');
    }
  }

  /** True when the client has signed in and the raw bytes have been exchanged. */
  async #signIn(line: string, { challenges }: Extract<Answer, { kind: 'sign-in' }>): Promise<boolean> {
    let heard = line;
    let takenBack = false;
    for (let left = challenges; left > 0; left -= 1) {
      await this.#say(challenge(this.#plan));
      const data = await this.#line();
      heard += ` ${data}`;
      takenBack = data === '*';
      if (takenBack) break;
    }
    const decoded = heard.split(' ').map((word) => Buffer.from(word, 'base64').toString('latin1'));
    const { canary } = this.#plan;
    // A lone asterisk cancels everything, whatever was said before (RFC 4954 §4, RFC 3501 §6.2.2, RFC 5034 §4).
    const right = !takenBack && (heard.includes(canary) || decoded.some((word) => word.includes(canary)));
    const words = verdict(line, this.#plan, right);
    if (!right) {
      await this.#say(words);
      return false;
    }
    const { honest, mutationRate } = this.#plan.server;
    if (honest || !this.#random.chance(mutationRate / 2)) {
      await this.#raw(Buffer.from(words, 'latin1'));
      return true;
    }
    await this.#say(words);
    return false;
  }

  /** Raw bytes both ways; the first of them may be in one segment with the preceding words. */
  async #raw(words: Buffer): Promise<void> {
    const { speaker } = this.#record;
    const { closer, downSaid: down } = this.#plan;
    this.#record.rawFrom = this.#reader.taken;
    if (this.#random.chance(0.5)) {
      if (!(await speaker.write(Buffer.concat([words, down])))) return;
    } else if (!((await speaker.write(words)) && (await speaker.write(down)))) return;
    // A misled client may not know that bytes flow raw, and wait.
    const { patience } = this.#plan.client;
    if (closer === 'server-reset' || closer === 'server-cut') {
      speaker.leave(closer === 'server-cut' ? 'cut' : 'reset');
      await this.#reader.end(null);
      return;
    }
    if (closer === 'client' || closer === 'client-reset')
      await this.#reader.end(patience === null ? null : patience * 4);
    const before = this.#reader.ending;
    await new Promise<void>((resolve) => speaker.socket.end(() => resolve()));
    const after = await this.#reader.end(null);
    this.#record.rawClean = before !== 'reset' && after === 'end';
  }
}
