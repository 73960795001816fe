import type { Protocol } from '../../proxy/contract/index.ts';
import type { LineProtocol } from '../support/line-protocols.ts';
import { changesOfAnswers, changesOfMessages } from './directory-changes.ts';
import type { Random } from './random.ts';

/** What happens to the connection after something was said. */
export type Next = 'go-on' | 'end' | 'cut' | 'reset' | 'silence';

/** Something said or done differently from how it should be. */
export interface Mutated {
  bytes: Buffer;
  next: Next;
  /** For the record: which mutation it was. */
  name: string;
  /** One reply too many or too few: the two sides may disagree about which reply belongs to which command. */
  outOfStep?: true;
}

const bad: Record<LineProtocol, string[]> = {
  smtp: ['220', '251', '334', '354', '421', '451', '454', '500', '502', '530', '535', '554', '999', '25', '2500'],
  imap: ['NO', 'BAD', 'BYE', 'PREAUTH', 'ok', 'OKAY', 'MAYBE'],
  pop3: ['-ERR', '+ ', '+ok', '+OKAY', '-err', '+'],
  nntp: ['200', '281', '283', '381', '382', '383', '400', '480', '481', '502', '580', '999', '28', '2810'],
};

const extras: Record<LineProtocol, string[]> = {
  smtp: ['250 by the way', '220 hello again', '421 4.3.2 going down', '334 ', '500 what', 'surprise', ''],
  imap: [
    '* 3 EXISTS',
    '* OK [ALERT] look here',
    '* NO hm',
    '* BYE going down',
    '+ go on',
    'x9 OK done',
    '* LIST {3}',
    '',
  ],
  pop3: ['+OK by the way', '-ERR going down', '+ ', 'surprise', '.', ''],
  nntp: ['200 by the way', '400 going down', '383 =', 'surprise', '.', ''],
};

const tlsHello = Buffer.from('160301003801000034030312345678', 'hex');
const tlsAlert = Buffer.from('15030100020228', 'hex');

/** What is said instead; the connection goes on unless it says otherwise. */
export type Change = Omit<Mutated, 'name' | 'next'> & { next?: Next };
type Mutation = (said: Buffer, random: Random, protocol: LineProtocol) => Change;

const at = (random: Random, bytes: Buffer) => random.below(bytes.length + 1);
const put = (bytes: Buffer, where: number, what: Buffer) =>
  Buffer.concat([bytes.subarray(0, where), what, bytes.subarray(where)]);
const text = (bytes: Buffer, change: (text: string) => string) =>
  Buffer.from(change(bytes.toString('latin1')), 'latin1');
const linesOf = (bytes: Buffer) => bytes.toString('latin1').split(/(?<=\n)/);

/** Applied to what either side says. */
const common: Record<string, Mutation> = {
  flip: (said, random) => {
    const bytes = Buffer.from(said);
    const where = random.below(Math.max(1, bytes.length));
    bytes[where] = (bytes[where] ?? 0) ^ (1 << random.below(8));
    return { bytes, outOfStep: true };
  },
  nul: (said, random) => ({ bytes: put(said, at(random, said), Buffer.alloc(1)) }),
  garbage: (_said, random) => ({ bytes: random.bytes(1 + random.below(300)), outOfStep: true }),
  huge: (said, random) => ({
    bytes: put(said, at(random, said), Buffer.alloc(random.pick([250, 600, 4200, 9000, 17_000, 70_000]), 0x41)),
  }),
  'bare-lf': (said) => ({ bytes: text(said, (all) => all.replaceAll('\r\n', '\n')) }),
  'bare-cr': (said, random) => ({ bytes: put(said, at(random, said), Buffer.from('\r')) }),
  'line-end': (said, random) => ({ bytes: put(said, at(random, said), Buffer.from('\r\n')), outOfStep: true }),
  literal: (said, random) => ({
    bytes: text(said, (all) =>
      all.replace(
        /\r\n/,
        ` ${random.pick(['', '~'])}{${random.pick(['0', '1', '5', '40', '16385', '99999999999', '9'.repeat(30)])}${random.pick(['', '+', '-'])}}\r\n`,
      ),
    ),
    outOfStep: true,
  }),
  case: (said, random) => ({
    bytes: text(said, (all) => (random.chance(0.5) ? all.toLowerCase() : all.toUpperCase())),
  }),
  half: (said, random) => ({
    bytes: said.subarray(0, random.below(said.length)),
    next: random.pick(['end', 'cut', 'reset', 'silence']),
  }),
  'tls-hello': () => ({ bytes: tlsHello }),
};

