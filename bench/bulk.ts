import type { Direction } from './load/protocol.ts';
import type { Runner } from './relays.ts';
import { type Measured, measure, type Stage } from './stage.ts';
import type { Rows } from './statistics.ts';

interface BulkRow {
  id: string;
  title: string;
  direction: Direction;
  route: string;
  connections: number;
  record: number;
}

const usual = { route: 'implicit', connections: 1, record: 16 * 1024 };

const bulkRows: BulkRow[] = [
  { ...usual, id: 'down', title: 'bulk down, one connection', direction: 'down' },
  { ...usual, id: 'up', title: 'bulk up, one connection', direction: 'up' },
  { ...usual, id: 'both', title: 'both ways at once, one connection', direction: 'both' },
  { ...usual, id: 'starttls-down', title: 'bulk down over STARTTLS', direction: 'down', route: 'starttls' },
  { ...usual, id: 'starttls-up', title: 'bulk up over STARTTLS', direction: 'up', route: 'starttls' },
  { ...usual, id: 'down-4', title: 'bulk down, four connections', direction: 'down', connections: 4 },
  { ...usual, id: 'up-4', title: 'bulk up, four connections', direction: 'up', connections: 4 },
  { ...usual, id: 'both-4', title: 'both ways, four connections', direction: 'both', connections: 4 },
  { ...usual, id: 'small', title: 'records of 1,400 bytes down', direction: 'down', record: 1400 },
  {
    ...usual,
    id: 'small-existing',
    title: 'records of 1,400 bytes down, TLS on a connection that stands already',
    direction: 'down',
    route: 'implicit-existing',
    record: 1400,
  },
];

/** One round of the bulk rows through every runner. @param only the rows to run; all if omitted */
export async function runBulk(
  stage: Stage,
  runners: Runner[],
  rows: Rows,
  mebibytes: number,
  only?: readonly string[],
): Promise<void> {
  const chosen = bulkRows.filter(({ id }) => only?.includes(id) ?? true);
  for (const { id, title, direction, route, connections, record } of chosen) {
    for (const runner of runners) {
      const port = runner.port(route);
      if (port === null) continue;
      const bytes = (mebibytes * 1024 * 1024) / connections / (direction === 'both' ? 2 : 1);
      const authority = runner.name === 'direct TLS' ? stage.authorityPem : null;
      const order = { kind: 'bulk' as const, port, authority, connections, direction, bytes, record };
      note(rows, { id, title }, runner, await measure(stage, runner, order));
    }
  }
}

/** Records throughput, the relay's CPU use, and how busy load server and load client were. */
export function note(rows: Rows, row: { id: string; title: string }, runner: Runner, measured: Measured): void {
  const { outcome, relayCpu, serverCpu } = measured;
  const seconds = outcome.milliseconds / 1000;
  const gibibytes = outcome.bytes / 1024 ** 3;
  rows.of(row.id, row.title, 'MiB/s').add(runner.name, (gibibytes * 1024) / seconds);
  if (runner.pid !== null) {
    const { all, kernel } = relayCpu;
    rows.of(`${row.id}-cpu`, `${row.title}: CPU of the relay`, 's/GiB').add(runner.name, all / gibibytes);
    rows.of(`${row.id}-kernel`, `${row.title}: of it in the kernel`, 's/GiB').add(runner.name, kernel / gibibytes);
  }
  rows
    .of(`${row.id}-load`, `${row.title}: busiest of load server and client`, '% of a core')
    .add(runner.name, (100 * Math.max(serverCpu, outcome.cpuSeconds)) / seconds);
}
