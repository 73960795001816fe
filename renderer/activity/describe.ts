import type { ActivityRow } from '../../proxy/contract/index.ts';
import { inert } from '../../proxy/contract/inert.ts';
import { cipherStrength } from '../cipher-strength.ts';
import { formatBytes, formatDistance, formatEndpoint, formatTlsVersion } from '../format.ts';
import type { Tone } from '../parts/mark.tsx';
import { words } from '../words.ts';

const text = words.activity;

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
  'certificate-pending': 'certificates',
  'certificate-decided': 'certificates',
  'certificate-expiring': 'certificates',
};

/** Says a row of the activity in plain words. Every text in it is inert. */
export function describeActivity(row: ActivityRow): Described {
  switch (row.kind) {
    case 'session-verified': {
      const strength = words.common.strength[cipherStrength(row.cipher)];
      const version = formatTlsVersion(row.tlsVersion);
      return { tone: 'well', title: text.event.verified, text: text.event.verifiedText(version, strength) };
    }
    case 'session-closed': {
      const bytes = text.open.bytes(formatBytes(row.bytesDown), formatBytes(row.bytesUp));
      const tone = row.ending === 'truncated' ? 'refused' : 'quiet';
      return { tone, title: text.event.closed, text: `${bytes}; ${text.ending[row.ending]}` };
    }
    case 'refused':
      return { tone: 'refused', title: words.refusals[row.reason].title, text: inert(row.message, 600) };
    case 'certificate-pending':
      return {
        tone: 'question',
        title: text.event.pending(inert(row.host, 100)),
        text: row.problems.map((problem) => words.certificates.problem[problem].name).join(', '),
      };
    case 'certificate-decided': {
      const tones = { reject: 'refused', once: 'yours', always: 'yours', forgotten: 'quiet', retired: 'well' } as const;
      return { tone: tones[row.decision], title: text.event.decided[row.decision](inert(row.host, 100)), text: '' };
    }
    case 'certificate-expiring': {
      const distance = formatDistance(row.notAfter, Date.parse(row.at));
      return {
        tone: 'question',
        title: text.event.expiring(inert(row.host, 100), distance),
        text: text.event.expiringText,
      };
    }
    case 'relay-failed':
      return {
        tone: 'refused',
        title: words.overview.listener[row.reason].title,
        text: inert(row.message, 600),
      };
    case 'relay-listening':
      return {
        tone: 'quiet',
        title: text.event.listening,
        text: text.event.listeningText(formatEndpoint(inert(row.address, 60), row.port)),
      };
  }
}

/**
 * The rows that a filter and a search leave.
 *
 * @param search looked for in account, relay and words, whatever the case
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
