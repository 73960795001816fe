import { fstatSync } from 'node:fs';
import type { PosternEvent } from '../../proxy/contract/index.ts';
import { eventSentence } from '../cli/event-line.ts';
import { handedJournal } from './handed.ts';
import { journalAt } from './journal-socket.ts';

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
  'alarm-ended': 5,
  'certificate-expiring': 4,
  ready: 5,
  'configuration-applied': 5,
};

/** Fields that are text for people, or too long for a line. */
const worded = new Set(['time', 'event', 'message', 'facts', 'window']);

/** The sentence for an event, and its fields for programs. @returns null for what is not worth an entry */
function told(event: PosternEvent, options: string) {
  const sentence = event.event === 'ready' ? 'Ready.' : eventSentence(event, options);
  if (sentence === null) return null;
  const fields = Object.entries(event).filter(([name, value]) => !worded.has(name) && value !== undefined);
  return { sentence, fields: [['event', event.event] as const, ...fields], priority: priorities[event.event] ?? 6 };
}

/**
 * An event as the journal's own fields: `POSTERN_RELAY`, `POSTERN_REASON` and so on, beside message and priority.
 *
 * @param options what suggested commands need
 * @returns null for what is not worth an entry
 */
export function journalFields(event: PosternEvent, options = ''): Record<string, string> | null {
  const entry = told(event, options);
  if (entry === null) return null;
  const fields = entry.fields.map(([name, value]) => [
    `POSTERN_${name.replaceAll(/[A-Z]/g, '_$&').toUpperCase()}`,
    typeof value === 'string' ? value : JSON.stringify(value),
  ]);
  return {
    MESSAGE: entry.sentence,
    PRIORITY: String(entry.priority),
    SYSLOG_IDENTIFIER: 'postern',
    ...Object.fromEntries(fields),
  };
}

/**
 * An event as one line for the journal: its priority, the sentence for people, and its fields as `name=value` for
 * programs. The journal has the time itself.
 *
 * @param options what suggested commands need
 * @returns null for what is not worth a line
 */
export function journalLine(event: PosternEvent, options = ''): string | null {
  const entry = told(event, options);
  if (entry === null) return null;
  const [[, name], ...rest] = entry.fields as [readonly [string, unknown], ...[string, unknown][]];
  const fields = [`event=${name}`, ...rest.map(([key, value]) => `${key}=${JSON.stringify(value)}`)];
  return `<${entry.priority}>${entry.sentence.replaceAll('\n', '; ')} [${fields.join(' ')}]`;
}

/**
 * How a core under a service manager reports its events: in the journal's own protocol where the unit has opened a socket
 * for that, else as lines.
 *
 * @param lines writes lines to standard output
 * @returns null where standard output does not go to the journal
 */
export function journalSpeaker(
  environment: NodeJS.ProcessEnv,
  pid: number,
  options: string,
  lines: (line: string) => void,
) {
  if (!isJournal(environment, 1)) return null;
  const descriptor = handedJournal(environment, pid);
  const journal = descriptor === null ? null : journalAt(descriptor);
  return {
    event(event: PosternEvent) {
      if (journal) {
        const fields = journalFields(event, options);
        if (fields !== null) journal.entry(fields);
        return;
      }
      const line = journalLine(event, options);
      if (line !== null) lines(line);
    },
    started: (_lines: string[]) => undefined,
    flush: async () => journal?.flush(),
  };
}
