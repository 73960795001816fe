import { ChannelClosed, type Line, LineTooLong } from '../net/line-channel.ts';
import { Refused } from '../net/refused.ts';
import { isHttpRequest } from '../protocols/foreign.ts';
import { filterAuthLine, filterCapaLine } from '../protocols/pop3-capabilities.ts';
import { isSecretPop3Command, redactPop3Command, redactPop3Reply } from '../protocols/pop3-redaction.ts';
import {
  answersWithLines,
  isPop3Command,
  mayBePop3Command,
  type Pop3Command,
  parsePop3Command,
} from '../protocols/pop3-syntax.ts';
import { redacted } from '../protocols/redact.ts';
import { serverAnswer, upstreamLeft, upstreamMisspoke } from './clock.ts';
import type { SignInOutcome, SignInStep } from './dialect.ts';
import { foreignClient } from './foreign-client.ts';
import { type Pop3Answer, readAnswer, readAnswerLines } from './pop3-answers.ts';
import { firstBytes, nextTurn } from './turn.ts';
import { ourName, protocolText } from './words.ts';

/** A command line with its end (RFC 2449 §4). */
const maxCommandLength = 255;
/** AUTH lines and SASL data (RFC 5034 §4: 12,288 octets). */
const maxAuthLength = 12_288;
/** After this many answers in a row that say "no", it is no mail program that speaks. */
const maxFailures = 20;
/** How long our last words may take when the mail program does not read them, in milliseconds. */
const farewellMilliseconds = 2000;

/** A whole answer: its first line, and the lines behind it with the lone dot, ends included. */
interface WholeAnswer extends Pop3Answer {
  rest: Buffer;
}

