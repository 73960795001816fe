import { emailProxyName } from './email-oauth2-proxy.ts';
import type { Rows } from './statistics.ts';

/** A goal as a number that a run yields, and what prevents it where it is missed. */
export interface Goal {
  title: string;
  /** NaN where the run has not measured it for `runner`. */
  measured(rows: Rows, runner?: string): number;
  atLeast?: number;
  atMost?: number;
  unit: string;
  bound: string;
}

const against =
  (row: string, peer: string) =>
  (rows: Rows, runner = 'Postern') =>
    rows.get(row)?.ratio(runner, peer) ?? Number.NaN;
const absolute =
  (row: string) =>
  (rows: Rows, runner = 'Postern') =>
    rows.get(row)?.median(runner) ?? Number.NaN;
/** Compared with another row of the same runner. */
const beside =
  (row: string, other: string) =>
  (rows: Rows, runner = 'Postern') => {
    const there = rows.get(other);
    return (there && rows.get(row)?.ratioTo(there, runner)) ?? Number.NaN;
  };
const ofStunnel = '× stunnel';
const ofPassThrough = '× pass-through';

const throughput =
  'The column *Node alone* is how far Node itself gets on this machine. The rows *of it in the kernel* show what reading and ' +
  'writing every byte once over loopback costs any program; the rest is AES, Node’s streams and the copies between them.';
const upward =
  'See the column *Node alone*. Going up, a write completes in a later turn of the event loop; one slab is in flight at a ' +
  'time, and it cannot be larger, since a direction may hold at most 256 KiB.';
const door =
  'Before the server is dialled, Postern waits to see whether the program speaks first, as a web page does: 10 ms for one, ' +
  '150 ms while more than three arrive at once. That is the price of never letting a web page or another user drive the ' +
  'mail server, and no tuning passes it. The row *without asking whose program it is* leaves only the kernel’s socket ' +
  'list out. It takes no more round trips than stunnel.';
const setUp =
  'Node’s own handshake is what *Node alone* costs. The rest is finding out whose program connects, which reads the ' +
  'kernel’s list of all sockets and looks for browsers among the running programs, and one line each in the events, the ' +
  'log and the state. Judging a chain that was judged before takes 0.03 ms: its certificates and signatures are remembered.';
const startUp =
  'Reading and compiling the bundle: half of it is the schema of the configuration with its library (zod) and the catalogue ' +
  'of words, a quarter winston.';
const node =
  'Node with nothing loaded takes 42 MiB. Loading the schema of the configuration and the catalogue of words adds 18, ' +
  'winston 10, all the rest of Postern 14; most of that is the binary’s own pages, which other Node programs share.';
const signedInByPostern =
  'After the sign-in, the bytes of both go through the same splice: a difference is the noise of this machine. Until ' +
  'then, Postern asks the server for what it offers and signs in itself: one round trip more.';
const othersProxy = 'See the column *Node alone* for what any relay on Node would reach here.';

