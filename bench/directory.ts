import { note } from './bulk.ts';
import type { Runner } from './relays.ts';
import { measure, type Stage } from './stage.ts';
import type { Rows } from './statistics.ts';

/** As many as take long enough for the clock by which the kernel counts CPU time, a hundredth of a second. */
const searches = 500;

/** A directory of five hundred people, looked up whole, again and again: each answer of the directory is read by Postern. */
export async function runDirectory(stage: Stage, runners: Runner[], rows: Rows): Promise<void> {
  for (const runner of runners) {
    const port = runner.port('directory');
    if (port === null) continue;
    const authority = runner.name === 'direct TLS' ? stage.authorityPem : null;
    const measured = await measure(stage, runner, { kind: 'look-up', port, authority, searches });
    note(rows, { id: 'directory', title: '500 entries of a directory looked up over LDAP' }, runner, measured);
  }
}