/** With another code it ends the sign-in for one side, while the other is still in the middle of it. */
const isChallenge = (said: Buffer) => /^(?:334|383|\+) /.test(said.toString('latin1', 0, 4));

/** Applied to what a server says. */
const ofServers: Record<string, Mutation> = {
  'wrong-code': (said, random, protocol) => ({
    ...(isChallenge(said) ? { outOfStep: true } : {}),
    bytes: text(said, (all) => {
      const word = random.pick(bad[protocol]);
      if (protocol === 'smtp' || protocol === 'nntp') return all.replace(/^\d{3}/gm, word);
      return protocol === 'imap' ? all.replace(/^(\S+) (OK|NO|BAD|PREAUTH)/m, `$1 ${word}`) : all.replace(/^\S+/, word);
    }),
  }),
  'codes-disagree': (said) => ({
    ...(isChallenge(said) ? { outOfStep: true } : {}),
    bytes: text(said, (all) => all.replace(/^\d/, '4')),
  }),
  'extra-before': (said, random, protocol) => ({
    bytes: Buffer.concat([Buffer.from(`${random.pick(extras[protocol])}\r\n`), said]),
    outOfStep: true,
  }),
  'extra-behind': (said, random, protocol) => ({
    bytes: Buffer.concat([said, Buffer.from(`${random.pick(extras[protocol])}\r\n`)]),
    outOfStep: true,
  }),
  twice: (said) => ({ bytes: Buffer.concat([said, said]), outOfStep: true }),
  'last-line-missing': (said) => ({
    bytes: Buffer.from(linesOf(said).slice(0, -1).join(''), 'latin1'),
    outOfStep: true,
  }),
  'first-line-missing': (said) => ({ bytes: Buffer.from(linesOf(said).slice(1).join(''), 'latin1'), outOfStep: true }),
  'many-lines': (said, random) => {
    const [first = ''] = linesOf(said);
    const line = /^\d{3}/.test(first) ? `${first.slice(0, 3)}-${first.slice(4)}` : first;
    return { bytes: Buffer.from(line.repeat(20 + random.below(1200)), 'latin1'), outOfStep: true };
  },
  'tls-alert': () => ({ bytes: tlsAlert }),
  'instead-end': () => ({ bytes: Buffer.alloc(0), next: 'end' }),
  'instead-cut': () => ({ bytes: Buffer.alloc(0), next: 'cut' }),
  'instead-reset': () => ({ bytes: Buffer.alloc(0), next: 'reset' }),
  'then-end': (said) => ({ bytes: said, next: 'end' }),
  'then-cut': (said) => ({ bytes: said, next: 'cut' }),
  'then-reset': (said) => ({ bytes: said, next: 'reset' }),
  silence: () => ({ bytes: Buffer.alloc(0), next: 'silence' }),
};

/** What can be done to lines alone. */
const toLines: ReadonlySet<string> = new Set([
  ...['bare-lf', 'bare-cr', 'line-end', 'literal', 'case', 'wrong-code', 'codes-disagree', 'extra-before'],
  ...['extra-behind', 'last-line-missing', 'first-line-missing', 'many-lines'],
]);

/** Says it differently from how it should be said. */
export function mutate(said: Buffer, speaker: 'server' | 'client', protocol: Protocol, random: Random): Mutated {
  const all = speaker === 'server' ? { ...common, ...ofServers } : common;
  if (protocol === 'ldap') return mutateMessage(said, speaker, random, all);
  const name = random.pick(Object.keys(all));
  const mutated = (all[name] as Mutation)(said, random, protocol);
  return { next: 'go-on', ...mutated, name };
}

/** The same to a message: in ways of its own, and in those that need no lines. */
function mutateMessage(
  said: Buffer,
  speaker: 'server' | 'client',
  random: Random,
  inAnyProtocol: Record<string, (said: Buffer, random: Random, protocol: never) => Change>,
): Mutated {
  const shared = Object.entries(inAnyProtocol).filter(([name]) => !toLines.has(name));
  const own = Object.entries(speaker === 'server' ? { ...changesOfMessages, ...changesOfAnswers } : changesOfMessages);
  const [name, change] = random.pick([...own, ...shared]);
  // One byte more or less, and every length behind it means another one.
  const outOfStep = shared.some(([each]) => each === name) ? { outOfStep: true as const } : {};
  return { next: 'go-on', ...outOfStep, ...change(said, random, undefined as never), name };
}
