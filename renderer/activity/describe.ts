import { type ActivityRow, describeHappening, inert, isAlarming } from '../../proxy/contract/index.ts';
import type { Tone } from '../parts/mark.tsx';
import { formatBytes } from '../words/format.ts';

/** One line of what happened, in words. */
export interface Described {
  tone: Tone;
  title: string;
  text: string;
}

export const activityFilters = ['all', 'sessions', 'refusals', 'certificates'] as const;
export type ActivityFilter = (typeof activityFilters)[number];

const filterOf: Record<ActivityRow['kind'], Exclude<ActivityFilter, 'all'>> = {
  'session-verified': 'sessions',
  'session-closed': 'sessions',
  'relay-listening': 'sessions',
  'relay-failed': 'refusals',
  refused: 'refusals',
  'sign-in-needed': 'refusals',
  'signed-in': 'sessions',
  'certificate-pending': 'certificates',
  'certificate-decided': 'certificates',
  'certificate-expiring': 'certificates',
  'alarm-ended': 'certificates',
};

const decided = {
  reject: 'refused',
  once: 'yours',
  always: 'yours',
  forgotten: 'quiet',
  retired: 'well',
  replaced: 'quiet',
  superseded: 'quiet',
} as const;

/** The tone of a row: what it means at a glance. */
function toneOf(row: ActivityRow): Tone {
  switch (row.kind) {
    case 'session-verified':
      return 'well';
    case 'session-closed':
      return row.ending === 'truncated' ? 'refused' : 'quiet';
    case 'refused':
      return row.code === 'offline' ? 'quiet' : 'refused';
    case 'relay-failed':
      return 'refused';
    case 'signed-in':
    case 'alarm-ended':
      return 'well';
    case 'certificate-pending':
      return isAlarming(row) ? 'refused' : 'question';
    case 'sign-in-needed':
    case 'certificate-expiring':
      return 'question';
    case 'certificate-decided':
      return decided[row.decision];
    case 'relay-listening':
      return 'quiet';
  }
}

/** Describes an activity row in plain words. All text in it is inert. */
export function describeActivity(row: ActivityRow): Described {
  const { title, text } = describeHappening(row, formatBytes);
  return { tone: toneOf(row), title: inert(title, 200), text: inert(text, 600) };
}

/**
 * The rows that match a filter and a search.
 *
 * @param search looked for in account, relay and words, ignoring case
 */
export function filterActivity(
  rows: readonly ActivityRow[],
  filter: ActivityFilter,
  search: string,
): readonly ActivityRow[] {
  const wanted = search.trim().toLowerCase();
  if (filter === 'all' && wanted === '') return rows;
  return rows.filter(
    (row) => (filter === 'all' || filterOf[row.kind] === filter) && (wanted === '' || searchable(row).includes(wanted)),
  );
}

const searchTexts = new WeakMap<ActivityRow, string>();

function searchable(row: ActivityRow): string {
  const known = searchTexts.get(row);
  if (known !== undefined) return known;
  const { title, text: rest } = describeActivity(row);
  const made = `${inert(row.account ?? '')} ${inert(row.relay ?? '')} ${title} ${rest}`.toLowerCase();
  searchTexts.set(row, made);
  return made;
}
