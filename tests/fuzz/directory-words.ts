import { ber } from '../../proxy/protocols/ber.ts';
import { type LdapHead, readBind, readLdapHead, readResult } from '../../proxy/protocols/ldap-message.ts';
import { code, op, startTlsOid } from '../../proxy/protocols/ldap-operations.ts';
import {
  disconnectionNotice,
  ldapAnswer,
  ldapMessage,
  simpleBind,
  startTlsRequest,
  unbindRequest,
} from '../../proxy/protocols/ldap-writer.ts';
import { abandon, bound, done, extended, reference, saslBind } from '../support/ldap-words.ts';
import type { Step } from './client-words.ts';
import type { SessionPlan } from './plan.ts';
import type { Random } from './random.ts';
import type { Answer } from './server-words.ts';

// What an address book and its directory say. A message is handed on as Latin-1, as the lines of the others are.

const text = (bytes: Uint8Array) => Buffer.from(bytes).toString('latin1');
const octets = (...contents: readonly Uint8Array[]) => ber(0x04, ...contents);

/** The messages in what was said, up to one that is not all there; `malformed`: what follows is none. */
function messagesIn(said: Buffer): {
  all: { head: LdapHead; bytes: Buffer }[];
  rest: Buffer;
  malformed: boolean;
} {
  const all = [];
  for (let at = 0; ; ) {
    const rest = said.subarray(at);
    const head = readLdapHead(rest);
    if (typeof head === 'string') return { all, rest, malformed: head === 'malformed' };
    if (head.end > rest.length) return { all, rest, malformed: false };
    all.push({ head, bytes: rest.subarray(0, head.end) });
    at += head.end;
  }
}

/** What was said before the first record of TLS. Inside a message its first byte means something else. */
export function beforeRecords(said: Buffer): Buffer {
  const { rest } = messagesIn(said);
  return rest[0] === 0x16 ? said.subarray(0, said.length - rest.length) : said;
}

/** Whether it is one request for TLS and nothing else. */
export function isStartTls(said: Buffer): boolean {
  const head = readLdapHead(said);
  return typeof head === 'object' && said.equals(startTlsRequest(head.id));
}

/** Whether this, and nothing else, is how the product says why not, to a request or to none. */
export function isRefusal(said: Buffer): boolean {
  const { all, rest } = messagesIn(said);
  const [one] = all;
  if (!one || all.length > 1 || rest.length > 0) return false;
  const result = readResult(one.bytes, one.head);
  if (typeof result === 'string' || result.code === code.success) return false;
  return /^Postern: [ -~]{15,}$/.test(one.bytes.toString('latin1', result.diagnostic.start, result.diagnostic.end));
}

/** The last of the messages, unless something behind it is not all there. */
export function lastMessage(said: Buffer): Buffer {
  const { all, rest } = messagesIn(said);
  return rest.length > 0 ? Buffer.alloc(0) : (all.at(-1)?.bytes ?? Buffer.alloc(0));
}

/**
 * What a program must not hear from a directory: what is no message, where else to look without TLS, and that the TLS
 * which it has asked for may begin.
 */
