import type { PosternEvent } from './events.ts';

type EventOf<E> = Extract<PosternEvent, { event: E }>;
type Facts<E, Names> = Pick<EventOf<E>, Names & keyof EventOf<E>>;

/** The events that are worth a line to a person, and what of each is kept. The words are in happening-words.ts. */
const kept = {
  listening: ['address', 'port'],
  'relay-failed': ['reason', 'message', 'code', 'facts'],
  'session-verified': ['session', 'tlsVersion', 'cipher', 'fingerprint', 'trust'],
  'session-closed': ['session', 'bytesUp', 'bytesDown', 'ending'],
  refused: ['reason', 'message', 'code', 'facts'],
  'sign-in-needed': ['reason'],
  'signed-in': [],
  'certificate-pending': ['id', 'host', 'problems', 'offers'],
  'certificate-decided': ['id', 'host', 'decision', 'with', 'of'],
  'alarm-ended': ['host', 'what'],
  'certificate-expiring': ['host', 'notAfter', 'threshold', 'daysLeft'],
} as const satisfies { [E in PosternEvent['event']]?: readonly (keyof EventOf<E>)[] };
type Kept = typeof kept;

/** Something that happened that a person may want to know about: the event's name, and what is kept of it. */
export type Happening = {
  [E in keyof Kept]: { kind: E extends 'listening' ? 'relay-listening' : E } & Facts<E, Kept[E][number]>;
}[keyof Kept];

/** The line that an event is worth to a person; null for none. */
export function happeningOf(event: PosternEvent): Happening | null {
  // The refusal has its own line already.
  if (event.event === 'session-closed' && event.ending === 'refused') return null;
  if (!Object.hasOwn(kept, event.event)) return null;
  const kind = event.event === 'listening' ? 'relay-listening' : event.event;
  const facts = kept[event.event as keyof Kept] as readonly (keyof PosternEvent)[];
  const known = facts.filter((fact) => event[fact] !== undefined).map((fact) => [fact, event[fact]]);
  return { kind, ...Object.fromEntries(known) } as Happening;
}
