import type { Rows } from './statistics.ts';

/** A goal as a number that one run gives, and what stands in the way where it is missed. */
interface Goal {
  title: string;
  /** NaN where the run has not measured it. */
  measured(rows: Rows): number;
  atLeast?: number;
  atMost?: number;
  unit: string;
  bound: string;
}

const against = (row: string, peer: string) => (rows: Rows) => rows.get(row)?.ratio('Postern', peer) ?? Number.NaN;
const absolute = (row: string) => (rows: Rows) => rows.get(row)?.median('Postern') ?? Number.NaN;
const ofStunnel = '× stunnel';

const throughput =
  'Both relays spend most of their time in the kernel, in one read and one write of every byte over loopback, and in AES; ' +
  'that part is the same for both. Postern also carries TLS over a stream of its own, so that a server’s FIN is never ' +
  'taken for close_notify: one copy and one buffer for each record more than Node’s native path, about 10 to 15 % of its CPU.';
const upward =
  'Upwards Node’s TLS writes through JavaScript streams: every encrypted record is copied once more, and a write is only ' +
  'finished in the next turn of the event loop.';
const handshake =
  'The handshake itself runs through Node’s streams, and Postern judges every certificate again by its own rules and looks ' +
  'up who connects in /proc/net/tcp, which takes the longer the more sockets the computer has. It takes no round trip more than ' +
  'stunnel: at 40 ms what is left of the difference is this work, on a machine that had other work to do.';

export const goals: Goal[] = [
  { title: 'bulk down', measured: against('down', 'stunnel'), atLeast: 1.7, unit: ofStunnel, bound: throughput },
  { title: 'bulk up', measured: against('up', 'stunnel'), atLeast: 1.7, unit: ofStunnel, bound: upward },
  {
    title: 'CPU per GiB down',
    measured: against('down-cpu', 'stunnel'),
    atMost: 0.55,
    unit: ofStunnel,
    bound: throughput,
  },
  { title: 'CPU per GiB up', measured: against('up-cpu', 'stunnel'), atMost: 0.55, unit: ofStunnel, bound: upward },
  {
    title: 'bulk down next to no relay at all',
    measured: against('down', 'direct TLS'),
    atLeast: 0.9,
    unit: '× direct TLS',
    bound: 'Without a relay every byte crosses loopback once and not twice, and the client decrypts beside the server.',
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
    bound: 'A call into JavaScript for each record; the writes are gathered, the calls cannot be.',
  },
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
    title: 'greeting at 0 ms, without resumption',
    measured: against('greeting-implicit', 'stunnel'),
    atMost: 1.15,
    unit: ofStunnel,
    bound: handshake,
  },
  {
    title: 'greeting at 40 ms, implicit TLS',
    measured: against('greeting-implicit-40', 'stunnel'),
    atMost: 1.02,
    unit: ofStunnel,
    bound: handshake,
  },
  {
    title: 'signed in at 40 ms, STARTTLS',
    measured: against('signed-in-starttls-40', 'stunnel'),
    atMost: 1.02,
    unit: ofStunnel,
    bound: handshake,
  },
  {
    title: "an interactive command's round trip",
    measured: against('round-trip', 'stunnel'),
    atMost: 1.25,
    unit: ofStunnel,
    bound: 'Two hops through Node’s event loop.',
  },
  {
    title: 'memory for each idle session',
    measured: absolute('idle-session'),
    atMost: 80,
    unit: 'KiB',
    bound: 'A TLS socket, its transport and two more streams in Node, and OpenSSL’s own buffers.',
  },
  {
    title: 'start-up to listening',
    measured: absolute('start-cpu'),
    atMost: 200,
    unit: 'ms of CPU',
    bound: 'Reading and compiling the bundle.',
  },
  { title: 'memory when idle', measured: absolute('idle-memory'), atMost: 80, unit: 'MiB', bound: 'Node itself.' },
];

export function isMet({ atLeast, atMost }: Goal, value: number): boolean {
  return atLeast === undefined ? value <= (atMost ?? Number.POSITIVE_INFINITY) : value >= atLeast;
}