export const goals: Goal[] = [
  { title: 'bulk down', measured: against('down', 'stunnel'), atLeast: 1.7, unit: ofStunnel, bound: throughput },
  { title: 'bulk up', measured: against('up', 'stunnel'), atLeast: 1.5, unit: ofStunnel, bound: upward },
  {
    title: 'CPU per GiB down',
    measured: against('down-cpu', 'stunnel'),
    atMost: 0.58,
    unit: ofStunnel,
    bound: throughput,
  },
  { title: 'CPU per GiB up', measured: against('up-cpu', 'stunnel'), atMost: 0.7, unit: ofStunnel, bound: upward },
  {
    title: 'bulk down next to no relay at all',
    measured: against('down', 'direct TLS'),
    atLeast: 0.9,
    unit: '× direct TLS',
    bound:
      'Without a relay, every byte crosses loopback once instead of twice, and the client decrypts in parallel with the server.',
  },
  {
    title: 'bulk down over STARTTLS',
    measured: against('starttls-down', 'stunnel'),
    atLeast: 1.5,
    unit: ofStunnel,
    bound: throughput,
  },
  {
    title: 'bulk up over STARTTLS',
    measured: against('starttls-up', 'stunnel'),
    atLeast: 1.4,
    unit: ofStunnel,
    bound: upward,
  },
  {
    title: 'records of 1,400 bytes down',
    measured: against('small', 'stunnel'),
    atLeast: 1.5,
    unit: ofStunnel,
    bound: 'One call into JavaScript for each record; the writes are gathered, but the calls cannot be.',
  },
  ...(['down', 'up'] as const).map((way) => ({
    title: `bulk ${way} next to ${emailProxyName}`,
    measured: against(way, emailProxyName),
    atLeast: 10,
    unit: '×',
    bound: othersProxy,
  })),
  ...(['down', 'up'] as const).map((way) => ({
    title: `bulk ${way}, signed in by Postern`,
    measured: beside(`stored-${way}`, `passed-${way}`),
    atLeast: 0.98,
    unit: ofPassThrough,
    bound: signedInByPostern,
  })),
  {
    title: 'four connections down',
    measured: against('down-4', 'stunnel'),
    atLeast: 1,
    unit: ofStunnel,
    bound: 'stunnel uses a thread for each connection, Postern one for all.',
  },
  {
    title: 'four connections up',
    measured: against('up-4', 'stunnel'),
    atLeast: 1,
    unit: ofStunnel,
    bound: 'stunnel uses a thread for each connection, Postern one for all.',
  },
  {
    title: 'CPU per GiB, four connections down',
    measured: against('down-4-cpu', 'stunnel'),
    atMost: 0.8,
    unit: ofStunnel,
    bound: throughput,
  },
  {
    title: 'CPU per GiB, four connections up',
    measured: against('up-4-cpu', 'stunnel'),
    atMost: 0.8,
    unit: ofStunnel,
    bound: upward,
  },
  {
    title: 'CPU for a session',
    measured: against('session-cpu', 'Node alone'),
    atMost: 1.4,
    unit: '× Node alone',
    bound: setUp,
  },
  { title: 'sessions in a second', measured: absolute('sessions'), atLeast: 600, unit: '1/s', bound: door },
  {
    title: 'greeting at 0 ms, without resumption',
    measured: against('greeting-implicit', 'stunnel'),
    atMost: 1.3,
    unit: ofStunnel,
    bound: door,
  },
  {
    title: 'the same with 10,000 sockets in the kernel’s list',
    measured: against('greeting-crowded', 'stunnel'),
    atMost: 1.3,
    unit: ofStunnel,
    bound: door,
  },
  {
    title: 'greeting at 40 ms, implicit TLS',
    measured: against('greeting-implicit-40', 'stunnel'),
    atMost: 1.02,
    unit: ofStunnel,
    bound: door,
  },
  {
    title: 'signed in at 40 ms, STARTTLS',
    measured: against('signed-in-starttls-40', 'stunnel'),
    atMost: 1.02,
    unit: ofStunnel,
    bound: door,
  },
  {
    title: 'greeting at 40 ms from a spare connection',
    measured: absolute('greeting-spare-40'),
    atMost: 5,
    unit: 'ms',
    bound: 'The server is not involved: what is left is looking up who connects, and this process’s own work.',
  },
  {
    title: "an interactive command's round trip",
    measured: against('round-trip', 'stunnel'),
    atMost: 1.25,
    unit: ofStunnel,
    bound:
      'Two writes and two wake-ups in the kernel are most of it; see the column *Node alone* for what Node itself takes.',
  },
  {
    title: 'memory for each idle session',
    measured: absolute('idle-session'),
    atMost: 90,
    unit: 'KiB',
    bound:
      'Outside V8 a session takes some 65 KiB: two TCP sockets and a TLS connection, most of it OpenSSL’s (column *Node alone*). ' +
      'Inside V8 it takes some 22 KiB: Node’s two sockets and TLS socket, the session’s own objects and its row in the state. ' +
      'The rest belongs to no session: left to itself, V8’s young generation grows once, by some 50 MiB, while a thousand sessions are set up at once, and shrinks when they have been idle for a while. Measured side by side since, with 400 sessions: 162 KiB each; 114 with halves of 4 MiB, as Postern is started now (`--max-semi-space-size=4`); 104 with 2; 111 with 1. ' +
      'Postern keeps no buffers: slabs are borrowed when bytes arrive.',
  },
  {
    title: 'start-up to listening',
    measured: absolute('start-cpu'),
    atMost: 200,
    unit: 'ms of CPU',
    bound: startUp,
  },
  { title: 'memory when idle', measured: absolute('idle-memory'), atMost: 75, unit: 'MiB', bound: node },
];

export function isMet({ atLeast, atMost }: Goal, value: number): boolean {
  return atLeast === undefined ? value <= (atMost ?? Number.POSITIVE_INFINITY) : value >= atLeast;
}
