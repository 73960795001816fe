import { absolute, against } from './readings.ts';
import { type Rows, short } from './statistics.ts';

/** What stands in the way of a goal, in the numbers of the same run, and what it would take to reach it all the same. */
export interface Bound {
  what(rows: Rows): string;
  /** What would be given up. */
  price: string;
}

const value = (rows: Rows, row: string, runner = 'Postern') => short(absolute(row)(rows, runner));
const times = (rows: Rows, row: string, runner = 'Node alone') => short(against(row, 'stunnel')(rows, runner));

export const nativeCode = 'native code, where Postern handles what strangers send in a memory-safe language alone';
export const down: Bound = {
  what: (rows) =>
    `Node: a relay on it that does nothing else (*Node alone*) reaches ${times(rows, 'down')} × stunnel for ` +
    `${times(rows, 'down-cpu')} of its CPU. Of Postern’s ${value(rows, 'down-cpu')} s/GiB the kernel takes ` +
    `${value(rows, 'down-kernel')}, as every byte is read and written once; the rest is AES and Node’s copies.`,
  price: nativeCode,
};
export const up: Bound = {
  what: (rows) =>
    `Node: *Node alone* reaches ${times(rows, 'up')} × stunnel for ${times(rows, 'up-cpu')} of its CPU. It reads a ` +
    'connection that it has accepted into a new buffer each time (`onread` is for those that it opens), and a write to ' +
    'TLS completes in a later turn of the event loop, so that one slab is on its way at a time.',
  price: `${nativeCode}; or larger slabs, with more than 256 KiB held for a direction`,
};
export const threads: Bound = {
  what: (rows) =>
    `One thread: stunnel has one for each connection, Node one for all. *Node alone* reaches ${times(rows, 'down-4')} × ` +
    `stunnel down and ${times(rows, 'up-4')} × up, for ${times(rows, 'down-4-cpu')} and ${times(rows, 'up-4-cpu')} of its CPU.`,
  price: 'one state and one window for everything: a process for each core ([scale.md](scale.md)) has its own',
};
export const setUp: Bound = {
  what: (rows) =>
    `Asking and writing down. *Node alone* takes ${value(rows, 'session-cpu', 'Node alone')} ms. Postern takes ` +
    `${value(rows, 'session-cpu-unasked')} ms without the wait at the door and without asking whose program connects, ` +
    `${value(rows, 'session-cpu-unwatched')} when it asks, and ${value(rows, 'session-cpu')} with the wait. Asking is the ` +
    'kernel’s list of sockets, which takes it a millisecond to walk through however short it is, and a look through ' +
    'the running programs for browsers. The rest is the server’s chain (Node translates all of a certificate; its ' +
    'cheaper call leaks memory), and a line each for the events, the log and the state. Judging a chain that was judged ' +
    'before takes 0.03 ms.',
  price:
    'knowing whose program connects: any user’s would be let in, and so would browsers. Native code could ask the kernel ' +
    'for one socket (sock_diag)',
};
export const door: Bound = {
  what: (rows) =>
    'The wait at the door: before the server is dialled, Postern waits to see whether the program speaks first, as a web ' +
    'page does, 10 ms for one, 150 ms while more than three arrive at once. Programs that show at once what they are do not ' +
    `wait: their greeting comes after ${value(rows, 'greeting-unwatched')} ms (${times(rows, 'greeting-unwatched', 'Postern')} ` +
    `× stunnel), and eight at once have ${value(rows, 'sessions-unwatched')} sessions a second ` +
    `(${value(rows, 'sessions-unwatched', 'Node alone')} with *Node alone*).`,
  price: 'that no web page can make a browser drive the mail server. A spare connection saves more than the wait costs',
};
export const crowd: Bound = {
  what: (rows) =>
    `The kernel’s list: reading all of it takes ${value(rows, 'list-crowded', 'Node alone')} ms, half of that until a socket ` +
    'is found, and all readings together get a quarter of one processor. The wait at the door comes on top.',
  price:
    'knowing whose program connects; or the limit, without which a flood of connections would take the processor. Native ' +
    'code could ask the kernel for one socket (sock_diag)',
};
export const idleSession: Bound = {
  what: (rows) =>
    `Node’s sockets, and garbage. Without garbage an idle session takes ${value(rows, 'idle-session-clean')} KiB, ` +
    `${value(rows, 'idle-session-v8')} of objects in V8 and the rest outside, most of it OpenSSL’s ` +
    `(*Node alone*: ${value(rows, 'idle-session-clean', 'Node alone')}, ${value(rows, 'idle-session-v8', 'Node alone')} of ` +
    'it in V8). What the set-up of a thousand sessions leaves behind V8 collects later; among 5,000 sessions each ' +
    `counts ${value(rows, 'idle-sessions-many')} KiB. Postern keeps no buffers: slabs are borrowed when bytes arrive.`,
  price: 'CPU: a smaller young generation (`--max-semi-space-size`) is collected more often while bytes flow',
};
export const startUp: Bound = {
  what: (rows) =>
    `Node: loading no more than its TLS takes ${value(rows, 'start-cpu', 'Node alone')} ms and ` +
    `${value(rows, 'idle-memory', 'Node alone')} MiB, most of which other Node programs share. The rest is the schema of ` +
    'the configuration with its library (zod), the words, the dialects, and, once there is something to log, winston.',
  price: 'libraries that others look after, for code of our own',
};
export const nothingElse = (what: string, price: string): Bound => ({ what: () => what, price });
export const noRelay: Bound = {
  what: (rows) =>
    'Without a relay every byte crosses loopback once instead of twice, and two programs share the processors instead of ' +
    `three: HAProxy, in C, reaches ${short(against('down', 'direct TLS')(rows, 'HAProxy'))}, stunnel ${short(against('down', 'direct TLS')(rows, 'stunnel'))}.`,
  price: 'the relay',
};
/** Node alone on a connection that stands already, next to stunnel. */
const smallExisting = (rows: Rows) => {
  const stunnel = rows.get('small');
  return (stunnel && rows.get('small-existing')?.ratioTo(stunnel, 'Node alone', 'stunnel')) ?? Number.NaN;
};
export const smallRecords: Bound = {
  what: (rows) =>
    `One call into JavaScript, and one buffer, for each record: *Node alone* reaches ${times(rows, 'small')} × stunnel ` +
    'without the buffer (`onread`), which Node ignores where TLS is put on a connection that stands already, and ' +
    `${short(smallExisting(rows))} × there.`,
  price: 'STARTTLS, and trying a server’s addresses at the same time',
};
