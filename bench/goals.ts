import * as bounds from './bounds.ts';
import { emailProxyName } from './email-oauth2-proxy.ts';
import { absolute, against, beside, type Reading } from './readings.ts';

/** A goal as a number that a run yields, and what prevents it where it is missed. */
export interface Goal {
  title: string;
  /** NaN where the run has not measured it for `runner`. */
  measured: Reading;
  atLeast?: number;
  atMost?: number;
  unit: string;
  bound: bounds.Bound;
}

const ofStunnel = '× stunnel';
const ofPassThrough = '× pass-through';

export const goals: Goal[] = [
  { title: 'bulk down', measured: against('down', 'stunnel'), atLeast: 1.7, unit: ofStunnel, bound: bounds.down },
  { title: 'bulk up', measured: against('up', 'stunnel'), atLeast: 1.5, unit: ofStunnel, bound: bounds.up },
  {
    title: 'CPU per GiB down',
    measured: against('down-cpu', 'stunnel'),
    atMost: 0.58,
    unit: ofStunnel,
    bound: bounds.down,
  },
  { title: 'CPU per GiB up', measured: against('up-cpu', 'stunnel'), atMost: 0.7, unit: ofStunnel, bound: bounds.up },
  {
    title: 'bulk down next to no relay at all',
    measured: against('down', 'direct TLS'),
    atLeast: 0.9,
    unit: '× direct TLS',
    bound: bounds.noRelay,
  },
  {
    title: 'bulk down over STARTTLS',
    measured: against('starttls-down', 'stunnel'),
    atLeast: 1.5,
    unit: ofStunnel,
    bound: bounds.down,
  },
  {
    title: 'bulk up over STARTTLS',
    measured: against('starttls-up', 'stunnel'),
    atLeast: 1.4,
    unit: ofStunnel,
    bound: bounds.up,
  },
  {
    title: 'records of 1,400 bytes down',
    measured: against('small', 'stunnel'),
    atLeast: 1.5,
    unit: ofStunnel,
    bound: bounds.smallRecords,
  },
  ...(['down', 'up'] as const).map((way) => ({
    title: `bulk ${way} next to ${emailProxyName}`,
    measured: against(way, emailProxyName),
    atLeast: 10,
    unit: '×',
    bound: bounds.nothingElse('See the column *Node alone*.', bounds.nativeCode),
  })),
  ...(['down', 'up'] as const).map((way) => ({
    title: `bulk ${way}, signed in by Postern`,
    measured: beside(`stored-${way}`, `passed-${way}`),
    atLeast: 0.98,
    unit: ofPassThrough,
    bound: bounds.nothingElse(
      'The noise of the machine: after the sign-in, the bytes of both go through the same splice.',
      'nothing',
    ),
  })),
  {
    title: 'four connections down',
    measured: against('down-4', 'stunnel'),
    atLeast: 1,
    unit: ofStunnel,
    bound: bounds.threads,
  },
  {
    title: 'four connections up',
    measured: against('up-4', 'stunnel'),
    atLeast: 1,
    unit: ofStunnel,
    bound: bounds.threads,
  },
  {
    title: 'CPU per GiB, four connections down',
    measured: against('down-4-cpu', 'stunnel'),
    atMost: 0.8,
    unit: ofStunnel,
    bound: bounds.threads,
  },
  {
    title: 'CPU per GiB, four connections up',
    measured: against('up-4-cpu', 'stunnel'),
    atMost: 0.8,
    unit: ofStunnel,
    bound: bounds.threads,
  },
  {
    title: 'CPU for a session',
    measured: against('session-cpu', 'Node alone'),
    atMost: 1.4,
    unit: '× Node alone',
    bound: bounds.setUp,
  },
  { title: 'sessions in a second', measured: absolute('sessions'), atLeast: 600, unit: '1/s', bound: bounds.door },
  {
    title: 'greeting at 0 ms, without resumption',
    measured: against('greeting-implicit', 'stunnel'),
    atMost: 1.3,
    unit: ofStunnel,
    bound: bounds.door,
  },
  {
    title: 'the same with 10,000 sockets in the kernel’s list',
    measured: against('greeting-crowded', 'stunnel'),
    atMost: 1.3,
    unit: ofStunnel,
    bound: bounds.crowd,
  },
  {
    title: 'greeting at 40 ms, implicit TLS',
    measured: against('greeting-implicit-40', 'stunnel'),
    atMost: 1.02,
    unit: ofStunnel,
    bound: bounds.door,
  },
  {
    title: 'signed in at 40 ms, STARTTLS',
    measured: against('signed-in-starttls-40', 'stunnel'),
    atMost: 1.02,
    unit: ofStunnel,
    bound: bounds.door,
  },
  {
    title: 'greeting at 40 ms from a spare connection',
    measured: absolute('greeting-spare-40'),
    atMost: 5,
    unit: 'ms',
    bound: bounds.nothingElse(
      'The server is not involved: what is left is looking up who connects, and this process’s own work.',
      'knowing whose program connects',
    ),
  },
  {
    title: "an interactive command's round trip",
    measured: against('round-trip', 'stunnel'),
    atMost: 1.25,
    unit: ofStunnel,
    bound: bounds.nothingElse(
      'Two writes and two wake-ups in the kernel are most of it; see the column *Node alone* for what Node itself takes.',
      bounds.nativeCode,
    ),
  },
  {
    title: 'memory for each idle session',
    measured: absolute('idle-session'),
    atMost: 90,
    unit: 'KiB',
    bound: bounds.idleSession,
  },
  {
    title: 'start-up to listening',
    measured: absolute('start-cpu'),
    atMost: 200,
    unit: 'ms of CPU',
    bound: bounds.startUp,
  },
  { title: 'memory when idle', measured: absolute('idle-memory'), atMost: 75, unit: 'MiB', bound: bounds.startUp },
];

export function isMet({ atLeast, atMost }: Goal, value: number): boolean {
  return atLeast === undefined ? value <= (atMost ?? Number.POSITIVE_INFINITY) : value >= atLeast;
}
