import { hostname } from 'node:os';
import type { PosternEvent, RefusalReason } from '../../proxy/contract/index.ts';
import type { LineProtocol } from '../support/line-protocols.ts';
import { answersBeforeRaw } from './answers.ts';
import type { ClientRecord } from './client.ts';
import { directoryFaults, isRefusal, isStartTls, lastMessage } from './directory-words.ts';
import { isHonest, type SessionPlan, tellTales } from './plan.ts';
import type { ServerRecord } from './server.ts';
import type { Speaker } from './speaker.ts';

/** Everything that happened in one session. */
export interface Played {
  plan: SessionPlan;
  client: ClientRecord;
  servers: ServerRecord[];
  events: PosternEvent[];
  /** The product has closed the client's connection. */
  released: boolean;
}

/** Whether the client got far enough to have a session. */
export const wasOpened = ({ events }: Played) => events.some(({ event }) => event === 'session-opened');
export const wasClosed = ({ events }: Played) => events.some(({ event }) => event === 'session-closed');

/** What the product may say before TLS. */
const allowedBeforeTls: Record<LineProtocol, RegExp> = {
  smtp: /^(?:EHLO \[127\.0\.0\.1\]|STARTTLS|QUIT)$/,
  imap: /^P[0-9a-f]{16} (?:CAPABILITY|STARTTLS|LOGOUT)$/,
  pop3: /^(?:CAPA|STLS|QUIT)$/,
  nntp: /^(?:CAPABILITIES|MODE READER|STARTTLS|QUIT)$/,
};

/** How a client is told why there is no session; a directory's is told in a message. */
const told: Record<LineProtocol, RegExp> = {
  smtp: /^(?:421|454) 4\.\d\.\d Postern: .+\r\n$/,
  imap: /^\* BYE Postern: .+\r\n$/,
  pop3: /^-ERR \[SYS\/TEMP\] Postern: .+\r\n$/,
  nntp: /^400 Postern: .+\r\n$/,
};

/** Everything in this session that must not happen. */
export function violations(played: Played): string[] {
  const { plan, client, servers } = played;
  return [
    ...[client, ...servers].flatMap(({ fault }) => (fault ? [`the fuzzer itself failed: ${stackOf(fault)}`] : [])),
    ...servers.flatMap((server, at) => beforeTls(plan, server, at > 0)),
    ...strayBytes(played),
    ...unwanted(played),
    ...(wasOpened(played) ? toldWhyNot(played) : turnedAway(played)),
    ...rawBytes(played),
    ...(isHonest(plan) ? honestSessionWorks(played) : []),
  ];
}

/** Whether bytes flowed raw and all of them arrived, as in most sessions between honest sides. */
export function wasWhole({ plan, client, servers }: Played): boolean {
  return servers.some(({ rawClean }) => rawClean) && client.rawClean && client.reader.received.includes(plan.down);
}

/**
 * @param later whether it is not the session's first connection. A server that answered TLS without TLS may be asked on
 * another whether it offers STARTTLS, if the port has only ever been met so; TLS does not begin there.
 */
function beforeTls(
  { protocol, tls, server }: SessionPlan,
  { plaintext, injected, inside, secured, speaker }: ServerRecord,
  later: boolean,
): string[] {
  const asks = tls === 'starttls' || (later && !inside);
  const faults = protocol === 'ldap' ? messagesBeforeTls(plaintext) : linesBeforeTls(protocol, plaintext, speaker);
  if (plaintext.length > 0 && !asks) faults.push(`a server of TLS at once heard ${plaintext.toString('hex')}`);
  // Out of step, the product may have begun TLS at another go-ahead, before this one was said: it must not succeed.
  if (injected && (speaker.outOfStep ? secured : inside)) {
    faults.push('TLS began although bytes had been injected behind the go-ahead');
  }
  if (server.identity !== 'good' && (inside?.received.length ?? 0) > 0) {
    faults.push(`a server whose certificate is ${server.identity} heard ${inside?.received.length} bytes`);
  }
  if (speaker.socket === speaker.raw && inside) faults.push('no TLS');
  return faults;
}

