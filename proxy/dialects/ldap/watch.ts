import { Refused } from '../../net/refused.ts';
import { incomplete, malformed } from '../../protocols/ber.ts';
import {
  isWhole,
  type LdapHead,
  readBind,
  readLdapHead,
  readRequestName,
  readResult,
} from '../../protocols/ldap-message.ts';
import { code, isAnswer, isRequest, isResult, op, startTlsOid } from '../../protocols/ldap-operations.ts';
import { withoutPlaintextReferrals } from '../../protocols/ldap-referrals.ts';
import { ldapAnswer } from '../../protocols/ldap-writer.ts';
import { upstreamMisspoke } from '../clock.ts';
import type { RawWatch, WatchStep } from '../dialect.ts';
import { failedSignIn } from '../refused-sign-in.ts';
import { faultWords, ourName } from '../words.ts';
import { declinedMechanism } from './mechanisms.ts';
import { plaintextReferral, referralWords } from './referrals.ts';
import { type BindForm, formOf, replyOf } from './talk.ts';

/*
 * The raw phase of LDAP is watched, since a directory can refer a program elsewhere in any answer.
 *
 * - Messages are length-prefixed, so they are told apart in both directions and passed on in the pieces in which they come.
 * - Results are buffered until no referral is found in them; so are continuation references, binds and the names of extended
 *   requests.
 * - The program's own StartTLS is declined (`protocolError`, RFC 4511 §4.12: to the program, Postern is a server without it),
 *   and so is a bind that negotiates a SASL security layer. Where Postern has signed in, any other bind is declined: it would
 *   carry the local password to the server.
 * - A bind that the server refuses is explained as one during the sign-in is.
 *
 * Before the raw phase (`grammar.ts`, `messages.ts`) binds are read one by one until the server accepts one; each step of a
 * SASL mechanism is a bind of its own. Any other request begins the raw phase and is left unread for it. An `abandon` before
 * that is dropped, as there is nothing to abandon; an `unbind` is passed on.
 */

/** A message that has to be seen whole is held, up to this size. Any other crosses as it comes, whatever its size. */
const maxHeld = 64 * 1024;

type Pass = (piece: Buffer) => void;

/** What to do with the message that begins here: `more`: too little of it has come to tell. */
type Ruling = 'pass' | 'more' | { instead: Buffer | null };

/** One direction: tells messages apart, passes most of them on in the pieces in which they come, and holds few. */
class Direction {
  readonly #rule: (bytes: Buffer, head: LdapHead) => Ruling;
  readonly #broken: () => Refused;
  /** What is still to come of a message that has been passed on as far as it came. */
  #left = 0;
  /** The beginning of one about which nothing has been decided. */
  #held: Buffer | null = null;

  constructor(rule: (bytes: Buffer, head: LdapHead) => Ruling, broken: () => Refused) {
    this.#rule = rule;
    this.#broken = broken;
  }

  /** Nothing of a message has been passed on without the rest. */
  get between(): boolean {
    return this.#left === 0;
  }

  get whole(): boolean {
    return this.#left === 0 && this.#held === null;
  }

