import { type Line, LineTooLong } from '../net/line-channel.ts';
import { Refused } from '../net/refused.ts';
import { hasCapability } from '../protocols/imap-capabilities.ts';
import { wantsId } from '../protocols/imap-id.ts';
import { isSecretImapCommand, redactImapCommand, redactImapTag } from '../protocols/imap-redaction.ts';
import { type ImapCommandLine, isImapCommand, parseImapCommand } from '../protocols/imap-syntax.ts';
import { redacted } from '../protocols/redact.ts';
import { upstreamLeft, upstreamMisspoke, within } from './clock.ts';
import type { SignInOutcome, SignInStep } from './dialect.ts';
import { foreignClient } from './foreign-client.ts';
import { type Gathered, gatherCommand, malformed, maxCommandLineLength } from './imap-command.ts';
import { type ImapAnswer, ImapExchange, type ImapKnowledge } from './imap-exchange.ts';
import { randomTag } from './imap-responses.ts';
import { firstBytes, nextTurn } from './turn.ts';
import { ourName, protocolText } from './words.ts';

/** AUTHENTICATE lines and SASL data (RFC 4954 §4 and RFC 5034 §4 name this number; IMAP has none of its own). */
const maxAuthLength = 12_288;
/** After this many answers in a row that say "no", it is no mail program that speaks. */
const maxFailures = 20;
/** How long our last words may take when the mail program does not read them, in milliseconds. */
const farewellMilliseconds = 2000;

class ClientIdle extends Error {}