function linesBeforeTls(protocol: LineProtocol, plaintext: Buffer, { said }: Speaker): string[] {
  const faults: string[] = [];
  const lines = plaintext.toString('latin1').split('\r\n');
  const rest = lines.pop();
  if (rest !== '') faults.push(`before TLS the server heard half a line: ${JSON.stringify(rest)}`);
  for (const [index, line] of lines.entries()) {
    const allowed = allowedBeforeTls[protocol].test(line) || isSecondName(line, lines[index - 1], said);
    if (!allowed) faults.push(`before TLS the server heard ${JSON.stringify(line)}`);
  }
  return faults;
}

/** A directory hears the request for TLS, once. */
function messagesBeforeTls(plaintext: Buffer): string[] {
  const allowed = plaintext.length === 0 || isStartTls(plaintext);
  return allowed ? [] : [`before TLS the server heard ${plaintext.toString('hex')}`];
}

/** This computer's name is only for a server that has rejected the name that reveals nothing. */
function isSecondName(line: string, before: string | undefined, said: Buffer[]): boolean {
  const turnedDown = /^[45]\d\d[ -]/m.test(Buffer.concat(said).toString('latin1'));
  return line === `EHLO ${hostname()}` && before === 'EHLO [127.0.0.1]' && turnedDown;
}

/** The password where it must not be, and what was sent in plaintext. */
function strayBytes({ plan, client, servers, events }: Played): string[] {
  const faults: string[] = [];
  if (client.reader.received.includes(plan.marker)) faults.push('what was said before TLS reached the client');
  for (const { plaintext } of servers)
    if (holdsSecret(plaintext.toString('latin1'))) faults.push('the password in plaintext');
  if (holdsSecret(JSON.stringify(events))) faults.push('the password in an event');
  return faults;
}

/** True when the text contains a password, of whichever session. */
export function holdsSecret(text: string): boolean {
  return tellTales.some((tellTale) => text.includes(tellTale));
}

/** What a server may say and a client must not hear. */
function unwanted(played: Played): string[] {
  const { protocol, server } = played.plan;
  if (protocol === 'ldap') return directoryFaults(played.client.reader.received, server.honest);
  return capabilities({ protocol }, beforeSignIn(played, protocol));
}

/** What the client heard before bytes flowed raw. */
function beforeSignIn({ plan, client, servers }: Played, protocol: LineProtocol): string {
  const { received } = client.reader;
  const raw = received.indexOf(`DOWN${plan.number}:`);
  const heard = received.toString('latin1', 0, raw === -1 ? received.length : raw);
  if (protocol === 'imap' || !servers.some(({ speaker }) => speaker.outOfStep)) return heard;
  // A surplus reply may be taken for the reply to the sign-in, and what follows it flows raw; or for the reply to
  // another command, where it offers nothing: SMTP's list is a reply to EHLO (RFC 5321 §4.1.1.1), POP3's to CAPA or
  // AUTH.
  const said = Buffer.concat(client.speaker.said).toString('latin1');
  return answersBeforeRaw(protocol, said, heard)
    .filter(({ line }) => /^(?:EHLO|CAPA|CAPABILITIES|AUTH\s*$)/i.test(line))
    .map(({ answer }) => answer)
    .join('');
}

/** The server's capabilities that a client of the product must not see. */
function capabilities({ protocol }: { protocol: LineProtocol }, seen: string): string[] {
  const offered: string[] = [];
  if (protocol === 'smtp') {
    // After the first line of a reply with code 250; a reply of one line says what was done.
    for (const reply of seen.match(/(?:^250-.*\r\n)+250 .*\r\n/gm) ?? []) offered.push(...reply.split('\r\n').slice(1));
  } else if (protocol === 'nntp') {
    for (const reply of seen.match(/^101.*\r\n(?:(?!\.\r\n).*\r\n)+\.\r\n/gm) ?? []) {
      offered.push(...reply.split('\r\n').slice(1));
    }
  } else if (protocol === 'pop3') {
    for (const reply of seen.match(/^\+OK.*\r\n(?:(?![+-]|\.\r\n).*\r\n)+\.\r\n/gm) ?? []) {
      offered.push(...reply.split('\r\n').slice(1));
    }
  } else {
    const withoutLiterals = seen.replace(/^\* (?!CAPABILITY|OK|NO|BAD|BYE|PREAUTH).*\{\d+\}\r\n.*\r\n/gim, '');
    for (const line of withoutLiterals.split('\r\n')) {
      const list = /^\* CAPABILITY (.*)$/i.exec(line)?.[1] ?? /\[\s*CAPABILITY ([^\]]*)/i.exec(line)?.[1] ?? '';
      offered.push(...list.split(' '));
    }
  }
  return offered
    .filter((line) => /^(?:\d{3}[ -])?(?:STARTTLS|STLS|LOGIN-REFERRALS)\b/i.test(line) || offersBinding(protocol, line))
    .map((line) => `the client was offered ${JSON.stringify(line)}`);
}

