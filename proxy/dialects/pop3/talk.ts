import {
  argumentsOf,
  filterCapabilityLine,
  filterMechanismLine,
  offeringTls,
} from '../../protocols/capability-lines.ts';
import { redactPop3Reply } from '../../protocols/pop3-redaction.ts';
import { answersWithLines } from '../../protocols/pop3-syntax.ts';
import { redacted } from '../../protocols/sasl-redaction.ts';
import { CapabilityTalk } from '../capability-talk.ts';
import { serverAnswer, unaskedFor } from '../clock.ts';
import type { SignInStep } from '../dialect.ts';
import type { Answer } from '../grammar.ts';
import { localTlsOffer } from '../local-tls-offer.ts';
import { inLines } from '../text-line.ts';
import { ourName } from '../words.ts';
import { type Pop3Answer, readAnswer, readAnswerLines } from './answers.ts';
import { type Pop3Command, readPop3Command } from './grammar.ts';

/** What is known about a server before the sign-in. */
export interface Pop3Knowledge {
  /** False after STLS: the timestamp that APOP needs was in plaintext (RFC 2595 §4) and does not cross. */
  apop: boolean;
  /** Postern's own timestamp in the greeting, where it answers the sign-in. */
  stamp?: string;
}

/** A whole answer: its first line, and the lines after it as the mail program may see them. */
interface WholeAnswer extends Pop3Answer {
  /** With ends and the lone dot; empty where there are none. */
  rest: Buffer;
}

/** The server's side of the sign-in: one answer for each command (RFC 1939 §3, RFC 5034 §4). */
export class Pop3Talk extends CapabilityTalk<Pop3Command> {
  readonly #knowledge: Pop3Knowledge;
  protected readonly question = readPop3Command(Buffer.from('CAPA'), null);

  constructor(step: SignInStep, knowledge: Pop3Knowledge) {
    super(step);
    this.#knowledge = knowledge;
  }

  async admit({ keyword }: Pop3Command): Promise<string | null> {
    if (keyword !== 'APOP' || this.#knowledge.apop) return null;
    return `-ERR [SYS/PERM] ${ourName}: APOP is not possible here, since its stamp is only sent before encryption (STLS). Use USER and PASS: the connection to the mail server is encrypted.`;
  }

  protected offeredBy(lines: readonly Buffer[]) {
    // RFC 2449 §6.
    return { user: argumentsOf(lines, 'USER') !== null, mechanisms: argumentsOf(lines, 'SASL') ?? [] };
  }

  protected namesMechanism({ keyword }: Pop3Command): boolean {
    return keyword === 'AUTH';
  }

  protected async farewell(): Promise<Buffer | null> {
    const said = await this.#read(null);
    return said.is === 'error' ? bytesOf(said) : null;
  }

  protected async turn(command: Pop3Command): Promise<Answer> {
    const said = await this.#read(command);
    const bytes = bytesOf(said);
    switch (said.is) {
      case 'ok':
        return { kind: 'accepted', bytes };
      case 'error':
        return { kind: 'refused', bytes, counts: true, reply: said.line.toString('latin1') };
      case 'continue':
        if (command.keyword !== 'AUTH' || command.means !== 'sign-in') throw unaskedFor(this.step.server);
        return { kind: 'challenge', bytes };
    }
  }

  /** The lines of an answer as the mail program may see them. */
  protected shownLines(command: Pop3Command, lines: readonly Buffer[]): Buffer[] {
    return lines.flatMap((line) => filterFor(command)(line) ?? []);
  }

  #read(command: Pop3Command | null): Promise<WholeAnswer> {
    const { upstream, server, signal, trace } = this.step;
    const milliseconds = Math.min(command?.replyMilliseconds ?? Infinity, this.step.replyMilliseconds);
    // The raw phase may follow the answer to a sign-in: that it accepts, and where it ends, must be unambiguous.
    const [manners, odd] =
      command?.means === 'sign-in' ? (['strict', 'refusals'] as const) : (['lenient', 'all'] as const);
    return serverAnswer(server, milliseconds, signal, async (timed) => {
      const begun = await readAnswer(upstream, server, timed, manners, odd);
      trace('server', redactPop3Reply(begun.line, this.secret));
      if (!command || begun.is !== 'ok' || !answersWithLines(command)) return { ...begun, rest: Buffer.alloc(0) };
      const all: Buffer[] = [];
      await readAnswerLines(upstream, server, timed, (line) => void all.push(line));
      if (command.keyword === 'CAPA') this.capabilities = all;
      const localTls = command.keyword === 'CAPA' ? localTlsOffer(this.step) : null;
      const filtered = this.shownLines(command, all);
      const shown = localTls ? offeringTls(filtered, 'STLS', localTls) : filtered;
      for (const line of shown) trace('server', this.secret ? redacted : line.toString('latin1'));
      return { ...begun, rest: inLines(...shown, Buffer.from('.')) };
    });
  }
}

function bytesOf({ line, rest }: WholeAnswer): Buffer {
  return Buffer.concat([inLines(line), rest]);
}

function filterFor({ keyword }: Pop3Command): (line: Buffer) => Buffer | null {
  if (keyword === 'CAPA') return (line) => filterCapabilityLine(line, 'STLS');
  return keyword === 'AUTH' ? filterMechanismLine : (line) => line;
}
