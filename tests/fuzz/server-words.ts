import { bound } from '../support/ldap-words.ts';
import { directoryInsideAnswer, directoryPlainAnswer, directoryVerdict, spokenFirst } from './directory-words.ts';
import type { SessionPlan } from './plan.ts';
import type { Random } from './random.ts';

/** How a server responds to a command. */
export type Answer =
  | { kind: 'say'; text: string; last?: true }
  /** The way to TLS is open. */
  | { kind: 'go-ahead'; text: string }
  /** A sign-in begins; the password is in the line, or will follow the challenge. */
  | { kind: 'sign-in'; line: string; challenges: number }
  /** From here on bytes flow raw; the server says this first, if anything. */
  | { kind: 'raw'; text: string };

const decoys = ['STARTTLS', 'starttls', 'StartTLS'];

function shuffled(words: string[], random: Random): string[] {
  return words
    .map((word) => ({ word, key: random.below(1e6) }))
    .sort((a, b) => a.key - b.key)
    .map(({ word }) => word);
}

function smtpLines(first: string, texts: string[]): string {
  const all = [first, ...texts];
  return all.map((line, index) => `250${index === all.length - 1 ? ' ' : '-'}${line}\r\n`).join('');
}

/** The server's greeting. Before TLS everything that it says carries the marker. A directory greets nobody. */
export function greeting(plan: SessionPlan, inside: boolean, random: Random): string {
  const name = inside ? 'inside' : plan.marker;
  switch (plan.protocol) {
    case 'smtp':
      return random.chance(0.3) ? `220-${name} ESMTP\r\n220 ${name} welcomes you\r\n` : `220 ${name} ESMTP\r\n`;
    case 'imap': {
      if (inside && plan.server.preauth) return `* PREAUTH ${name} at home\r\n`;
      const list = random.chance(0.5) ? `[CAPABILITY ${imapCapabilities(plan, inside, random)}] ` : '';
      return `* OK ${list}${name} ready\r\n`;
    }
    case 'pop3':
      return `+OK ${name} <1.2@${inside ? 'inside' : plan.marker}>\r\n`;
    case 'nntp':
      return `${random.pick(['200', '201'])} ${name} ready\r\n`;
    case 'ldap':
      return '';
  }
}

/** An attacker's words behind the go-ahead. */
export function injected({ protocol, marker }: SessionPlan): string {
  return protocol === 'ldap' ? bound(2, 0, marker).toString('latin1') : `250 ${marker} ok\r\n`;
}

/** What a server says in plaintext where TLS should begin. */
export function inPlaceOfTls(plan: SessionPlan, random: Random): Buffer {
  return plan.protocol === 'ldap' ? spokenFirst(plan) : Buffer.from(greeting(plan, false, random), 'latin1');
}

function imapCapabilities(plan: SessionPlan, inside: boolean, random: Random): string {
  const words = inside
    ? ['SASL-IR', 'LITERAL+', 'IDLE', 'AUTH=PLAIN', 'AUTH=SCRAM-SHA-256-PLUS', 'LOGIN-REFERRALS', random.pick(decoys)]
    : [`X${plan.marker}`, 'LOGINDISABLED', ...(plan.server.offers ? [random.pick(decoys)] : [])];
  return `IMAP4rev1 ${shuffled(words, random).join(' ')}`;
}