/** Relays POP3 up to the point from which on bytes flow raw: a successful PASS, APOP or AUTH. */
export async function signInPop3(step: SignInStep): Promise<SignInOutcome> {
  const { client, upstream, server, signal } = step;
  let failures = 0;
  /** Until a command of the protocol has come. */
  let first = true;
  /** Whether the server may know something by now that the trace must not show. */
  let secretSaid = false;

  // Never `[AUTH]`: it makes mail programs throw the saved password away (RFC 3206 §4).
  const tell = (text: string) => {
    step.trace('to-client', text);
    return client.write(`${text}\r\n`, signal);
  };
  const farewell = async (why: string) => {
    await tell(`-ERR [SYS/TEMP] ${ourName}: ${why}`);
    return 'closed' as const;
  };
  const decline = async (why: string) => {
    await tell(`-ERR ${ourName}: ${why}`);
    return counted(true);
  };
  const idle = () => farewell('nothing was said for too long. Good-bye.');
  const noteTooLong = () => step.note(new Refused('client-line-too-long', { code: 'command-too-long' }));

  async function counted(failed: boolean): Promise<SignInOutcome | null> {
    failures = failed ? failures + 1 : 0;
    return failures < maxFailures ? null : farewell('too many commands that failed. Good-bye.');
  }

  async function forward(line: Buffer): Promise<void> {
    try {
      await upstream.write(Buffer.concat([line, lineEnd]), signal);
    } catch (error) {
      if (error instanceof ChannelClosed) throw upstreamLeft(server, error);
      throw error;
    }
  }

  function answer(command: Pop3Command): Promise<WholeAnswer> {
    return serverAnswer(server, step.replyMilliseconds, signal, async (timed) => {
      const begun = await readAnswer(upstream, server, timed);
      const rest: Buffer[] = [];
      step.trace('server', redactPop3Reply(begun.line, secretSaid));
      if (begun.is === 'ok' && answersWithLines(command)) {
        await readAnswerLines(upstream, server, timed, (line) => {
          const shown = filterFor(command)(line);
          if (!shown) return;
          step.trace('server', secretSaid ? redacted : shown.toString('latin1'));
          rest.push(shown, lineEnd);
        });
        rest.push(Buffer.from('.\r\n'));
      }
      return { ...begun, rest: Buffer.concat(rest) };
    });
  }

  const passOn = ({ line, rest }: WholeAnswer) => client.write(Buffer.concat([line, lineEnd, rest]), signal);

  /** The server spoke or left though nothing was asked: `-ERR` is a farewell, anything else an attack or a fault. */
  async function unasked(): Promise<SignInOutcome> {
    if (upstream.buffered === 0) throw upstreamLeft(server);
    const said = await answer({ keyword: 'NOOP', argument: '' });
    if (said.is !== 'error') throw upstreamMisspoke(server, 'unasked');
    await passOn(said);
    return 'closed';
  }

  /** One command, from its line to the server's last word about it. Null: go on with the next. */
  async function command(line: Buffer, parsed: Pop3Command): Promise<SignInOutcome | null> {
    const { keyword, argument } = parsed;
    if (keyword === 'STLS') {
      return decline('STLS is not needed here. The connection to the mail server is protected already.');
    }
    if (upstream.buffered > 0) return unasked();
    secretSaid ||= isSecretPop3Command(line);
    await forward(line);
    let said = await answer(parsed);
    while (said.is === 'continue') {
      if (keyword !== 'AUTH' || argument.trim() === '') throw upstreamMisspoke(server, 'unasked');
      await passOn(said);
      const turn = await saslTurn();
      if (turn === 'closed') return turn;
      if (turn === 'declined') return decline('the sign-in data is too long or holds characters that are not allowed.');
      said = turn;
    }
    await passOn(said);
    if (keyword === 'QUIT') return 'closed';
    const signsIn = keyword === 'PASS' || keyword === 'APOP' || (keyword === 'AUTH' && argument.trim() !== '');
    if (said.is === 'ok' && signsIn) return 'splice';
    return counted(said.is === 'error');
  }

  /** The mail program's answer to a challenge, and the server's turn behind it (RFC 5034 §4). */
  async function saslTurn(): Promise<WholeAnswer | 'declined' | 'closed'> {
    const data = await saslData();
    if (data === 'closed') return data;
    if (data) {
      await forward(data);
      return answer(signingIn);
    }
    // The server still waits for an answer: '*' takes the exchange back.
    await forward(Buffer.from('*'));
    const said = await answer(signingIn);
    if (said.is !== 'error') throw upstreamMisspoke(server, 'went-on');
    return 'declined';
  }

  async function saslData(): Promise<Buffer | null | 'closed'> {
    try {
      const turn = await nextTurn(client, upstream, maxAuthLength, step.clientIdleMilliseconds, signal);
      if (turn.kind === 'idle') return await idle();
      if (turn.kind === 'server') return (await unasked()) && 'closed';
      step.trace('client', redacted);
      return turn.line.wellFormed ? turn.line.bytes : null;
    } catch (error) {
      if (!(error instanceof LineTooLong)) throw error;
      noteTooLong();
      await client.skipLine(signal);
      return null;
    }
  }

  async function clientLine({ bytes, wellFormed }: Line): Promise<SignInOutcome | null> {
    const parsed = parsePop3Command(bytes);
    const known = isPop3Command(parsed.keyword);
    if (first && (!known || isHttpRequest(bytes))) {
      const foreign = foreignClient(Buffer.concat([bytes, Buffer.from('\n')]));
      if (foreign) throw foreign;
    }
    first &&= !known;
    const tooLong = bytes.length + 2 > (parsed.keyword === 'AUTH' ? maxAuthLength : maxCommandLength);
    step.trace('client', wellFormed && !tooLong ? redactPop3Command(bytes) : redacted);
    if (tooLong) {
      noteTooLong();
      return decline('line too long.');
    }
    if (!wellFormed) return decline('a line must end in CR LF and hold neither CR, LF nor NUL.');
    if (!mayBePop3Command(parsed.keyword)) return decline('no command was recognised.');
    return command(bytes, parsed);
  }

  async function oneTurn(): Promise<SignInOutcome | null> {
    if (first) {
      await firstBytes(client, upstream, step.clientIdleMilliseconds, signal);
      const foreign = client.peek()[0] === 0x16 ? foreignClient(client.peek()) : null;
      if (foreign) throw foreign;
    }
    const turn = await nextTurn(client, upstream, maxAuthLength, step.clientIdleMilliseconds, signal);
    if (turn.kind === 'idle') return idle();
    return turn.kind === 'server' ? unasked() : clientLine(turn.line);
  }

  try {
    for (;;) {
      let outcome: SignInOutcome | null;
      try {
        outcome = await oneTurn();
      } catch (error) {
        if (!(error instanceof LineTooLong)) throw error;
        // What kind of program speaks is still to be seen: a web page can make its first line as long as it likes.
        step.trace('client', redacted);
        noteTooLong();
        await client.skipLine(signal);
        outcome = await decline('line too long.');
      }
      if (outcome) return outcome;
    }
  } catch (error) {
    if (error instanceof Refused) {
      const text = `-ERR [SYS/TEMP] ${ourName}: ${protocolText(error.message)}`;
      step.trace('to-client', text);
      // A mail program that has gone, or reads nothing, misses it.
      await client.write(`${text}\r\n`, AbortSignal.timeout(farewellMilliseconds)).catch(() => undefined);
    }
    throw error;
  }
}

const lineEnd = Buffer.from('\r\n');
/** Stands for the AUTH command whose exchange goes on. */
const signingIn: Pop3Command = { keyword: 'AUTH', argument: '-' };

function filterFor({ keyword }: Pop3Command): (line: Buffer) => Buffer | null {
  if (keyword === 'CAPA') return filterCapaLine;
  return keyword === 'AUTH' ? filterAuthLine : (line) => line;
}