  /** @param boundary is called wherever something may be put between two messages */
  take(chunk: Buffer, pass: Pass, boundary: () => void): void {
    const bytes = this.#held ? Buffer.concat([this.#held, chunk]) : chunk;
    this.#held = null;
    let from = 0;
    let at = 0;
    const passUpTo = (end: number) => {
      // The chunk itself where all of it passes: its memory can then be given back at once.
      if (end > from) pass(from === 0 && end === bytes.length ? bytes : bytes.subarray(from, end));
      from = end;
    };
    while (at < bytes.length) {
      if (this.#left > 0) {
        const piece = Math.min(this.#left, bytes.length - at);
        this.#left -= piece;
        at += piece;
        continue;
      }
      const head = readLdapHead(bytes, at);
      const ruling = head === malformed ? null : head === incomplete ? 'more' : this.#rule(bytes, head);
      if (ruling === 'pass' && typeof head === 'object') {
        this.#left = head.end - at;
        continue;
      }
      passUpTo(at);
      if (ruling === 'more') {
        if (bytes.length - at > maxHeld) throw this.#broken();
        this.#held = Buffer.from(bytes.subarray(at));
        return;
      }
      if (ruling === null || ruling === 'pass' || typeof head === 'string') throw this.#broken();
      if (ruling.instead) pass(ruling.instead);
      at = head.end;
      from = at;
      boundary();
    }
    passUpTo(at);
    if (this.#left === 0) boundary();
  }
}

/**
 * Watches the raw phase of a directory session. Entries cross unread. A referral to a server without TLS does not, in
 * any answer; the program's own request for TLS is declined here as well, and so is a bind that would make the bytes
 * unreadable. Where Postern has signed in, another bind would carry the local password to the server.
 */
export function watchLdap({ server, own, referrals, note }: WatchStep): RawWatch {
  /** Our own answers, which wait for the end of a message that is on its way to the program. */
  const waiting: Buffer[] = [];
  let form: BindForm = { version: 3, bare: false };

  function ruleAnswer(bytes: Buffer, head: LdapHead): Ruling {
    const { tag } = head.op;
    if (!isAnswer(tag)) throw misspoke();
    if (tag !== op.searchResultReference && !isResult(tag)) return 'pass';
    if (isResult(tag)) {
      const result = readResult(bytes, head);
      if (result === malformed) throw misspoke();
      if (result === incomplete) return 'more';
      const words = bytes.subarray(result.diagnostic.start, result.diagnostic.end);
      // Long answers are not held: a referral is all that has to be looked for, in its own field or in the words.
      const refers = result.referral || result.code === code.referral || /referral:/i.test(words.toString('latin1'));
      if (refers && bytes.length < head.end) return 'more';
      if (tag === op.bindResponse) noteBind(result.code, words);
      if (!refers) return 'pass';
    }
    if (bytes.length < head.end) return 'more';
    if (!isWhole(bytes, head)) throw misspoke();
    const screened = withoutPlaintextReferrals(bytes, head, referralWords);
    if (screened.kind === 'same') return 'pass';
    if (screened.kind === 'malformed') throw misspoke();
    if (referrals === 'refuse') throw plaintextReferral(server);
    if (screened.failed) note(plaintextReferral(server));
    return { instead: screened.instead };
  }

  function noteBind(value: number, words: Buffer): void {
    if (value === code.success || value === code.saslBindInProgress) return;
    note(failedSignIn(server, replyOf(value, words.toString('utf8'), form), 'password'));
  }

  function ruleRequest(bytes: Buffer, head: LdapHead): Ruling {
    const { tag } = head.op;
    if (!isRequest(tag)) throw notLdap();
    if (tag === op.extendedRequest) {
      const name = readRequestName(bytes, head);
      if (name === malformed) throw notLdap();
      if (name === incomplete) return 'more';
      if (name.name !== startTlsOid) return 'pass';
      return bytes.length < head.end ? 'more' : declined(head, code.protocolError, faultWords['start-tls']);
    }
    if (tag !== op.bindRequest) return 'pass';
    if (bytes.length < head.end) return 'more';
    const bind = isWhole(bytes, head) ? readBind(bytes, head) : null;
    if (!bind) throw notLdap();
    if (own)
      return declined(head, code.unwillingToPerform, 'signed in already. Open another connection to sign in again.');
    const words = declinedMechanism(bind);
    if (words) return declined(head, code.authMethodNotSupported, words);
    form = formOf(bind);
    return 'pass';
  }

  function declined({ id, op: { tag } }: LdapHead, value: number, words: string): Ruling {
    const answer = tag === op.bindRequest ? op.bindResponse : op.extendedResponse;
    waiting.push(ldapAnswer(id, answer, value, `${ourName}: ${words}`));
    return { instead: null };
  }

  const misspoke = () => upstreamMisspoke(server, 'not-ldap');
  const down = new Direction(ruleAnswer, misspoke);
  const up = new Direction(ruleRequest, notLdap);
  const sayWaiting = (toProgram: Pass) => {
    for (const answer of waiting.splice(0)) toProgram(answer);
  };

  return {
    fromServer: (chunk, toProgram) => down.take(chunk, toProgram, () => sayWaiting(toProgram)),
    fromProgram(chunk, toServer, toProgram) {
      up.take(chunk, toServer, () => {});
      if (down.between) sayWaiting(toProgram);
    },
    get between() {
      return down.between;
    },
    get whole() {
      return down.whole;
    },
  };
}

function notLdap(): Refused {
  return new Refused('client-not-mail', { code: 'not-a-mail-program', facts: { spoke: 'other' } });
}
