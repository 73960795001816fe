import type { PosternEvent, Protocol } from './contract/index.ts';
import type { LogLevel } from './log/levels.ts';
import type { Log } from './log/log.ts';
import type { StateStore } from './state/store.ts';

type EventName = PosternEvent['event'];

/** The log line for each event: its level, and the facts in it. */
const lines: {
  [E in EventName]?: readonly [Exclude<LogLevel, 'trace'>, ...(keyof Extract<PosternEvent, { event: E }>)[]];
} = {
  refused: ['warn', 'relay', 'session', 'reason', 'code', 'message'],
  listening: ['info', 'relay', 'address', 'port'],
  'relay-failed': ['warn', 'relay', 'reason', 'message'],
  'certificate-pending': ['warn', 'id', 'account', 'host', 'port', 'fingerprint', 'problems'],
  'certificate-expiring': ['warn', 'relay', 'host', 'port', 'fingerprint', 'notAfter'],
  'alarm-ended': ['info', 'account', 'host', 'port', 'what'],
  'sign-in-needed': ['warn', 'account', 'reason'],
  'signed-in': ['info', 'account'],
  'certificate-decided': ['info', 'id', 'decision'],
  'configuration-applied': ['info', 'file'],
  'configuration-refused': ['error', 'message'],
  ready: ['info'],
};

/**
 * Writes the log from the events: one line for each session and refusal, and for changes of listeners and certificates.
 *
 * @returns a function to be called with every event
 */
export function logEvents(log: Log, state: StateStore, now: () => Date): (event: PosternEvent) => void {
  const verified = new Map<string, Extract<PosternEvent, { event: 'session-verified' }>>();
  /** A relay that is taken out of the configuration loses its row before its sessions have ended. */
  const opened = new Map<string, { at: number; protocol: Protocol | null }>();

  return (event) => {
    if (event.event === 'session-opened') {
      const protocol = state.get('relays', event.relay)?.protocol ?? null;
      opened.set(event.session, { at: now().getTime(), protocol });
    } else if (event.event === 'session-verified') {
      verified.set(event.session, event);
    } else if (event.event === 'session-closed') {
      const { session, relay, ending, bytesUp: up, bytesDown: down } = event;
      const { tlsVersion: tls, cipher, trust, protocol: spoken = null } = verified.get(session) ?? {};
      const { at, protocol } = opened.get(session) ?? { at: now().getTime(), protocol: spoken };
      verified.delete(session);
      opened.delete(session);
      const seconds = (now().getTime() - at) / 1000;
      log.info('session', { relay, session, protocol, ending, tls, cipher, trust, up, down, seconds });
    } else {
      const [level, ...facts] = lines[event.event] ?? [];
      const known = event as unknown as Record<string, string | number | readonly string[] | undefined>;
      const fields = facts.map((fact) => [fact, Array.isArray(known[fact]) ? known[fact].join(',') : known[fact]]);
      if (level) log[level](event.event, Object.fromEntries(fields));
    }
  };
}
