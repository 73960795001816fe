import type { ActivityRow } from '../../proxy/contract/index.ts';
import { inert } from '../../proxy/contract/inert.ts';
import { words } from '../words.ts';
import { describeActivity } from './describe.ts';

/**
 * The rows as comma-separated values (RFC 4180). Contains only what the page shows.
 *
 * @param rows newest first
 */
export function activityCsv(rows: readonly ActivityRow[]): string {
  const lines = [words.activity.columns, ...rows.map(cells)];
  // The byte order mark tells spreadsheet programs that this is UTF-8.
  return `\uFEFF${lines.map((line) => line.map(cell).join(',')).join('\r\n')}\r\n`;
}

function cells(row: ActivityRow): string[] {
  const { title, text } = describeActivity(row);
  const closed = row.kind === 'session-closed' ? row : null;
  return [
    inert(row.at, 40),
    inert(row.account ?? ''),
    inert(row.relay ?? ''),
    title,
    text,
    'reason' in row ? row.reason : '',
    closed ? String(closed.bytesDown) : '',
    closed ? String(closed.bytesUp) : '',
  ];
}

function cell(text: string): string {
  // A spreadsheet program would run a cell that begins like a formula.
  const harmless = /^[=+\-@\t\r]/.test(text) ? `'${text}` : text;
  return /[",\r\n]/.test(harmless) ? `"${harmless.replaceAll('"', '""')}"` : harmless;
}

/** Lets the person save the rows as a file. */
export function saveActivity(rows: readonly ActivityRow[]): void {
  const stamp = new Date().toISOString().slice(0, 16).replace(/[:T]/g, '-');
  const link = document.createElement('a');
  link.href = URL.createObjectURL(new Blob([activityCsv(rows)], { type: 'text/csv' }));
  link.download = words.activity.file(stamp);
  link.click();
  // The download holds on to what it needs from its first moment.
  setTimeout(() => URL.revokeObjectURL(link.href), 10_000);
}
