import { fstatSync } from 'node:fs';
import type { PosternEvent } from '../../proxy/contract/index.ts';
import { eventSentence } from '../cli/event-line.ts';

/**
 * Whether what is written to a descriptor goes to systemd's journal. `JOURNAL_STREAM` names the device and inode
 * (systemd.exec(5)): a terminal or pipe that a shell has since put there has different ones.
 */
export function isJournal(environment: NodeJS.ProcessEnv, descriptor: number): boolean {
  try {
    const { dev, ino } = fstatSync(descriptor);
    return environment.JOURNAL_STREAM === `${dev}:${ino}`;
  } catch {
    return false;
  }
}

/** Priorities of syslog (RFC 5424 §6.2.1), as sd-daemon(3) puts them before a line. */
const priorities: Partial<Record<PosternEvent['event'], 3 | 4 | 5>> = {
  'relay-failed': 3,
  'configuration-refused': 3,
  refused: 4,
  'certificate-pending': 4,
  'certificate-expiring': 4,
  ready: 5,
  'configuration-applied': 5,
};

/** Fields that are text for people, or too long for a line. */
const worded = new Set(['time', 'event', 'message', 'facts', 'window']);

/**
 * An event as one line for the journal: its priority, the sentence for people, and its fields as `name=value` for
 * programs. The journal has the time itself.
 *
 * @param options what suggested commands need
 * @returns null for what is not worth a line
 */
export function journalLine(event: PosternEvent, options = ''): string | null {
  const sentence = event.event === 'ready' ? 'Ready.' : eventSentence(event, options);
  if (sentence === null) return null;
  const fields = Object.entries(event)
    .filter(([name, value]) => !worded.has(name) && value !== undefined)
    .map(([name, value]) => `${name}=${JSON.stringify(value)}`);
  return `<${priorities[event.event] ?? 6}>${sentence.replaceAll('\n', '; ')} [event=${event.event} ${fields.join(' ')}]`;
}