/** The server's reply before TLS. */
export function plainAnswer(line: string, plan: SessionPlan, random: Random): Answer {
  if (plan.protocol === 'ldap') return directoryPlainAnswer(line, plan, random);
  const { marker, server } = plan;
  const { tag, verb } = parse(line, plan);
  const offer = server.offers ? [random.pick(decoys)] : [];
  if (verb === 'STARTTLS' || verb === 'STLS') {
    if (server.declines) {
      const no = {
        smtp: `454 ${marker} no\r\n`,
        imap: `${tag} NO ${marker}\r\n`,
        pop3: `-ERR ${marker}\r\n`,
        nntp: `580 ${marker}\r\n`,
      };
      return { kind: 'say', text: no[plan.protocol] };
    }
    const yes = {
      smtp: `220 ${marker} go\r\n`,
      imap: `${tag} OK ${marker}\r\n`,
      pop3: `+OK ${marker}\r\n`,
      nntp: `382 ${marker}\r\n`,
    };
    return { kind: 'go-ahead', text: yes[plan.protocol] };
  }
  switch (plan.protocol) {
    case 'smtp':
      if (verb === 'QUIT') return { kind: 'say', text: `221 ${marker}\r\n`, last: true };
      if (verb !== 'EHLO') return { kind: 'say', text: `502 ${marker}\r\n` };
      return { kind: 'say', text: smtpLines(marker, shuffled([`X-${marker}`, 'AUTH PLAIN', ...offer], random)) };
    case 'imap':
      if (verb === 'LOGOUT') return { kind: 'say', text: `* BYE ${marker}\r\n${tag} OK ${marker}\r\n`, last: true };
      if (verb !== 'CAPABILITY') return { kind: 'say', text: `${tag} BAD ${marker}\r\n` };
      return { kind: 'say', text: `* CAPABILITY ${imapCapabilities(plan, false, random)}\r\n${tag} OK ${marker}\r\n` };
    case 'pop3':
      if (verb === 'QUIT') return { kind: 'say', text: `+OK ${marker}\r\n`, last: true };
      if (verb !== 'CAPA') return { kind: 'say', text: `-ERR ${marker}\r\n` };
      return { kind: 'say', text: `+OK ${marker}\r\n${[`X-${marker}`, 'UIDL', ...offer].join('\r\n')}\r\n.\r\n` };
    case 'nntp': {
      if (verb === 'QUIT') return { kind: 'say', text: `205 ${marker}\r\n`, last: true };
      if (verb === 'MODE') return { kind: 'say', text: `201 ${marker}\r\n` };
      if (verb !== 'CAPABILITIES') return { kind: 'say', text: `500 ${marker}\r\n` };
      const words = ['VERSION 2', `X-${marker}`, random.pick(['READER', 'MODE-READER']), ...offer];
      return { kind: 'say', text: `101 ${marker}\r\n${words.join('\r\n')}\r\n.\r\n` };
    }
  }
}

