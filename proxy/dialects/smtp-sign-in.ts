import { ChannelClosed, type Line, LineTooLong } from '../net/line-channel.ts';
import { Refused } from '../net/refused.ts';
import { isHttpRequest } from '../protocols/foreign.ts';
import { redacted } from '../protocols/redact.ts';
import { filterEhloLines } from '../protocols/smtp-capabilities.ts';
import { isSmtpVerb, redactSmtpCommand, redactSmtpReply } from '../protocols/smtp-redaction.ts';
import { parseSmtpCommand, type SmtpReply } from '../protocols/smtp-reply.ts';
import { serverAnswer, upstreamLeft, upstreamMisspoke } from './clock.ts';
import type { SignInOutcome, SignInStep } from './dialect.ts';
import { foreignClient } from './foreign-client.ts';
import { readReply, replyBytes } from './smtp-replies.ts';
import { firstBytes, nextTurn } from './turn.ts';
import { ourName, protocolText } from './words.ts';

/** A command line with its end (RFC 5321 §4.5.3.1.4). */
const maxCommandLength = 512;
/** MAIL and RCPT grow by the parameters of extensions: SIZE, DSN, AUTH, SMTPUTF8 (RFC 3461 §4, RFC 4954 §5). */
const maxEnvelopeLength = 2048;
/** AUTH lines and SASL data (RFC 4954 §4: 12,288 octets). */
const maxAuthLength = 12_288;
/** After this many answers in a row that say "no", it is no mail program that speaks. */
const maxFailures = 20;
/** How long our last words may take when the mail program does not read them, in milliseconds. */
const farewellMilliseconds = 2000;

/**
 * Relays SMTP up to the point from which on bytes flow raw: a successful AUTH, or the first MAIL (whether mail may be
 * sent without AUTH is the server's decision).
 */
