import { argumentsOf, filterCapabilityLine, offeringTls } from '../../protocols/capability-lines.ts';
import { redactNntpReply } from '../../protocols/nntp-redaction.ts';
import { redacted } from '../../protocols/sasl-redaction.ts';
import { CapabilityTalk } from '../capability-talk.ts';
import { serverAnswer, unaskedFor } from '../clock.ts';
import type { Answer } from '../grammar.ts';
import { localTlsOffer } from '../local-tls-offer.ts';
import { inLines } from '../text-line.ts';
import { ourName } from '../words.ts';
import { type NntpAnswer, readAnswer, readAnswerLines } from './answers.ts';
import { type NntpCommand, readNntpCommand } from './grammar.ts';

/** A whole answer: its first line, and the lines after it as the news program may see them. */
interface WholeAnswer extends NntpAnswer {
  /** With ends and the lone dot; empty where there are none. */
  rest: Buffer;
}

/** The server's side of the sign-in: one answer for each command (RFC 3977 §3.2, RFC 4643 §2). */
export class NntpTalk extends CapabilityTalk<NntpCommand> {
  protected readonly question = readNntpCommand(Buffer.from('CAPABILITIES'), null);

  async admit({ keyword }: NntpCommand): Promise<string | null> {
    // RFC 2980's other ways, which no server of today has: what follows them would be no command.
    if (!keyword.startsWith('AUTHINFO') || signInWords.has(keyword)) return null;
    return `501 ${ourName}: sign in by AUTHINFO USER and PASS, or AUTHINFO SASL.`;
  }

  protected offeredBy(lines: readonly Buffer[]) {
    // RFC 4643 §2.1.
    const user = argumentsOf(lines, 'AUTHINFO')?.includes('USER') ?? false;
    return { user, mechanisms: argumentsOf(lines, 'SASL') ?? [] };
  }

  protected namesMechanism({ keyword }: NntpCommand): boolean {
    return keyword === 'AUTHINFO SASL';
  }

  /** A 400 (RFC 3977 §3.2.1). */
  protected async farewell(): Promise<Buffer | null> {
    const said = await this.#read(null);
    return said.code === 400 ? bytesOf(said) : null;
  }

  /** The lines of a list as the news program may see them. */
  protected shownLines({ keyword }: NntpCommand, lines: readonly Buffer[]): Buffer[] {
    if (keyword !== 'CAPABILITIES' && keyword !== 'LIST EXTENSIONS') return [...lines];
    return lines.flatMap((line) => filterCapabilityLine(line, 'STARTTLS') ?? []);
  }

  protected async turn(command: NntpCommand): Promise<Answer> {
    const said = await this.#read(command);
    const { code } = said;
    const bytes = bytesOf(said);
    const reply = said.line.toString('latin1');
    if (code === 400) {
      const signsIn = command.means === 'sign-in' || command.beginsSignIn;
      return { kind: 'closed', bytes, ...(signsIn ? { goodBye: reply } : {}) };
    }
    if (command.means === 'sign-in') {
      if (code === 281 || code === 283) return { kind: 'accepted', bytes };
      if (code === 383 && command.keyword === 'AUTHINFO SASL') return { kind: 'challenge', bytes };
      if (code < 400) throw unaskedFor(this.step.server);
      return { kind: 'refused', bytes, counts: true, reply };
    }
    // 381 grants nothing yet: the password comes next.
    if (command.keyword === 'AUTHINFO USER' && code === 381) return { kind: 'refused', bytes, counts: false };
    if (command.keyword === 'AUTHINFO USER' && code < 400 && code !== 281) throw unaskedFor(this.step.server);
    if (code < 400) return { kind: 'accepted', bytes };
    // "No such group", "no such article", "sign in first": a program that works its way through a list hears them often.
    return { kind: 'refused', bytes, counts: code >= 500, reply };
  }

  #read(command: NntpCommand | null): Promise<WholeAnswer> {
    const { upstream, server, signal } = this.step;
    const milliseconds = Math.min(command?.replyMilliseconds ?? Infinity, this.step.replyMilliseconds);
    // The raw phase may follow: that the server agrees, and where its answer ends, must be unambiguous.
    const manners = command?.means === 'sign-in' || command?.means === 'raw' ? 'strict' : 'lenient';
    return serverAnswer(server, milliseconds, signal, async (timed) => {
      const begun = await readAnswer(upstream, server, timed, manners);
      this.step.trace('server', redactNntpReply(begun.line, this.secret));
      if (!command?.list?.includes(begun.code)) return { ...begun, rest: Buffer.alloc(0) };
      const all = await readAnswerLines(upstream, server, timed);
      const localTls = command.keyword === 'CAPABILITIES' ? localTlsOffer(this.step) : null;
      const filtered = this.shownLines(command, all);
      const shown = localTls ? offeringTls(filtered, 'STARTTLS', localTls) : filtered;
      if (command.keyword === 'CAPABILITIES') {
        this.capabilities = all;
        for (const line of shown) this.step.trace('server', this.secret ? redacted : line.toString('latin1'));
      }
      return { ...begun, rest: inLines(...shown, Buffer.from('.')) };
    });
  }
}

const signInWords: ReadonlySet<string> = new Set(['AUTHINFO USER', 'AUTHINFO PASS', 'AUTHINFO SASL']);

function bytesOf({ line, rest }: WholeAnswer): Buffer {
  return Buffer.concat([inLines(line), rest]);
}
