import { cpus, release, totalmem } from 'node:os';
import { emailProxyName } from './email-oauth2-proxy.ts';
import { goals, isMet } from './goals.ts';
import { type Row, type Rows, short } from './statistics.ts';

export interface Circumstances {
  versions: Record<string, string>;
  rounds: number;
  mebibytes: number;
  quick: boolean;
  /** Whether it ran in a network namespace of its own. */
  ownNetwork: boolean;
  /** Load of the machine over one minute, before the run. */
  loadBefore: number;
  /** The same when the last round was over. */
  loadAfter: number;
  measuredAt: Date;
}

const runners = ['direct TLS', 'stunnel', 'HAProxy', emailProxyName, 'Node alone', 'Postern'];

/** Rows that only tell whether the load programs held anything back. */
const isLoad = (row: Row) => row.id.endsWith('-load') || row.id.startsWith('plain');

/** One line for each row: the median of each runner with its spread, and Postern's ratio to stunnel. */
function table(rows: readonly Row[]): string[] {
  const measured = runners.filter((name) => rows.some((row) => row.values.has(name)));
  const lines = [
    `| | unit | ${measured.join(' | ')} | Postern × stunnel |`,
    `|---|---|${measured.map(() => '---').join('|')}|---|`,
  ];
  for (const row of rows) {
    const cells = measured.map((name) => {
      const values = row.values.get(name);
      if (!values) return '';
      const middle = short(row.median(name));
      return values.length === 1 ? middle : `${middle} (${short(Math.min(...values))}–${short(Math.max(...values))})`;
    });
    const ratio = row.values.has('stunnel') && row.values.has('Postern') ? short(row.ratio('Postern', 'stunnel')) : '';
    lines.push(`| ${row.title} | ${row.unit} | ${cells.join(' | ')} | ${ratio} |`);
  }
  return lines;
}

/** The report as Markdown. */
export function report(rows: Rows, circumstances: Circumstances): string {
  const { versions, rounds, mebibytes, quick, ownNetwork, loadBefore, loadAfter, measuredAt } = circumstances;
  const all = [...rows.all.values()];
  const told = goals.map((goal) => ({ goal, value: goal.measured(rows) }));
  const missed = told.filter(({ goal, value }) => Number.isFinite(value) && !isMet(goal, value));
  const bounds = new Map<string, string[]>();
  for (const { goal } of missed) {
    bounds.set(goal.bound, [...(bounds.get(goal.bound) ?? []), goal.title]);
  }
  const model = cpus()[0]?.model ?? 'unknown processor';
  return [
    '# Benchmarks',
    '',
    'Written by `npm run bench`. Every program runs in every round, one after the other, so that what slows one slows all.',
    'Numbers are medians of the rounds, with the lowest and the highest in brackets. A ratio is the median of the ratios',
    'within each round.',
    '',
    `- Machine: ${cpus().length} × ${model}, ${Math.round(totalmem() / 1024 ** 3)} GiB, Linux ${release()}, everything over loopback`,
    `- Versions: ${Object.entries(versions)
      .map(([name, version]) => `${name} ${version}`)
      .join(', ')}`,
    `- ${rounds} rounds of ${mebibytes} MiB a transfer${quick ? ' (a quick run: too short to quote)' : ''}, ${measuredAt.toISOString().slice(0, 10)}`,
    `- Load of the machine: ${short(loadBefore)} before the run and ${short(loadAfter)} at its end, of which the run itself makes up to 3${loadAfter > 3.5 ? '; something else was running: trust the ratios more than the numbers' : ''}`,
    ...(ownNetwork
      ? [
          '- In a network namespace of its own, which keeps 256 closed connections: the kernel’s table is as short as on an ordinary computer',
        ]
      : []),
    '- *Node alone* is the least that a relay on Node can be ([`bench/load/bare.ts`](../bench/load/bare.ts)): no sign-in, no judgement of certificates of its own, a cut connection looks like a finished one. It shows what is Node’s and the kernel’s share',
    '- stunnel, HAProxy and Postern all verify the server’s chain and name, and none resumes a session',
    '',
    '![Throughput and CPU of each relay](benchmarks.svg)',
    '',
    '## Goals',
    '',
    '| | goal | Postern | Node alone | |',
    '|---|---|---|---|---|',
    ...told.map(({ goal, value }) => {
      const wanted = goal.atLeast === undefined ? `≤ ${goal.atMost}` : `≥ ${goal.atLeast}`;
      const verdict = Number.isFinite(value) ? (isMet(goal, value) ? 'met' : '**missed**') : 'not measured';
      const alone = short(goal.measured(rows, 'Node alone'));
      return `| ${goal.title} | ${wanted} ${goal.unit} | ${short(value)} | ${alone} | ${verdict} |`;
    }),
    '',
    ...(rows.get('down')?.values.has(emailProxyName)
      ? []
      : [
          `${emailProxyName} is in no package archive: it is measured where its script is given with \`--emailproxy\`.`,
          '',
        ]),
    ...(bounds.size === 0
      ? []
      : [
          'What bounds the missed ones:',
          '',
          ...[...bounds].map(([bound, titles]) => `- *${titles.join('; ')}*: ${bound}`),
          '',
        ]),
    'An address that was looked up is used again for 30 seconds: the system does not say how long an answer holds. Sessions',
    'are never resumed: a resumed session skips the verification.',
    '',
    '## All rows',
    '',
    ...table(all.filter((row) => !isLoad(row))),
    '',
    '## The load programs are not the bottleneck',
    '',
    'The share of one core that the busier of load server and load client used. Below 100 it has waited for the relay.',
    '',
    ...table(all.filter((row) => isLoad(row) && !row.id.startsWith('plain'))),
    '',
    `Load server and client alone, plaintext: ${short(rows.get('plain')?.median('no relay') ?? Number.NaN)} MiB/s down.`,
    '',
  ].join('\n');
}

/** The goals and rows for the terminal. */
export function summary(rows: Rows): string {
  const lines: string[] = [];
  for (const row of rows.all.values()) {
    if (isLoad(row)) continue;
    const cells = [...row.values.keys()].map((name) => `${name} ${short(row.median(name))}`);
    lines.push(`${row.title} [${row.unit}]: ${cells.join(', ')}`);
  }
  lines.push('');
  for (const goal of goals) {
    const value = goal.measured(rows);
    const wanted = goal.atLeast === undefined ? `<= ${goal.atMost}` : `>= ${goal.atLeast}`;
    const verdict = Number.isFinite(value) ? (isMet(goal, value) ? 'met   ' : 'MISSED') : 'no data';
    lines.push(`${verdict} ${goal.title}: ${short(value)} (${wanted} ${goal.unit})`);
  }
  return lines.join('\n');
}
