import { connect, type Socket } from 'node:net';
import { clientSteps, foreignWords, type Step } from './client-words.ts';
import { isBound } from './directory-words.ts';
import type { SessionPlan } from './plan.ts';
import { createRandom, type Random } from './random.ts';
import { NothingMore, Reader } from './reader.ts';
import { Speaker } from './speaker.ts';

/** How a session went on the client's side. */
export interface ClientRecord {
  speaker: Speaker;
  reader: Reader;
  /** It ended or broke the connection before the other side did. */
  left: boolean;
  /** It sent everything and received everything: nothing was cut short on this side. */
  rawClean: boolean;
  over: Promise<void>;
  fault: unknown;
}

/**
 * A misbehaving server may take its own reply for a failed sign-in, and wait for a client that waits for it. This is
 * longer than the product waits for any reply, so its own deadline always comes first. In milliseconds.
 */
const patienceAtTheEnd = 15_000;

/** Plays the client of one session against the product. Never rejects. */
export function playClient(plan: SessionPlan, port: number): ClientRecord {
  const socket = connect({ host: '127.0.0.1', port, allowHalfOpen: true, noDelay: true });
  const random = createRandom(plan.seed, plan.number, 'client');
  const record: ClientRecord = {
    speaker: new Speaker(plan, 'client', random, socket),
    reader: new Reader(socket),
    left: false,
    rawClean: false,
    over: Promise.resolve(),
    fault: null,
  };
  const closed = new Promise((resolve) => socket.once('close', resolve));
  record.over = new Client(record, socket, random)
    .play()
    .catch((error: unknown) => {
      if (!(error instanceof NothingMore)) record.fault = error;
    })
    .then(async () => {
      // A client that has nothing more to say ends the connection when the other side does.
      if (record.reader.ending === null || record.speaker.left) record.left = true;
      if (!socket.destroyed) socket.end();
      await record.reader.end(null);
      socket.destroy();
      await closed;
    });
  return record;
}

class Client {
  readonly #record: ClientRecord;
  readonly #plan: SessionPlan;
  readonly #random: Random;
  readonly #socket: Socket;
  #spoken = 0;
  /** IMAP: the tag of the last command. */
  #tag = '';
  /** What has been said and not yet answered, in order. */
  #unanswered: Step[] = [];

  constructor(record: ClientRecord, socket: Socket, random: Random) {
    this.#record = record;
    this.#plan = record.speaker.plan;
    this.#random = random;
    this.#socket = socket;
  }

  async play(): Promise<void> {
    const { client, server, protocol } = this.#plan;
    const { pipelines } = client;
    await new Promise<void>((resolve) => {
      this.#socket.once('connect', () => resolve());
      this.#socket.once('close', () => resolve());
    });
    if (client.foreign) await this.#record.speaker.write(foreignWords(this.#plan, this.#random));
    await this.#leaveInTime();
    if (!(client.foreign && this.#random.chance(0.5)) && protocol !== 'ldap') {
      // The product owes a client that says nothing wrong a reply before its deadline.
      let greeted: string;
      do greeted = await this.#record.reader.line(client.foreign ? client.patience : null);
      while (/^220-/.test(greeted));
      if (/^\* PREAUTH/i.test(greeted)) return this.#raw(Buffer.alloc(0));
    }
    const steps = clientSteps(this.#plan, this.#random);
    for (const [index, step] of steps.entries()) {
      const last = index === steps.length - 1;
      if (step.raw || (pipelines && last && step.signsIn)) return this.#raw(Buffer.from(step.text, 'latin1'));
      await this.#record.speaker.say(step.text);
      if (!step.silent) this.#unanswered.push(step);
      await this.#leaveInTime();
      if (pipelines && !last && !step.asks && this.#random.chance(0.6) && step.lines === undefined) continue;
      const success = await this.#answers();
      if (success && step.signsIn) return this.#raw(Buffer.alloc(0));
    }
    await this.#record.reader.end(client.patience ?? (server.honest ? null : patienceAtTheEnd));
  }

  async #leaveInTime(): Promise<void> {
    const { leavesAfter, leavesBy } = this.#plan.client;
    this.#spoken += 1;
    if (this.#spoken <= leavesAfter) return;
    if (this.#record.reader.ending === null) this.#record.left = true;
    this.#record.speaker.leave(leavesBy);
    // A client that has only ended its own side still hears what is said.
    await this.#record.reader.end(leavesBy === 'end' ? null : 0);
    throw new NothingMore('end');
  }

  /** Reads the replies to all that was said; true when the last of them is positive and signs in. */
  async #answers(): Promise<boolean> {
    const steps = this.#unanswered.splice(0);
    // An IMAP reply is known by its tag. A client that mutates its own words cannot count the replies to them: it takes
    // the next one for the last.
    const counts = this.#plan.client.honest && this.#plan.protocol !== 'imap';
    let success = false;
    for (const step of counts ? steps : steps.slice(-1)) success = await this.#answer(step);
    return success;
  }

  /** Reads one reply; true if it is positive and signs in. */
  async #answer(step: Step): Promise<boolean> {
    const { protocol, client } = this.#plan;
    const { reader } = this.#record;
    this.#tag = /^a\d+(?= )/.exec(step.text)?.[0] ?? this.#tag;
    if (protocol === 'ldap') return isBound(await reader.message(client.patience));
    for (;;) {
      const line = await reader.line(client.patience);
      if (protocol === 'smtp' && /^\d{3}(?: |$)/.test(line)) return /^(?:235|354)/.test(line);
      if (protocol === 'imap' && step.asks && line.startsWith('+')) return false;
      if (protocol === 'imap' && /^a\d+ /.test(line)) {
        if (line.startsWith(`${this.#tag} `) || !client.honest) return /^a\d+ OK/i.test(line);
      }
      if (protocol === 'nntp') {
        if (step.lines && line.startsWith('101')) while ((await reader.line(client.patience)) !== '.');
        return /^(?:28[13]|340)/.test(line);
      }
      if (protocol !== 'pop3') continue;
      if (step.lines && line.startsWith('+OK')) while ((await reader.line(client.patience)) !== '.');
      return line.startsWith('+OK');
    }
  }

  /** Raw bytes both ways. What is sent together with the words before may belong to a failed sign-in. */
  async #raw(words: Buffer): Promise<void> {
    const { speaker, reader } = this.#record;
    const { closer, up, client, server } = this.#plan;
    const said = await speaker.write(Buffer.concat([words, up]));
    if (closer === 'client-reset') {
      this.#leave('reset');
      return;
    }
    // A misbehaving server may not know that bytes flow raw, and wait for this side.
    if (closer !== 'client' && closer !== 'both') await reader.end(client.patience ?? (server.honest ? null : 1000));
    const ended = reader.ending;
    if (ended === null) this.#record.left = true;
    if (!this.#socket.destroyed) this.#socket.end();
    const after = await reader.end(null);
    this.#record.rawClean = said && ended !== 'reset' && after === 'end';
  }

  #leave(how: 'reset' | 'destroy'): void {
    if (this.#record.reader.ending === null) this.#record.left = true;
    this.#record.speaker.leave(how);
  }
}
