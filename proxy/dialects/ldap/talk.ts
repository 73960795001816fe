import type { LdapBind } from '../../protocols/ldap-message.ts';
import { code, op } from '../../protocols/ldap-operations.ts';
import { shownAnswer } from '../../protocols/ldap-redaction.ts';
import { withoutPlaintextReferrals } from '../../protocols/ldap-referrals.ts';
import { send, serverAnswer, unaskedFor, upstreamLeft, upstreamMisspoke } from '../clock.ts';
import type { SignInStep } from '../dialect.ts';
import type { Answer, ServerTalk } from '../grammar.ts';
import { type LdapAnswer, readAnswer, wordsOf } from './answers.ts';
import { type LdapCommand, said } from './grammar.ts';
import { declinedMechanism } from './mechanisms.ts';
import { plaintextReferral, referralWords } from './referrals.ts';

/** The server's side of the sign-in: one answer for each bind (RFC 4511 §4.2). */
export class LdapTalk implements ServerTalk<LdapCommand> {
  readonly #step: SignInStep;

  constructor(step: SignInStep) {
    this.#step = step;
  }

  async admit({ bind }: LdapCommand): Promise<string | null> {
    const words = bind && declinedMechanism(bind);
    return words ? said(code.authMethodNotSupported, words) : null;
  }

  /** What is left unread goes to the server with the raw bytes. */
  async send({ bytes }: LdapCommand): Promise<void> {
    if (bytes.length > 0) await send(this.#step, bytes);
  }

  async ask(command: LdapCommand): Promise<Answer> {
    // Nothing is outstanding that could be abandoned (RFC 4511 §4.11), and there is no answer.
    if (command.tag === op.abandonRequest) return { kind: 'refused', bytes: nothing, counts: false };
    await this.send(command);
    if (command.tag === op.unbindRequest) return { kind: 'closed', bytes: nothing };
    return this.#answerToBind(command);
  }

  respond(): Promise<Answer> {
    throw unaskedFor(this.#step.server);
  }

  /** The server's goodbye has no request (RFC 4511 §4.4.1); anything else that is unprompted is an attack or a fault. */
  async interrupt(): Promise<Answer> {
    const { upstream, server } = this.#step;
    if (upstream.buffered === 0) throw upstreamLeft(server);
    const answer = await this.#read();
    if (!isNotice(answer)) throw unaskedFor(server);
    return { kind: 'closed', bytes: this.#screened(answer) };
  }

  async takesTokensAlone(): Promise<boolean> {
    return false;
  }

  async #answerToBind({ id, bind }: LdapCommand): Promise<Answer> {
    const answer = await this.#read();
    if (isNotice(answer)) return { kind: 'closed', bytes: this.#screened(answer), goodBye: wordsOf(answer) };
    const { head, result } = answer;
    if (head.id !== id || head.op.tag !== op.bindResponse || !result) throw unaskedFor(this.#step.server);
    const bytes = this.#screened(answer);
    if (result.code === code.success) return { kind: 'accepted', bytes };
    // The mechanism goes on, with the program's next bind.
    if (result.code === code.saslBindInProgress) {
      if (bind?.by.kind !== 'sasl') throw unaskedFor(this.#step.server);
      return { kind: 'refused', bytes, counts: false };
    }
    return {
      kind: 'refused',
      bytes,
      counts: true,
      reply: replyOf(result.code, wordsOf(answer), bind ? formOf(bind) : undefined),
    };
  }

  async #read(): Promise<LdapAnswer> {
    const { upstream, server, signal, replyMilliseconds } = this.#step;
    return serverAnswer(server, replyMilliseconds, signal, async (timed) => {
      const answer = await readAnswer(upstream, server, timed);
      this.#step.trace('server', shownAnswer(answer.head.op.tag, answer.result?.code ?? null));
      return answer;
    });
  }

  /** The answer as the program may see it. @throws Refused where the person wants referrals to end the session */
  #screened({ bytes, head }: LdapAnswer): Buffer {
    const { server, note, referrals } = this.#step;
    const screened = withoutPlaintextReferrals(bytes, head, referralWords);
    if (screened.kind === 'same') return bytes;
    if (screened.kind === 'malformed') throw upstreamMisspoke(server, 'not-ldap');
    if (referrals === 'refuse') throw plaintextReferral(server);
    if (screened.failed) note(plaintextReferral(server));
    return screened.instead ?? nothing;
  }
}

function isNotice({ head }: LdapAnswer): boolean {
  return head.id === 0 && head.op.tag === op.extendedResponse;
}

/** What a bind asked for, as far as it matters to why it was refused. */
export interface BindForm {
  version: number;
  /** It had no password: an anonymous bind, or one with a name alone (RFC 4513 §5.1.1, §5.1.2). */
  bare: boolean;
}

export function formOf({ version, by }: LdapBind): BindForm {
  return { version, bare: by.kind === 'simple' && by.password.length === 0 };
}

/** A refusal in words that the table of replies has. @param form of the bind, where the request was one */
export function replyOf(value: number, words: string, form: BindForm = { version: 3, bare: false }): string {
  return `LDAPv${form.version} result ${value}${form.bare ? ' without password' : ''}: ${words}`;
}

const nothing = Buffer.alloc(0);