/** A mechanism counts where a client looks for one: after the keyword for mechanisms, or as a word of its own. */
function offersBinding(protocol: LineProtocol, line: string): boolean {
  const where = { smtp: /^\d{3}[ -]AUTH[ =]/i, pop3: /^(?:SASL\s|\s*\S+\s*$)/i, imap: /^AUTH=/i, nntp: /^SASL\s/i };
  return where[protocol].test(line) && /-PLUS(?:\s|$)/i.test(line);
}

/** Reasons that are noted while the session goes on; the reply to the line tells the client. */
const notes: ReadonlySet<RefusalReason> = new Set([
  'client-line-too-long',
  'upstream-sign-in-failed',
  'oauth-only',
  'referral-to-plaintext',
]);

/**
 * Why the product may turn a client away before there is a session: it does not speak a mail protocol, or left before
 * it was judged.
 */
const atTheDoor: ReadonlySet<RefusalReason> = new Set(['client-not-mail', 'client-other-user']);

/** Nothing is done for a client that had no session, and it is told why, unless it left before hearing it. */
function turnedAway({ plan, client, servers, events }: Played): string[] {
  const faults: string[] = [];
  if (plan.client.honest) faults.push('an honest client had no session');
  if (servers.length > 0) faults.push(`${servers.length} connections to the server for a client that had no session`);
  for (const event of events) {
    if (event.event !== 'refused') faults.push(`without a session the product told ${event.event}`);
    else if (event.session !== undefined) faults.push('a refusal of a session that was never opened');
    else if (!atTheDoor.has(event.reason)) faults.push(`turned away as ${event.reason}`);
    else if (event.reason === 'client-other-user' && !client.left) faults.push('taken for a program of another user');
  }
  if (events.length > 1) faults.push(`turned away once, and ${events.length} events`);
  if (client.left) return faults;
  const { received, ending } = client.reader;
  if (!isTold(plan, received)) faults.push(`turned away, and told ${JSON.stringify(received.toString('latin1'))}`);
  if (ending !== 'end') faults.push('turned away, and then a reset: the last words may be lost');
  return faults;
}

/** Whether this is how it is told, and nothing else. */
function isTold({ protocol }: SessionPlan, said: Buffer): boolean {
  if (protocol === 'ldap') return isRefusal(said);
  const line = said.toString('latin1');
  return told[protocol].test(line) && line.indexOf('\n') === line.length - 1;
}

/** What was said last: a line or a message; empty where it is not whole. */
function lastOf({ protocol }: SessionPlan, said: Buffer): Buffer {
  if (protocol === 'ldap') return lastMessage(said);
  const ends = said.toString('latin1').endsWith('\r\n');
  return ends ? said.subarray(said.lastIndexOf('\n', said.length - 2) + 1) : Buffer.alloc(0);
}

