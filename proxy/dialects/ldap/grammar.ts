import type { LineChannel } from '../../net/line-channel.ts';
import { incomplete, malformed } from '../../protocols/ber.ts';
import { type LdapBind, type LdapHead, readBind, readLdapHead, readRequestName } from '../../protocols/ldap-message.ts';
import { answerTo, code, isRequest, op, startTlsOid } from '../../protocols/ldap-operations.ts';
import { shownRequest } from '../../protocols/ldap-redaction.ts';
import { disconnectionNotice, ldapAnswer } from '../../protocols/ldap-writer.ts';
import { redacted } from '../../protocols/sasl-redaction.ts';
import type { Command, Fault, Grammar } from '../grammar.ts';
import { farewellWords, faultWords, ourName, protocolText } from '../words.ts';
import { more, readMessage } from './messages.ts';
import { maxRequestLength, rowOf } from './table.ts';

/** A request (RFC 4511 §4). */
export interface LdapCommand extends Command {
  id: number;
  tag: number;
  /** The whole message; empty for one that is left unread. */
  bytes: Buffer;
  bind: LdapBind | null;
}

/** Enough of what cannot be read to tell whose it is. */
const telling = 512;

/** Reads a request as far as it has to be known. */
async function readRequest(client: LineChannel, signal: AbortSignal): Promise<LdapCommand> {
  for (;;) {
    const begun = client.peek();
    const head = readLdapHead(begun);
    if (head === malformed || (head !== incomplete && !isRequest(head.op.tag))) return unreadable(begun, 'malformed');
    if (head === incomplete) {
      await more(client, signal);
      continue;
    }
    const name = head.op.tag === op.extendedRequest ? readRequestName(begun, head) : null;
    if (name === malformed) return unreadable(begun, 'malformed');
    if (name === incomplete) {
      await more(client, signal);
      continue;
    }
    const row = rowOf(head.op.tag, name?.name === startTlsOid);
    const known = {
      ...row,
      id: head.id,
      tag: head.op.tag,
      head: begun.subarray(0, telling),
      known: true,
      token: false,
    };
    if (row.means === 'raw-at-once') {
      return {
        ...known,
        bytes: nothing,
        bind: null,
        shown: shownRequest(head.op.tag, null),
        secret: true,
        fault: null,
      };
    }
    const message = await readMessage(client, row.maxLength, signal);
    if (typeof message === 'string') return unreadable(begun, message);
    return wholeRequest(message.bytes, message.head) ?? unreadable(message.bytes, 'malformed');
  }
}

/** @param bytes all of it; null where it is no request that can be read */
export function wholeRequest(bytes: Buffer, head: LdapHead): LdapCommand | null {
  const { tag } = head.op;
  const bind = tag === op.bindRequest ? readBind(bytes, head) : null;
  if (tag === op.bindRequest && !bind) return null;
  const name = tag === op.extendedRequest ? readRequestName(bytes, head) : null;
  return {
    ...rowOf(tag, typeof name === 'object' && name?.name === startTlsOid),
    ...{ id: head.id, tag, bytes, bind, head: bytes.subarray(0, telling), known: true, token: false, fault: null },
    shown: shownRequest(tag, bind),
    secret: bind !== null,
  };
}

function unreadable(begun: Buffer, fault: 'malformed' | 'too-long'): LdapCommand {
  return {
    ...{ means: 'ask', maxLength: maxRequestLength, id: 0, tag: 0, bytes: nothing, bind: null },
    ...{
      head: begun.subarray(0, telling),
      known: fault === 'too-long',
      shown: redacted,
      secret: true,
      token: false,
      fault,
    },
  };
}

const nothing = Buffer.alloc(0);

/** RFC 4511 appendix A; none of these is about a password. */
const faultCodes: Record<Fault, number> = {
  'too-long': code.unwillingToPerform,
  malformed: code.protocolError,
  unknown: code.protocolError,
  // What a server without TLS says (RFC 4511 §4.12): to the program, this is one.
  'start-tls': code.protocolError,
  'bad-credentials': code.protocolError,
  'tls-first': code.confidentialityRequired,
  'tls-late': code.operationsError,
  'tls-already': code.operationsError,
};

/** An answer as the loop has it: a result code and words, which become a message of the form that the request wants. */
export const said = (value: number, words: string) => `${value} ${ourName}: ${words}`;
/** The same, to no request. */
const notice = (value: number, words: string) => `notice ${said(value, words)}`;

/** Ours are never 49: that makes programs throw away the saved password. */
export const ldapGrammar: Grammar<LdapCommand> = {
  read: readRequest,
  // Each step of a mechanism is a bind of its own, with an id of its own (RFC 4511 §4.2.1): there is none to read.
  readCredentials: async () => null,
  async gather(command, declined, { client, signal }) {
    if (command.fault === 'malformed') return { kind: 'malformed' };
    if (command.fault === 'too-long') return { kind: 'flood' };
    if (declined === null) return { kind: 'whole', command };
    // One that was left unread is not to be read again.
    if (command.bytes.length === 0) {
      const skipped = await readMessage(client, maxRequestLength, signal);
      if (typeof skipped === 'string') return { kind: skipped === 'too-long' ? 'flood' : skipped };
    }
    return { kind: 'declined', answer: declined };
  },
  decline: (_command, fault) => said(faultCodes[fault], faultWords[fault]),
  tokensAlone: (_command, why) => said(code.authMethodNotSupported, protocolText(why)),
  farewell: (why) => notice(why === 'malformed' ? code.protocolError : code.unavailable, farewellWords[why]),
  showAnswer: (_command, answer) => answer,
  lastWords: (pending, { message }) => {
    const words = protocolText(message);
    return [pending ? said(code.unavailable, words) : notice(code.unavailable, words)];
  },
  startTls: () => said(code.success, 'go ahead'),
  inBytes(text, pending) {
    const [, alone, value, words = ''] = /^(notice )?(\d+) (.*)$/s.exec(text) ?? [];
    const tag = pending && alone === undefined ? answerTo(pending.tag) : undefined;
    return pending && tag !== undefined
      ? ldapAnswer(pending.id, tag, Number(value), words)
      : disconnectionNotice(Number(value), words);
  },
};