export async function signInSmtp(step: SignInStep): Promise<SignInOutcome> {
  const { client, upstream, server, signal } = step;
  let failures = 0;
  /** Until a command of the protocol has come. */
  let first = true;
  /** Whether the server may know something by now that the trace must not show. */
  let secretSaid = false;
  /** The command that waits for an answer; AUTH has its own words for "not now" (RFC 4954 §6). */
  let pending = '';

  const tell = (text: string) => {
    step.trace('to-client', text);
    return client.write(`${text}\r\n`, signal);
  };
  const forward = async (line: Buffer) => {
    try {
      await upstream.write(Buffer.concat([line, Buffer.from('\r\n')]), signal);
    } catch (error) {
      if (error instanceof ChannelClosed) throw upstreamLeft(server, error);
      throw error;
    }
  };
  const reply = () =>
    serverAnswer(server, step.replyMilliseconds, signal, (timed) => readReply(upstream, server, timed));
  const passOn = async ({ lines }: SmtpReply) => {
    for (const line of lines) step.trace('server', secretSaid ? redactSmtpReply(line) : line.toString('latin1'));
    await client.write(replyBytes(lines), signal);
  };
  const farewell = async (text: string) => {
    await tell(text);
    return 'closed' as const;
  };

  /** One command, from its line to the server's last word about it. Null: go on with the next. */
  async function command(line: Line): Promise<SignInOutcome | null> {
    const { verb } = parseSmtpCommand(line.bytes);
    const limit =
      verb === 'AUTH' ? maxAuthLength : verb === 'MAIL' || verb === 'RCPT' ? maxEnvelopeLength : maxCommandLength;
    if (line.bytes.length + 2 > limit) return tooLong(false);
    const shown = redactSmtpCommand(line.bytes);
    secretSaid ||= shown.includes(redacted) || verb === 'AUTH';
    step.trace('client', shown);
    pending = verb;
    switch (verb) {
      case 'STARTTLS':
        await tell(`502 5.5.1 ${ourName}: not needed here. The connection to the mail server is protected already.`);
        return null;
      case 'AUTH':
        await forward(line.bytes);
        return authenticate();
      case 'MAIL':
      case 'DATA':
      case 'BDAT':
      case 'BURL':
        await forward(line.bytes);
        return 'splice';
      default: {
        await forward(line.bytes);
        const answer = await reply();
        const greeted = verb === 'EHLO' && answer.code === 250;
        await passOn(greeted ? { ...answer, lines: filterEhloLines(answer.lines) } : answer);
        if (verb === 'QUIT' || answer.code === 421) return 'closed';
        return counted(answer.code >= 500);
      }
    }
  }

  /** The exchange behind AUTH: challenges and answers until the server decides (RFC 4954 §4). */
  async function authenticate(): Promise<SignInOutcome | null> {
    for (;;) {
      const answer = await reply();
      if (answer.code !== 334) {
        await passOn(answer);
        if (answer.code === 235) return 'splice';
        return answer.code === 421 ? 'closed' : counted(answer.code >= 500);
      }
      step.trace('server', `334 ${redacted}`);
      await client.write(replyBytes(answer.lines), signal);
      const turn = await nextAnswer();
      if (turn === null) return 'closed';
      step.trace('client', redacted);
      if (turn === 'malformed') {
        // The server still waits for an answer: '*' takes the exchange back (RFC 4954 §4).
        await forward(Buffer.from('*'));
        const { code } = await reply();
        if (code < 400) throw upstreamMisspoke(server, 'went-on');
        await tell(`501 5.5.2 ${ourName}: the sign-in data is too long or holds characters that are not allowed.`);
        return counted(true);
      }
      await forward(turn);
    }
  }

  async function nextAnswer(): Promise<Buffer | 'malformed' | null> {
    try {
      const turn = await nextTurn(client, upstream, maxAuthLength, step.clientIdleMilliseconds, signal);
      if (turn.kind === 'client') return turn.line.wellFormed ? turn.line.bytes : 'malformed';
      if (turn.kind === 'idle') await idle();
      else await unasked();
      return null;
    } catch (error) {
      if (!(error instanceof LineTooLong)) throw error;
      noteTooLong();
      await client.skipLine(signal);
      return 'malformed';
    }
  }

  function noteTooLong(): void {
    step.note(new Refused('client-line-too-long', { code: 'command-too-long' }));
  }

  async function tooLong(skip: boolean): Promise<SignInOutcome | null> {
    noteTooLong();
    if (skip) await client.skipLine(signal);
    await tell(`500 5.5.6 ${ourName}: line too long.`);
    return counted(true);
  }

  async function counted(failed: boolean): Promise<SignInOutcome | null> {
    failures = failed ? failures + 1 : 0;
    if (failures < maxFailures) return null;
    return farewell(`421 4.7.0 ${ourName}: too many commands that failed. Good-bye.`);
  }

  const idle = () => farewell(`421 4.4.2 ${ourName}: nothing was said for too long. Good-bye.`);

  /** The server spoke or left though nothing was asked. A 421 is its farewell (RFC 5321 §3.8); else it is an attack or a fault. */
  async function unasked(): Promise<SignInOutcome> {
    if (upstream.buffered === 0) throw upstreamLeft(server);
    const answer = await reply();
    if (answer.code !== 421) throw upstreamMisspoke(server, 'unasked');
    await passOn(answer);
    return 'closed';
  }

  async function oneTurn(): Promise<SignInOutcome | null> {
    pending = '';
    if (first) {
      // A TLS hello may hold no line end to wait for.
      await firstBytes(client, upstream, step.clientIdleMilliseconds, signal);
      const foreign = client.peek()[0] === 0x16 ? foreignClient(client.peek()) : null;
      if (foreign) throw foreign;
    }
    const turn = await nextTurn(client, upstream, maxAuthLength, step.clientIdleMilliseconds, signal);
    if (turn.kind === 'idle') return idle();
    if (turn.kind === 'server') return unasked();
    const { bytes } = turn.line;
    const known = isSmtpVerb(parseSmtpCommand(bytes).verb);
    if (first && (!known || isHttpRequest(bytes))) {
      const foreign = foreignClient(Buffer.concat([bytes, Buffer.from('\n')]));
      if (foreign) throw foreign;
    }
    first &&= !known;
    if (!turn.line.wellFormed) {
      step.trace('client', redacted);
      await tell(`501 5.5.2 ${ourName}: a line must end in CR LF and hold neither CR, LF nor NUL.`);
      return counted(true);
    }
    return command(turn.line);
  }

  try {
    for (;;) {
      let outcome: SignInOutcome | null;
      try {
        outcome = await oneTurn();
      } catch (error) {
        if (!(error instanceof LineTooLong)) throw error;
        // What kind of program speaks is still to be seen: a web page can make its first line as long as it likes.
        outcome = await tooLong(true);
      }
      if (outcome) return outcome;
    }
  } catch (error) {
    if (error instanceof Refused) {
      const code = pending === 'AUTH' ? '454' : '421';
      const text = `${code} 4.7.0 ${ourName}: ${protocolText(error.message)}`;
      step.trace('to-client', text);
      // A mail program that has gone, or reads nothing, misses it.
      await client.write(`${text}\r\n`, AbortSignal.timeout(farewellMilliseconds)).catch(() => undefined);
    }
    throw error;
  }
}