function toldWhyNot({ plan, client, events }: Played): string[] {
  const { received, ending } = client.reader;
  const closed = events.find(({ event }) => event === 'session-closed');
  if (closed?.event !== 'session-closed') return ['the session was never closed'];
  // If a client hangs up on a wrong password, its session ends with what would otherwise be a note.
  const refused = events.filter(
    (event) => event.event === 'refused' && (closed.ending === 'refused' || !notes.has(event.reason)),
  );
  const faults: string[] = [];
  if (refused.some((event) => event.event === 'refused' && event.session !== closed.session)) {
    faults.push('a refusal that is not of this session');
  }
  if ((closed.ending === 'refused') !== refused.length > 0) {
    faults.push(`it ended as ${closed.ending} with ${refused.length} refusals`);
  }
  if (client.left) return faults;
  if (closed.ending === 'refused') {
    const last = lastOf(plan, received);
    // A directory that misspeaks in the middle of a message leaves no place for words, nor does one that has ended.
    const cut = plan.protocol === 'ldap' && last.length === 0 && ending === 'reset';
    const late = plan.protocol === 'ldap' && received.includes(plan.down);
    if (!cut && !late && !isTold(plan, last))
      faults.push(`refused, and told ${JSON.stringify(last.toString('latin1'))}`);
    if (!cut && ending !== 'end') faults.push('refused, and then a reset: the last words may be lost');
  }
  if (closed.ending === 'client-reset') faults.push('it ended as client-reset although the client had not left');
  if (closed.ending === 'truncated' && ending !== 'reset') faults.push('cut short, and the client saw a clean end');
  // A directory has no greeting, and nothing answers a farewell.
  if (received.length === 0 && plan.protocol !== 'ldap') faults.push('closed without a word');
  return faults;
}

/** From the sign-in on every byte arrives, in order and once. */
function rawBytes({ plan, client, servers }: Played): string[] {
  const faults: string[] = [];
  const server = servers.find(({ rawFrom }) => rawFrom !== null);
  if (!server?.inside || server.rawFrom === null || server.speaker.outOfStep) return faults;
  // Said wrongly, a request may begin the raw bytes without its program's knowing; what is declined there is answered there.
  if (plan.protocol === 'ldap' && client.speaker.mutations.length > 0) return faults;
  const sent = Buffer.concat(client.speaker.said);
  const arrived = server.inside.received.subarray(server.rawFrom);
  const whole = server.rawClean && client.rawClean;
  const from = sent.indexOf(`UP${plan.number}:`);
  const arrivedFrom = arrived.indexOf(`UP${plan.number}:`);
  if (from !== -1 && arrivedFrom !== -1) {
    const should = sent.subarray(from);
    const did = arrived.subarray(arrivedFrom);
    if (!(whole ? should.equals(did) : startsWith(should, did))) {
      faults.push(`of ${should.length} raw bytes to the server ${did.length} arrived, or others`);
    }
  } else if (whole && from !== -1) faults.push('no raw bytes arrived at the server');
  const { received } = client.reader;
  const downFrom = received.indexOf(`DOWN${plan.number}:`);
  if (downFrom !== -1) {
    const should = plan.down.subarray(plan.down.indexOf(`DOWN${plan.number}:`));
    const did = received.subarray(downFrom);
    if (!(whole ? should.equals(did) : startsWith(should, did))) {
      faults.push(`of ${plan.down.length} raw bytes to the client ${did.length} arrived, or others`);
    }
  } else if (whole) faults.push('no raw bytes arrived at the client');
  return faults;
}

const startsWith = (all: Buffer, start: Buffer) =>
  all.length >= start.length && all.subarray(0, start.length).equals(start);

/** A session without anything forbidden works: no false alarm. On a slow machine a reply may come too late. */
function honestSessionWorks({ plan, client, servers, events }: Played): string[] {
  const refused = events.flatMap((event) => (event.event === 'refused' ? [event.reason] : []));
  if (refused.includes('upstream-timeout')) return [];
  const declined = plan.tls === 'starttls' && plan.server.declines;
  if (declined) return [];
  const raw = servers.some(({ rawFrom }) => rawFrom !== null);
  // A client that pipelines raw bytes after a wrong password sends them as commands.
  const counted = refused.filter((reason) => raw || !notes.has(reason));
  if (counted.length > 0) return [`an honest session was refused: ${counted.join(', ')}`];
  const whole = servers.some(({ rawClean }) => rawClean) && client.rawClean;
  return raw && !whole ? ['the raw bytes of an honest session did not run to a clean end'] : [];
}

function stackOf(fault: unknown): string {
  return fault instanceof Error ? (fault.stack ?? fault.message) : String(fault);
}