/** Relays IMAP up to the point from which on bytes flow raw: a successful sign-in, or COMPRESS. */
export async function signInImap(step: SignInStep, knowledge: ImapKnowledge): Promise<SignInOutcome> {
  const { client, upstream, server, signal } = step;
  let failures = 0;
  /** Whether the server knows which program speaks to it. */
  let idSaid = false;
  /** Until a command of the protocol has come. */
  let first = true;
  /** The tag of the command that waits for an answer. */
  let pending: string | null = null;
  /** Whether the server may know something by now that the trace must not show. */
  let secretSaid = false;
  let idleTalk = new ImapExchange(step, knowledge, null, { shown: true, secret: false });

  const tell = (tag: string, text: string) => {
    step.trace('to-client', `${redactImapTag(tag)} ${text}`);
    return client.write(`${tag} ${text}\r\n`, signal);
  };
  const farewell = async (why: string) => {
    await tell('*', `BYE ${ourName}: ${why}`);
    return 'closed' as const;
  };
  const decline = async (tag: string, why: string) => {
    await tell(tag, `BAD ${ourName}: ${why}`);
    return counted(true);
  };
  const flooded = () => farewell('more bytes were announced than any sign-in needs. Good-bye.');
  const noteTooLong = () => step.note(new Refused('client-line-too-long', { code: 'command-too-long' }));

  async function counted(failed: boolean): Promise<SignInOutcome | null> {
    failures = failed ? failures + 1 : 0;
    return failures < maxFailures ? null : farewell('too many commands that failed. Good-bye.');
  }

  /** The rest of a command; what of it comes unasked is read even when the command is declined. */
  function gather(line: Buffer, name: string, declined: string | null): Promise<Gathered> {
    const onTime = () => new ClientIdle();
    return within(step.clientIdleMilliseconds, signal, onTime, (timed) =>
      gatherCommand(line, declined, name === 'LOGIN', {
        client,
        signal: timed,
        goAhead: () => tell('+', `${ourName}: go ahead`),
        onLineTooLong: noteTooLong,
      }),
    );
  }

  /** Passes on what the server says though nothing was asked. */
  async function unasked(): Promise<SignInOutcome | null> {
    if (upstream.buffered === 0) throw upstreamLeft(server);
    idleTalk.startClock();
    return (await idleTalk.next())?.kind === 'closed' ? 'closed' : null;
  }

  /** Everything that the server said before it was asked is dealt with first: it answers nothing that is sent now. */
  async function exchange(tag: string, shown: boolean): Promise<ImapExchange | 'closed'> {
    while (upstream.buffered > 0) if (await unasked()) return 'closed';
    idleTalk = new ImapExchange(step, knowledge, null, { shown: true, secret: secretSaid });
    return new ImapExchange(step, knowledge, tag, { shown, secret: secretSaid });
  }

  /** Says something of our own to the server, unseen by the mail program. Whether it says OK or no does not matter. */
  async function ask(words: string): Promise<SignInOutcome | null> {
    const tag = randomTag();
    const asked = await exchange(tag, false);
    if (asked === 'closed') return asked;
    step.trace('to-server', `${tag} ${words}`);
    const answer = await asked.sendCommand([{ line: Buffer.from(`${tag} ${words}`), literal: null }]);
    if (answer.kind === 'continuation') throw unaskedFor();
    return answer.kind === 'closed' ? 'closed' : null;
  }

  const unaskedFor = () => upstreamMisspoke(server, 'unasked');

  /** One command, from its first line to the server's last word about it. Null: go on with the next. */
  async function command(line: Buffer, parsed: ImapCommandLine): Promise<SignInOutcome | null> {
    const { tag, name, argument } = parsed;
    let declined: string | null = null;
    if (name === 'STARTTLS') declined = 'not needed here. The connection to the mail server is protected already.';
    if (name === 'AUTHENTICATE' && argument.endsWith('}')) declined = 'AUTHENTICATE takes no literal.';
    if (name === 'LOGIN' && !knowledge.capabilities) {
      const outcome = await ask('CAPABILITY');
      if (outcome) return outcome;
    }
    // RFC 3501 §6.2.3: no LOGIN while the server forbids it.
    const disabled = name === 'LOGIN' && hasCapability(knowledge.capabilities, 'LOGINDISABLED');
    const gathered = await gather(line, name, disabled ? '' : declined);
    if (gathered.kind === 'flood') return flooded();
    if (disabled) {
      await tell(tag, `NO [UNAVAILABLE] ${ourName}: the mail server does not allow LOGIN (LOGINDISABLED).`);
      return counted(true);
    }
    if (gathered.kind === 'declined') return decline(tag, gathered.why);

    if (name === 'ID') idSaid = true;
    if (!idSaid && (name === 'LOGIN' || name === 'AUTHENTICATE') && wantsId(server)) {
      idSaid = true;
      const outcome = await ask(`ID ("name" "${ourName}")`);
      if (outcome) return outcome;
    }
    secretSaid ||= isSecretImapCommand(parsed);
    const talk = await exchange(tag, true);
    if (talk === 'closed') return talk;
    let answer = await talk.sendCommand(gathered.pieces);
    while (answer.kind === 'continuation') {
      if (name !== 'AUTHENTICATE') throw unaskedFor();
      await talk.passOn(answer.line);
      const next = await saslTurn(talk, tag);
      if ('outcome' in next) return next.outcome;
      answer = next;
    }
    if (answer.kind === 'closed') return 'closed';
    await talk.passOn(answer.line);
    if (name === 'LOGOUT') return 'closed';
    if (answer.status === 'OK' && (name === 'LOGIN' || name === 'AUTHENTICATE' || name === 'COMPRESS')) return 'splice';
    return counted(answer.status !== 'OK');
  }

  /** The mail program's answer to a challenge, and the server's turn behind it (RFC 3501 §6.2.2). */
  async function saslTurn(talk: ImapExchange, tag: string): Promise<ImapAnswer | { outcome: SignInOutcome | null }> {
    const turn = await saslData(talk);
    if ('kind' in turn) return turn;
    if (turn.data) {
      await talk.send(turn.data, Buffer.from('\r\n'));
      return talk.answer();
    }
    // The server still waits for an answer: '*' takes the exchange back.
    await talk.send(Buffer.from('*\r\n'));
    const answer = await talk.answer();
    if (answer.kind === 'closed') return answer;
    if (answer.kind === 'continuation' || answer.status === 'OK') throw unaskedFor();
    return { outcome: await decline(tag, 'the sign-in data is too long or holds characters that are not allowed.') };
  }

  async function saslData(talk: ImapExchange): Promise<ImapAnswer | { data: Buffer | null }> {
    for (;;) {
      try {
        const turn = await nextTurn(client, upstream, maxAuthLength, step.clientIdleMilliseconds, signal);
        if (turn.kind === 'client') {
          step.trace('client', redacted);
          return { data: turn.line.wellFormed ? turn.line.bytes : null };
        }
        if (turn.kind === 'idle') throw new ClientIdle();
      } catch (error) {
        if (!(error instanceof LineTooLong)) throw error;
        noteTooLong();
        await client.skipLine(signal);
        return { data: null };
      }
      if (upstream.buffered === 0) throw upstreamLeft(server);
      talk.startClock();
      const answer = await talk.next();
      // The server may lose patience; it cannot accept what it was not told.
      if (answer?.kind === 'continuation' || (answer?.kind === 'tagged' && answer.status === 'OK')) throw unaskedFor();
      if (answer) return answer;
    }
  }

  async function clientLine({ bytes, wellFormed }: Line): Promise<SignInOutcome | null> {
    const parsed = parseImapCommand(bytes);
    const known = parsed !== null && isImapCommand(parsed.name);
    if (first && !known) {
      const foreign = foreignClient(Buffer.concat([bytes, Buffer.from('\n')]));
      if (foreign) throw foreign;
    }
    first &&= !known;
    pending = parsed?.tag ?? null;
    step.trace('client', wellFormed ? redactImapCommand(bytes) : redacted);
    const tooLong = parsed?.name !== 'AUTHENTICATE' && bytes.length + 2 > maxCommandLineLength;
    if (tooLong) noteTooLong();
    if (parsed && wellFormed && !tooLong) return command(bytes, parsed);
    const why = tooLong ? 'line too long.' : wellFormed ? 'no command was recognised.' : malformed;
    const gathered = await gather(bytes, '', why);
    return gathered.kind === 'flood' ? flooded() : decline(parsed?.tag ?? '*', why);
  }

  async function oneTurn(): Promise<SignInOutcome | null> {
    pending = null;
    if (first) {
      await firstBytes(client, upstream, step.clientIdleMilliseconds, signal);
      const foreign = client.peek()[0] === 0x16 ? foreignClient(client.peek()) : null;
      if (foreign) throw foreign;
    }
    const turn = await nextTurn(client, upstream, maxAuthLength, step.clientIdleMilliseconds, signal);
    if (turn.kind === 'idle') throw new ClientIdle();
    return turn.kind === 'server' ? unasked() : clientLine(turn.line);
  }

  try {
    for (;;) {
      try {
        const outcome = await oneTurn();
        if (outcome) return outcome;
      } catch (error) {
        if (error instanceof ClientIdle) return await farewell('nothing was said for too long. Good-bye.');
        if (!(error instanceof LineTooLong)) throw error;
        // What kind of program speaks is still to be seen: a web page can make its first line as long as it likes.
        noteTooLong();
        await client.skipLine(signal);
        const outcome = await decline('*', 'line too long.');
        if (outcome) return outcome;
      }
    }
  } catch (error) {
    if (error instanceof Refused) await lastWords(error.message);
    throw error;
  }

  /** Says why the session ends here; a mail program that has gone, or reads nothing, misses it. */
  async function lastWords(message: string): Promise<void> {
    const text = protocolText(message);
    const bye = `* BYE ${ourName}: ${text}`;
    const no = pending === null ? '' : `NO [UNAVAILABLE] ${ourName}: ${text}`;
    if (pending !== null) step.trace('to-client', `${redactImapTag(pending)} ${no}`);
    step.trace('to-client', bye);
    const all = pending === null ? `${bye}\r\n` : `${pending} ${no}\r\n${bye}\r\n`;
    await client.write(all, AbortSignal.timeout(farewellMilliseconds)).catch(() => undefined);
  }
}