/** The server's reply inside TLS, before the sign-in. */
export function insideAnswer(line: string, plan: SessionPlan, random: Random): Answer {
  if (plan.protocol === 'ldap') return directoryInsideAnswer(line);
  const { tag, verb, argument } = parse(line, plan);
  const say = (text: string): Answer => ({ kind: 'say', text });
  switch (plan.protocol) {
    case 'smtp':
      if (verb === 'EHLO') {
        const auth = random.pick([
          'AUTH PLAIN LOGIN',
          'AUTH PLAIN SCRAM-SHA-256-PLUS LOGIN',
          'AUTH=LOGIN SCRAM-SHA-1-plus',
        ]);
        return say(smtpLines('inside', shuffled(['SIZE 1000', 'PIPELINING', random.pick(decoys), auth], random)));
      }
      if (verb === 'AUTH') return { kind: 'sign-in', line, challenges: challenges(argument) };
      if (verb === 'DATA') return { kind: 'raw', text: '354 go on\r\n' };
      if (verb === 'BDAT') return { kind: 'raw', text: '' };
      if (verb === 'QUIT') return { kind: 'say', text: '221 bye\r\n', last: true };
      return say(['HELO', 'MAIL', 'NOOP', 'RSET'].includes(verb) ? '250 fine\r\n' : '502 5.5.1 what\r\n');
    case 'imap':
      if (verb === 'CAPABILITY') {
        return say(`* CAPABILITY ${imapCapabilities(plan, true, random)}\r\n${tag} OK [ALERT] done\r\n`);
      }
      if (verb === 'LOGIN') return { kind: 'sign-in', line, challenges: 0 };
      if (verb === 'AUTHENTICATE') return { kind: 'sign-in', line, challenges: challenges(argument) };
      if (verb === 'COMPRESS') return { kind: 'raw', text: `${tag} OK deflating\r\n` };
      if (verb === 'LOGOUT') return { kind: 'say', text: `* BYE bye\r\n${tag} OK bye\r\n`, last: true };
      if (verb === 'ID') return say(`* ID ("name" {4}\r\nfuzz)\r\n${tag} OK done\r\n`);
      return say(verb === 'NOOP' ? `${tag} OK done\r\n` : `${tag} BAD what\r\n`);
    case 'pop3':
      if (verb === 'CAPA') {
        const words = ['UIDL', 'STLS', 'SASL PLAIN SCRAM-SHA-1-PLUS', 'USER'];
        return say(`+OK here\r\n${shuffled(words, random).join('\r\n')}\r\n.\r\n`);
      }
      if (verb === 'AUTH' && argument === '') return say('+OK\r\nPLAIN\r\nSCRAM-SHA-256-PLUS\r\n.\r\n');
      if (verb === 'AUTH') return { kind: 'sign-in', line, challenges: challenges(argument) };
      if (verb === 'PASS' || verb === 'APOP') return { kind: 'sign-in', line, challenges: 0 };
      if (verb === 'QUIT') return { kind: 'say', text: '+OK bye\r\n', last: true };
      return say(verb === 'USER' || verb === 'NOOP' ? '+OK\r\n' : '-ERR what\r\n');
    case 'nntp':
      if (verb === 'CAPABILITIES') {
        const words = ['READER', random.pick(decoys), 'SASL PLAIN SCRAM-SHA-1-PLUS', 'AUTHINFO USER SASL'];
        return say(`101 here\r\nVERSION 2\r\n${shuffled(words, random).join('\r\n')}\r\n.\r\n`);
      }
      if (verb === 'AUTHINFO' && /^USER /i.test(argument)) return say('381 and\r\n');
      if (verb === 'AUTHINFO') {
        const [how = '', ...rest] = argument.split(' ');
        return { kind: 'sign-in', line, challenges: /^SASL$/i.test(how) ? challenges(rest.join(' ')) : 0 };
      }
      if (verb === 'POST') return { kind: 'raw', text: '340 go on\r\n' };
      if (verb === 'QUIT') return { kind: 'say', text: '205 bye\r\n', last: true };
      if (verb === 'MODE') return say('200 fine\r\n');
      return say(verb === 'DATE' ? '111 20261127200000\r\n' : '480 sign in\r\n');
  }
}

/** How many responses from the client a mechanism still needs: none after an initial response. */
function challenges(argument: string): number {
  const [mechanism = '', initial] = argument.split(' ');
  const all = mechanism.toUpperCase() === 'LOGIN' ? 2 : 1;
  return initial ? all - 1 : all;
}

/** The text of the verdict on a sign-in, and of a challenge. */
export function verdict(line: string, plan: SessionPlan, right: boolean): string {
  if (plan.protocol === 'ldap') return directoryVerdict(line, right);
  const { tag } = parse(line, plan);
  switch (plan.protocol) {
    case 'smtp':
      return right ? '235 2.7.0 in\r\n' : '535 5.7.8 no\r\n';
    case 'imap':
      return right ? `${tag} OK in\r\n` : `${tag} NO [AUTHENTICATIONFAILED] no\r\n`;
    case 'pop3':
      return right ? '+OK in\r\n' : '-ERR no\r\n';
    case 'nntp':
      return right ? '281 in\r\n' : '481 no\r\n';
  }
}

/** A mechanism of LDAP's has none of its own: it goes on with another bind. */
export const challenge = ({ protocol }: SessionPlan) =>
  ({ smtp: '334 VXNlcm5hbWU6\r\n', nntp: '383 VXNlcm5hbWU6\r\n', imap: '+ \r\n', pop3: '+ \r\n', ldap: '' })[protocol];

function parse(line: string, { protocol }: SessionPlan): { tag: string; verb: string; argument: string } {
  const words = line.split(' ');
  const tag = protocol === 'imap' ? (words.shift() ?? '') : '';
  const verb = (words.shift() ?? '').toUpperCase();
  return { tag, verb, argument: words.join(' ').trim() };
}
