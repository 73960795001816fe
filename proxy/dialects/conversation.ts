import { Refused } from '../net/refused.ts';
import { redacted } from '../protocols/sasl-redaction.ts';
import { unaskedFor } from './clock.ts';
import type { SignInOutcome, SignInStep } from './dialect.ts';
import type { Answer, Command, Farewell, Grammar, ServerTalk } from './grammar.ts';
import { nextTurn } from './turn.ts';

/** After this many answers in a row that say "no", the program on the other end is not a mail program. */
const maxFailures = 20;

/** A mail program's side and a server's, in one dialect, while the sign-in runs. */
export class Conversation<C extends Command> {
  readonly grammar: Grammar<C>;
  readonly talk: ServerTalk<C>;
  readonly step: SignInStep;
  /** The command waiting for an answer. */
  pending: C | null = null;
  /** The last sign-in that the server refused, until one succeeds. */
  failed: Refused | null = null;
  #failures = 0;
  #noted: Refused | null = null;
  /** True once a command of the protocol has arrived, which shows that the client is a mail program. */
  programKnown = false;
  /** True once the server was sent something that a later TLS handshake with the program could not undo. */
  committed = false;

  constructor(grammar: Grammar<C>, talk: ServerTalk<C>, step: SignInStep) {
    this.grammar = grammar;
    this.talk = talk;
    this.step = step;
  }

  /** Sends an answer of our own to the mail program. */
  async tell(text: string): Promise<void> {
    this.step.trace('to-client', this.pending ? this.grammar.showAnswer(this.pending, text) : text);
    await this.step.client.write(this.grammar.inBytes(text, this.pending), this.step.signal);
  }

  /** Passes the server's words to the mail program. */
  async passOn({ bytes }: { bytes: Buffer }): Promise<void> {
    if (bytes.length > 0) await this.step.client.write(bytes, this.step.signal);
  }

  /** Passes the server's goodbye to the mail program. */
  async closed(goodBye: { bytes: Buffer }): Promise<SignInOutcome> {
    await this.passOn(goodBye);
    return 'closed';
  }

  /** Says why the session ends here. */
  async farewell(why: Farewell): Promise<SignInOutcome> {
    await this.tell(this.grammar.farewell(why));
    return 'closed';
  }

  /** Answers with a "no" of our own, in the server's place. */
  async decline(answer: string): Promise<SignInOutcome | null> {
    await this.tell(answer);
    return this.counted(true);
  }

  /** Null while the program may keep trying. */
  async counted(failed: boolean): Promise<SignInOutcome | null> {
    this.#failures = failed ? this.#failures + 1 : 0;
    return this.#failures < maxFailures ? null : this.farewell('failures');
  }

  /** Notes the sign-in that the server refused, if there is one not noted yet. */
  noteFailed(): void {
    if (this.failed && this.failed !== this.#noted) this.step.note(this.failed);
    this.#noted = this.failed;
  }

  noteTooLong(): void {
    this.step.note(new Refused('client-line-too-long', { code: 'command-too-long' }));
  }

  /**
   * The mail program's answer to a challenge: null for one that cannot be passed on; or what the server said instead.
   *
   * @throws ClientIdle
   */
  async credentials(command: C): Promise<{ credentials: Buffer | null } | Answer> {
    const { client, upstream, clientIdleMilliseconds, signal } = this.step;
    const read = (either: AbortSignal) => this.grammar.readCredentials(client, either);
    for (;;) {
      const turn = await nextTurn(upstream, read, clientIdleMilliseconds, signal);
      if (turn.kind === 'server') {
        const said = await this.talk.interrupt(command);
        // The server may time out; it cannot accept what it was not sent.
        if (said?.kind === 'accepted' || said?.kind === 'challenge') throw unaskedFor(this.step.server);
        if (said) return said;
        continue;
      }
      this.step.trace('client', redacted);
      if (turn.said !== 'too-long') return { credentials: turn.said };
      this.noteTooLong();
      await client.skipLine(signal);
      return { credentials: null };
    }
  }
}
