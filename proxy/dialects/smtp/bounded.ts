/*
 * A relay for devices: commands are parsed to the end of the session, message by message; senders, the number of
 * recipients and the size are limited. Only what is understood is passed on, in one unambiguous form; the text of a
 * message is passed on unchanged. The order of commands is in `transaction.ts`.
 */
import { sendingLimit } from '../../diagnosis/sending-limit.ts';
import { Refused } from '../../net/refused.ts';
import { announcedSize, readSmtpPath, withoutAuthor } from '../../protocols/smtp-path.ts';
import type { SubmissionBounds } from '../bounds.ts';
import type { Conversation } from '../conversation.ts';
import type { SignInOutcome, SignInStep } from '../dialect.ts';
import type { Answer, Grammar } from '../grammar.ts';
import type { SignInStrategy } from '../pass-through.ts';
import { ourName, protocolText } from '../words.ts';
import { type Carried, carryChunk, carryText, tooLarge } from './carry.ts';
import type { SmtpCommand } from './grammar.ts';
import { argumentOf, inOneForm, meaningOf } from './message-command.ts';
import type { SmtpTalk } from './talk.ts';
import { Transaction, type TransactionCommand } from './transaction.ts';

type Next = Promise<SignInOutcome | null>;

/** Hands every command of a message to the strategy. */
export function boundedGrammar(grammar: Grammar<SmtpCommand>): Grammar<SmtpCommand> {
  const own: ReadonlySet<SmtpCommand['means']> = new Set(['start-tls', 'good-bye']);
  return {
    ...grammar,
    async read(client, signal) {
      const command = await grammar.read(client, signal);
      return own.has(command.means) || command.verb === 'AUTH' ? command : { ...command, means: 'message' };
    },
  };
}

export interface BoundedContext {
  step: SignInStep;
  bounds: SubmissionBounds;
  /** How a sign-in is handled: the credentials are passed on, or Postern itself signs in. */
  signIn: SignInStrategy<SmtpCommand>;
  /** Whether the first sender takes the place of the sign-in. */
  open: boolean;
}

/** What is submitted in one session, message after message. */
export class BoundedSubmission {
  readonly #talk: SmtpTalk;
  readonly #context: BoundedContext;
  readonly #transaction = new Transaction();
  readonly #noted = new Set<string>();

  constructor(talk: SmtpTalk, context: BoundedContext) {
    this.#talk = talk;
    this.#context = context;
  }

  get betweenMessages(): boolean {
    return this.#transaction.betweenMessages;
  }

  /** Deals with one command. */
  readonly strategy: SignInStrategy<SmtpCommand> = async (conversation, command) => {
    const as = meaningOf(command);
    if (as === 'CHUNK' || as === 'LAST') return this.#chunk(conversation, command, as);
    if (as === 'other') return conversation.decline(`502 5.5.1 ${ourName}: this command is not available to devices.`);
    if (as !== 'NOOP' && !this.#transaction.allows(as))
      return conversation.decline(`503 5.5.1 ${ourName}: ${command.verb} is out of order here.`);
    if (this.#talk.newcomer && (as === 'AUTH' || as === 'MAIL'))
      return conversation.decline(`503 5.5.1 ${ourName}: EHLO comes first, inside TLS.`);
    switch (as) {
      case 'AUTH':
        return this.#enter(conversation, command);
      case 'MAIL':
        return this.#mail(conversation, command);
      case 'RCPT':
        return this.#recipient(conversation, command);
      case 'DATA':
        return this.#data(conversation, command);
      case 'HELLO':
        return this.#conclude(conversation, await this.#talk.introduce(command), as);
      case 'RSET':
        return this.#conclude(conversation, await this.#talk.ask(inOneForm('RSET')), as);
      case 'NOOP':
        return this.#conclude(conversation, await this.#talk.ask(inOneForm('NOOP')));
    }
  };

  /** Signs in. The conversation goes on afterwards: there is no raw phase here. */
  async #enter(conversation: Conversation<SmtpCommand>, command: SmtpCommand): Next {
    const outcome = await this.#context.signIn(conversation, command);
    if (outcome !== 'splice') return outcome;
    this.#accepted('AUTH');
    return null;
  }

  async #mail(conversation: Conversation<SmtpCommand>, command: SmtpCommand): Next {
    const { step, bounds, open } = this.#context;
    const path = readSmtpPath(argumentOf(command), 'FROM');
    if (path.kind === 'malformed') return conversation.decline(`501 5.1.7 ${ourName}: the sender is no mail address.`);
    if (path.kind === 'rerouted' || !bounds.mayBeFrom(path.address)) {
      const shown = path.kind === 'path' && /^[\w.+@-]{1,100}$/.test(path.address) ? { sender: path.address } : {};
      const refused = new Refused('sender-not-allowed', { code: 'sender-not-allowed', facts: shown });
      return this.#decline(conversation, '550 5.7.1', refused);
    }
    if (open && this.#transaction.state === 'stranger') {
      const outcome = await this.#enter(conversation, command);
      if (!this.betweenMessages) return outcome;
    }
    const size = announcedSize(path.parameters);
    const { sizeLimit } = this.#talk;
    if (size !== null && sizeLimit !== null && size > sizeLimit) {
      return this.#decline(conversation, '552 5.3.4', tooLarge(step.server, sizeLimit));
    }
    const answer = await this.#talk.ask(inOneForm(`MAIL FROM:<${path.address}>`, withoutAuthor(path.parameters)));
    return this.#conclude(conversation, answer, 'MAIL');
  }