export function directoryFaults(heard: Buffer, honest: boolean): string[] {
  const { all, rest, malformed } = messagesIn(heard);
  const faults: string[] = [];
  if (malformed) faults.push(`the client heard what is no message: ${rest.toString('hex', 0, 40)}`);
  if (/ldap:\/\//i.test(heard.toString('latin1'))) faults.push('the client was sent to a server without TLS');
  const goesAhead = all.some(
    ({ head, bytes }) => head.op.tag === op.extendedResponse && bytes[head.op.start + 2] === 0,
  );
  if (honest && goesAhead) faults.push('the client was told that TLS may begin');
  return faults;
}

/** The requests of the raw phase: the first one begins it. What is in them is read by nobody on the way. */
export function directoryUp(word: string, bytes: Buffer): Buffer {
  const half = bytes.length >> 1;
  return Buffer.concat([
    ldapMessage(100, op.searchRequest, octets(Buffer.from(word), bytes.subarray(0, half))),
    ldapMessage(101, op.modifyRequest, octets(bytes.subarray(half))),
    abandon(102, 101),
  ]);
}

/** The answers to them, as the server says them and as they have to arrive. */
export function directoryDown(word: string, bytes: Buffer, random: Random): { said: Buffer; heard: Buffer } {
  const said: Buffer[] = [];
  const heard: Buffer[] = [];
  const both = (message: Buffer) => {
    said.push(message);
    heard.push(message);
  };
  const half = bytes.length >> 1;
  for (const part of [Buffer.concat([Buffer.from(word), bytes.subarray(0, half)]), bytes.subarray(half)]) {
    both(ldapMessage(100, op.searchResultEntry, octets(part)));
    const plain = Array.from({ length: random.below(3) }, (_, at) => `ldap://lure${at}.test/`);
    const secured = random.chance(0.5) ? ['ldaps://other.test/'] : [];
    if (plain.length + secured.length > 0) said.push(reference(100, ...plain, ...secured));
    if (secured.length > 0) heard.push(reference(100, ...secured));
  }
  both(done(100));
  both(ldapAnswer(101, op.modifyResponse, code.success, ''));
  return { said: Buffer.concat(said), heard: Buffer.concat(heard) };
}

/** What the server says where it should not speak yet. */
export const spokenFirst = ({ marker }: SessionPlan): Buffer => disconnectionNotice(code.unavailable, marker);

/** The server's answer before TLS. */
export function directoryPlainAnswer(said: string, { marker, server }: SessionPlan, random: Random): Answer {
  const { head } = requestIn(said);
  if (head.op.tag === op.unbindRequest) return { kind: 'say', text: '', last: true };
  const answer = (value: number) => text(ldapAnswer(head.id, op.extendedResponse, value, marker));
  if (head.op.tag !== op.extendedRequest) return { kind: 'say', text: answer(code.confidentialityRequired) };
  if (server.declines) return { kind: 'say', text: answer(random.pick([1, 2, 8, 10, 13, 52, 53])) };
  return { kind: 'go-ahead', text: answer(code.success) };
}

/** The server's answer inside TLS; `raw`: what was said belongs to the raw bytes. */
export function directoryInsideAnswer(said: string): Answer {
  const { head, bytes } = requestIn(said);
  switch (head.op.tag) {
    case op.bindRequest: {
      const by = readBind(bytes, head)?.by;
      // The mechanism goes on with another bind.
      if (by?.kind === 'sasl' && by.credentials === null)
        return { kind: 'say', text: text(bound(head.id, code.saslBindInProgress)) };
      return { kind: 'sign-in', line: said, challenges: 0 };
    }
    case op.unbindRequest:
      return { kind: 'say', text: '', last: true };
    case op.abandonRequest:
      return { kind: 'say', text: '' };
    case op.extendedRequest:
      return { kind: 'say', text: text(ldapAnswer(head.id, op.extendedResponse, code.protocolError, '')) };
    default:
      return { kind: 'raw', text: '' };
  }
}

export function directoryVerdict(said: string, right: boolean): string {
  return text(bound(requestIn(said).head.id, right ? code.success : code.invalidCredentials, right ? '' : 'no'));
}

function requestIn(said: string): { head: LdapHead; bytes: Buffer } {
  const [request] = messagesIn(Buffer.from(said, 'latin1')).all;
  if (!request) throw new Error(`no message: ${JSON.stringify(said)}`);
  return request;
}

/** Whether an answer says that the program has signed in. */
export function isBound(said: string): boolean {
  const { head, bytes } = requestIn(said);
  return head.op.tag === op.bindResponse && bytes[head.op.start + 2] === code.success;
}

/** The requests of a program up to its sign-in, or to its end of the session. */
export function directorySteps(plan: SessionPlan, random: Random): Step[] {
  let id = 0;
  const say = (make: (id: number) => Buffer, more: Partial<Step> = {}): Step => {
    id += 1;
    return { text: text(make(id)), ...more };
  };
  const smallTalk = [
    () => say((number) => extended(number, startTlsOid)),
    () => say((number) => saslBind(number, 'DIGEST-MD5')),
    () => say((number) => abandon(number, number), { silent: true }),
    () => say((number) => simpleBind(number, '', '')),
  ] as const;
  const signIn = (password: string) => {
    const { user } = plan;
    const plain = `\0${user}\0${password}`;
    return random.pick([
      () => [say((number) => simpleBind(number, user, password), { signsIn: true })],
      () => [say((number) => saslBind(number, 'PLAIN', plain), { signsIn: true })],
      () => [
        say((number) => saslBind(number, 'LOGIN'), { asks: true }),
        say((number) => saslBind(number, 'LOGIN', password), { signsIn: true }),
      ],
    ])();
  };
  const steps = Array.from({ length: random.below(4) }, () => random.pick(smallTalk)());
  if (random.chance(0.1)) steps.push(...signIn(`${plan.user}wrong`));
  if (random.chance(0.08)) steps.push(say(unbindRequest, { silent: true }));
  // A search needs no sign-in where the server wants none: it is the first of the raw bytes.
  else steps.push(...(random.chance(0.2) ? [{ text: '', raw: true } as const] : signIn(plan.canary)));
  return steps;
}
