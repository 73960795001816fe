/*
 * A relay for devices: commands are read to the end of the session, message by message, and what leaves is bounded by who
 * sends it, to how many, and how large it is. Only what is understood is passed on, in one form that no server reads in
 * two ways; a text crosses as it is.
 */
import { sendingLimit } from '../../diagnosis/sending-limit.ts';
import { Refused } from '../../net/refused.ts';
import { announcedSize, readSmtpPath } from '../../protocols/smtp-path.ts';
import type { SubmissionBounds } from '../bounds.ts';
import type { Conversation } from '../conversation.ts';
import type { SignInOutcome, SignInStep } from '../dialect.ts';
import type { Answer, Grammar } from '../grammar.ts';
import type { SignInStrategy } from '../pass-through.ts';
import { ourName, protocolText } from '../words.ts';
import { type Carried, carryChunk, carryText, tooLarge } from './carry.ts';
import { readSmtpCommand, type SmtpCommand } from './grammar.ts';
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

/**
 * @param signIn how a sign-in is handled: the credentials are passed on, or Postern itself signs in
 * @param open whether the first sender stands for the sign-in
 */
export function boundedSubmission(
  talk: SmtpTalk,
  {
    step,
    bounds,
    signIn,
    open,
  }: { step: SignInStep; bounds: SubmissionBounds; signIn: SignInStrategy<SmtpCommand>; open: boolean },
): { strategy: SignInStrategy<SmtpCommand>; readonly betweenMessages: boolean } {
  const transaction = new Transaction();
  const noted = new Set<string>();
  let signedIn = false;

  function note(refused: Refused): void {
    // A person learns it once from each connection.
    if (!noted.has(refused.finding.code)) step.note(refused);
    noted.add(refused.finding.code);
  }

  async function enter(conversation: Conversation<SmtpCommand>, command: SmtpCommand): Next {
    const outcome = await signIn(conversation, command);
    if (outcome !== 'splice') return outcome;
    goIn();
    return null;
  }
  function goIn(): void {
    if (!signedIn) step.signedIn();
    signedIn = true;
  }

  /** Passes the server's answer on; one that only says "not so fast" as what it is. */
  async function conclude(conversation: Conversation<SmtpCommand>, answer: Answer, command?: TransactionCommand): Next {
    if (answer.kind === 'accepted') {
      if (command) transaction.accepted(command);
      await conversation.passOn(answer);
      return conversation.counted(false);
    }
    const limit = answer.kind === 'challenge' ? null : sendingLimit(answer.bytes.toString('latin1'));
    if (limit) {
      const refused = new Refused('rate-limited', limit, { server: step.server });
      note(refused);
      await conversation.tell(`${answer.kind === 'closed' ? '421 4.7.0' : '451 4.7.1'} ${said(refused)}`);
      return answer.kind === 'closed' ? 'closed' : null;
    }
    if (answer.kind === 'closed') return conversation.closed(answer);
    await conversation.passOn(answer);
    return conversation.counted(answer.kind === 'refused' && answer.counts);
  }

  async function mail(conversation: Conversation<SmtpCommand>, command: SmtpCommand): Next {
    const path = readSmtpPath(argumentOf(command), 'FROM');
    if (path.kind === 'malformed') return conversation.decline(`501 5.1.7 ${ourName}: the sender is no mail address.`);
    if (path.kind === 'rerouted' || !bounds.mayBeFrom(path.address)) {
      const shown = path.kind === 'path' && /^[\w.+@-]{1,100}$/.test(path.address) ? { sender: path.address } : {};
      const refused = new Refused('sender-not-allowed', { code: 'sender-not-allowed', facts: shown });
      note(refused);
      return conversation.decline(`550 5.7.1 ${said(refused)}`);
    }
    if (open && !signedIn) {
      const outcome = await enter(conversation, command);
      if (!signedIn) return outcome;
    }
    const size = announcedSize(path.parameters);
    if (size !== null && talk.sizeLimit !== null && size > talk.sizeLimit) {
      const refused = tooLarge(step.server, talk.sizeLimit);
      note(refused);
      return conversation.decline(`552 5.3.4 ${said(refused)}`);
    }
    const answer = await talk.ask(inOneForm(`MAIL FROM:<${path.address}>`, path.parameters));
    if (answer.kind === 'accepted') goIn();
    return conclude(conversation, answer, 'MAIL');
  }

  async function recipient(conversation: Conversation<SmtpCommand>, command: SmtpCommand): Next {
    const path = readSmtpPath(argumentOf(command), 'TO');
    if (path.kind === 'malformed')
      return conversation.decline(`501 5.1.3 ${ourName}: the recipient is no mail address.`);
    if (path.kind === 'rerouted') {
      const refused = new Refused('recipient-not-allowed', { code: 'recipient-rerouted', facts: { by: path.by } });
      note(refused);
      return conversation.decline(`550 5.7.1 ${said(refused)}`);
    }
    if (!bounds.takeRecipient()) {
      const refused = new Refused('rate-limited', { code: 'recipients-per-hour' });
      note(refused);
      // RFC 5321 §4.5.3.1.10: the others of this message are delivered all the same.
      await conversation.tell(`452 4.5.3 ${said(refused)}`);
      return conversation.counted(true);
    }
    return conclude(conversation, await talk.ask(inOneForm(`RCPT TO:<${path.address}>`, path.parameters)), 'RCPT');
  }

  async function data(conversation: Conversation<SmtpCommand>, command: SmtpCommand): Next {
    const goAhead = await talk.ask(inOneForm('DATA'));
    if (goAhead.kind !== 'accepted') return conclude(conversation, goAhead);
    await conversation.passOn(goAhead);
    return textSent(conversation, command, 'DATA', await carryText(step, talk.sizeLimit));
  }

  async function chunk(conversation: Conversation<SmtpCommand>, command: SmtpCommand, as: 'CHUNK' | 'LAST'): Next {
    const [, digits = ''] = /^\s*(\d{1,15})(?:\s+LAST)?\s*$/i.exec(argumentOf(command)) ?? [];
    // What follows is no command, and nobody can tell how much of it there is, or who is to have it.
    if (digits === '' || !transaction.allows(as)) {
      await conversation.tell(`421 4.7.0 ${ourName}: BDAT takes its size, and comes behind RCPT. Good-bye.`);
      return 'closed';
    }
    transaction.chunked += Number(digits);
    if (talk.sizeLimit !== null && transaction.chunked > talk.sizeLimit) throw tooLarge(step.server, talk.sizeLimit);
    await talk.send(inOneForm(`BDAT ${Number(digits)}`, as === 'LAST' ? 'LAST' : ''));
    return textSent(conversation, command, as, await carryChunk(step, Number(digits)));
  }

  async function textSent(
    conversation: Conversation<SmtpCommand>,
    command: SmtpCommand,
    as: 'DATA' | 'CHUNK' | 'LAST',
    carried: Carried,
  ): Next {
    if (carried === 'server-spoke') {
      const said = await talk.interrupt(command);
      return conclude(conversation, said ?? { kind: 'closed', bytes: Buffer.alloc(0) });
    }
    const answer = await talk.answerToText(command);
    if (answer.kind !== 'accepted') transaction.lost();
    else if (as !== 'CHUNK') bounds.sent();
    return conclude(conversation, answer, as);
  }

  async function strategy(conversation: Conversation<SmtpCommand>, command: SmtpCommand): Next {
    const as = meaningOf(command);
    if (as === 'CHUNK' || as === 'LAST') return chunk(conversation, command, as);
    if (as === 'other') return conversation.decline(`502 5.5.1 ${ourName}: this command is not available to devices.`);
    if (as !== 'NOOP' && (!transaction.allows(as) || (as === 'AUTH' && signedIn)))
      return conversation.decline(`503 5.5.1 ${ourName}: ${command.verb} is out of order here.`);
    switch (as) {
      case 'AUTH':
        return enter(conversation, command);
      case 'MAIL':
        return mail(conversation, command);
      case 'RCPT':
        return recipient(conversation, command);
      case 'DATA':
        return data(conversation, command);
      case 'HELLO':
        return conclude(conversation, await talk.introduce(command), as);
      case 'RSET':
        return conclude(conversation, await talk.ask(inOneForm('RSET')), as);
      case 'NOOP':
        return conclude(conversation, await talk.ask(inOneForm('NOOP')));
    }
  }

  return {
    strategy,
    get betweenMessages() {
      return signedIn && transaction.state === 'none';
    },
  };
}

function said({ message }: Refused): string {
  return `${ourName}: ${protocolText(message)}`;
}

/** What stands behind the verb, one character a byte. */
function argumentOf({ line }: SmtpCommand): string {
  return line.toString('latin1').replace(/^\s*\S+[ \t]?/, '');
}

function meaningOf(command: SmtpCommand): TransactionCommand | 'NOOP' | 'other' {
  switch (command.verb) {
    case 'AUTH':
    case 'MAIL':
    case 'RCPT':
    case 'DATA':
    case 'RSET':
    case 'NOOP':
      return command.verb;
    case 'EHLO':
    case 'HELO':
      return 'HELLO';
    case 'BDAT':
      return /\sLAST\s*$/i.test(argumentOf(command)) ? 'LAST' : 'CHUNK';
    default:
      return 'other';
  }
}

/** A command as it goes to the server. */
function inOneForm(...words: string[]): SmtpCommand {
  return readSmtpCommand(Buffer.from(words.filter((word) => word !== '').join(' '), 'latin1'), null);
}