  async #recipient(conversation: Conversation<SmtpCommand>, command: SmtpCommand): Next {
    const path = readSmtpPath(argumentOf(command), 'TO');
    if (path.kind === 'malformed')
      return conversation.decline(`501 5.1.3 ${ourName}: the recipient is no mail address.`);
    if (path.kind === 'rerouted') {
      const refused = new Refused('recipient-not-allowed', { code: 'recipient-rerouted', facts: { by: path.by } });
      return this.#decline(conversation, '550 5.7.1', refused);
    }
    if (!this.#context.bounds.takeRecipient()) {
      // RFC 5321 §4.5.3.1.10: the others of this message are delivered all the same.
      return this.#decline(conversation, '452 4.5.3', new Refused('rate-limited', { code: 'recipients-per-hour' }));
    }
    const answer = await this.#talk.ask(inOneForm(`RCPT TO:<${path.address}>`, path.parameters));
    return this.#conclude(conversation, answer, 'RCPT');
  }

  async #data(conversation: Conversation<SmtpCommand>, command: SmtpCommand): Next {
    const goAhead = await this.#talk.ask(inOneForm('DATA'));
    if (goAhead.kind !== 'accepted') return this.#conclude(conversation, goAhead);
    await conversation.passOn(goAhead);
    return this.#textSent(conversation, command, 'DATA', await carryText(this.#context.step, this.#talk.sizeLimit));
  }

  async #chunk(conversation: Conversation<SmtpCommand>, command: SmtpCommand, as: 'CHUNK' | 'LAST'): Next {
    const { step } = this.#context;
    const [, digits = ''] = /^\s*(\d{1,15})(?:\s+LAST)?\s*$/i.exec(argumentOf(command)) ?? [];
    // What follows is no command, and its length and recipients are unknown.
    if (digits === '' || !this.#transaction.allows(as)) {
      await conversation.tell(`421 4.7.0 ${ourName}: BDAT takes its size, and comes behind RCPT. Good-bye.`);
      return 'closed';
    }
    this.#transaction.chunked += Number(digits);
    const { sizeLimit } = this.#talk;
    if (sizeLimit !== null && this.#transaction.chunked > sizeLimit) throw tooLarge(step.server, sizeLimit);
    await this.#talk.send(inOneForm(`BDAT ${Number(digits)}`, as === 'LAST' ? 'LAST' : ''));
    return this.#textSent(conversation, command, as, await carryChunk(step, Number(digits)));
  }

  async #textSent(
    conversation: Conversation<SmtpCommand>,
    command: SmtpCommand,
    as: 'DATA' | 'CHUNK' | 'LAST',
    carried: Carried,
  ): Next {
    if (carried === 'server-spoke') {
      const said = await this.#talk.interrupt(command);
      return this.#conclude(conversation, said ?? { kind: 'closed', bytes: Buffer.alloc(0) });
    }
    const answer = await this.#talk.answerToText(command);
    if (answer.kind !== 'accepted') this.#transaction.lost();
    else if (as !== 'CHUNK') this.#context.bounds.sent();
    return this.#conclude(conversation, answer, as);
  }

  /** Forwards the reply; rate-limit replies become 451 or 421. */
  async #conclude(conversation: Conversation<SmtpCommand>, answer: Answer, command?: TransactionCommand): Next {
    if (answer.kind === 'accepted') {
      if (command) this.#accepted(command);
      await conversation.passOn(answer);
      return conversation.counted(false);
    }
    const limit = answer.kind === 'challenge' ? null : sendingLimit(answer.bytes.toString('latin1'));
    if (limit) {
      const refused = new Refused('rate-limited', limit, { server: this.#context.step.server });
      this.#note(refused);
      await conversation.tell(`${answer.kind === 'closed' ? '421 4.7.0' : '451 4.7.1'} ${said(refused)}`);
      return answer.kind === 'closed' ? 'closed' : null;
    }
    if (answer.kind === 'closed') return conversation.closed(answer);
    await conversation.passOn(answer);
    return conversation.counted(answer.kind === 'refused' && answer.counts);
  }

  /** The server has accepted a command. */
  #accepted(command: TransactionCommand): void {
    const wasStranger = this.#transaction.state === 'stranger';
    this.#transaction.accepted(command);
    if (wasStranger && this.#transaction.state !== 'stranger') this.#context.step.signedIn();
  }

  #decline(conversation: Conversation<SmtpCommand>, reply: string, refused: Refused): Next {
    this.#note(refused);
    return conversation.decline(`${reply} ${said(refused)}`);
  }

  /** Told to the person once for each connection. */
  #note(refused: Refused): void {
    if (!this.#noted.has(refused.finding.code)) this.#context.step.note(refused);
    this.#noted.add(refused.finding.code);
  }
}

function said({ message }: Refused): string {
  return `${ourName}: ${protocolText(message)}`;
}
