import { cpus, release, totalmem } from 'node:os';
import { emailProxyName } from './email-oauth2-proxy.ts';
import { type Goal, goals, isMet } from './goals.ts';
import { type Row, type Rows, short } from './statistics.ts';

export interface Circumstances {
  versions: Record<string, string>;
  rounds: number;
  mebibytes: number;
  quick: boolean;
  /** Whether it ran in a network namespace of its own. */
  ownNetwork: boolean;
  /** One-minute load average of the machine, before the run. */
  loadBefore: number;
  /** The same after the last round. */
  loadAfter: number;
  measuredAt: Date;
}

const runners = ['direct TLS', 'stunnel', 'HAProxy', emailProxyName, 'Node alone', 'Postern'];

/** Rows that only show whether the load programs were the bottleneck. */
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

function wanted({ atLeast, atMost, unit }: Goal): string {
  return `${atLeast === undefined ? `≤ ${atMost}` : `≥ ${atLeast}`} ${unit}`;
}

/** What bounds these goals, and what reaching them would cost, each reason once. */
function reasons(of: readonly { goal: Goal }[], rows: Rows): string[] {
  const bounds = new Map<Goal['bound'], string[]>();
  for (const { goal } of of) bounds.set(goal.bound, [...(bounds.get(goal.bound) ?? []), goal.title]);
  return [...bounds].map(
    ([{ what, price }, titles]) => `- *${titles.join('; ')}*: ${what(rows)} To be given up for it: ${price}.`,
  );
}

/** What someone who chooses between them gains and loses, in a few lines. */
function gains(rows: Rows): string[] {
  const times = (id: string, peer: string) => short(rows.get(id)?.ratio('Postern', peer) ?? Number.NaN);
  const value = (id: string, runner = 'Postern') => short(rows.get(id)?.median(runner) ?? Number.NaN);
  return [
    'With Postern instead of …',
    '',
    `- **no relay**: large downloads run at ${times('down', 'direct TLS')} of the speed over loopback, which is far more than any line to a mail server carries; a command takes ${value('round-trip')} µs instead of ${value('round-trip', 'direct TLS')}.`,
    `- **stunnel**: downloads are ${times('down', 'stunnel')} times and uploads ${times('up', 'stunnel')} times as fast, for ${times('down-cpu', 'stunnel')} and ${times('up-cpu', 'stunnel')} of its CPU time; a command takes ${times('round-trip', 'stunnel')} times as long, an idle session ${times('idle-session', 'stunnel')} times the memory. A new session costs ${value('session-cpu')} ms of CPU instead of ${value('session-cpu', 'stunnel')}, and its greeting comes ${value('greeting-implicit')} ms after the connection instead of ${value('greeting-implicit', 'stunnel')} when the server is near: Postern first looks who is there.`,
    `- **HAProxy**: downloads are ${times('down', 'HAProxy')} times and uploads ${times('up', 'HAProxy')} times as fast; HAProxy needs less for a session (${value('session-cpu', 'HAProxy')} ms of CPU, ${value('idle-session', 'HAProxy')} KiB), and does no STARTTLS.`,
    `- **Email OAuth 2.0 Proxy**: ${rows.get('down')?.values.has(emailProxyName) ? `downloads are ${times('down', emailProxyName)} times as fast, uploads ${times('up', emailProxyName)} times` : 'not measured in this run'}.`,
    '',
    `A server is seldom near. At 40 ms from it, Postern's greeting comes ${value('greeting-implicit-40')} ms after the connection instead of stunnel's ${value('greeting-implicit-40', 'stunnel')}, and over STARTTLS one is signed in after ${value('signed-in-starttls-40')} ms instead of ${value('signed-in-starttls-40', 'stunnel')}: the same round trips, and the wait at the door. With a spare connection the greeting comes after ${value('greeting-spare-40')} ms.`,
  ];
}

/** The report as Markdown. */
export function report(rows: Rows, circumstances: Circumstances): string {
  const { versions, rounds, mebibytes, quick, ownNetwork, loadBefore, loadAfter, measuredAt } = circumstances;
  const all = [...rows.all.values()];
  const known = goals.map((goal) => ({ goal, value: goal.measured(rows), alone: goal.measured(rows, 'Node alone') }));
  const isMissed = (goal: Goal, value: number) => Number.isFinite(value) && !isMet(goal, value);
  const missed = known.filter(({ goal, value }) => isMissed(goal, value));
  const model = cpus()[0]?.model ?? 'unknown processor';
  return [
    '# Benchmarks',
    '',
    ...gains(rows),
    '',
    '## How it was measured',
    '',
    'Written by `npm run bench`. Every program runs in every round, one after the other, so that a slow moment affects them all.',
    'Numbers are medians of the rounds, with the lowest and highest in brackets. A ratio is the median of the ratios',
    'within each round.',
    '',
    `- Machine: ${cpus().length} × ${model}, ${Math.round(totalmem() / 1024 ** 3)} GiB, Linux ${release()}, everything over loopback`,
    `- Versions: ${Object.entries(versions)
      .map(([name, version]) => `${name} ${version}`)
      .join(', ')}`,
    `- ${rounds} rounds of ${mebibytes} MiB per transfer${quick ? ' (a quick run: too short to quote)' : ''}, ${measuredAt.toISOString().slice(0, 10)}`,
    `- Machine load: ${short(loadBefore)} before the run and ${short(loadAfter)} at its end, up to 3 of it from the run itself${loadAfter > 3.5 ? '; something else was running: trust the ratios more than the numbers' : ''}`,
    ...(ownNetwork
      ? [
          '- In its own network namespace, which keeps 256 closed connections, so the kernel’s table is as short as on an ordinary computer',
        ]
      : []),
    '- *Node alone* is the least that a relay on Node can be ([`bench/load/bare.ts`](../bench/load/bare.ts)): no sign-in, no certificate judgement of its own, no distinction between a cut connection and a finished one. It shows Node’s and the kernel’s share',
    '- stunnel, HAProxy and Postern all verify the server’s chain and name, and none resumes sessions',
    '',
    '![Throughput and CPU of each relay](benchmarks.svg)',
    '',
    '## Goals',
    '',
    '| | goal | Postern | Node alone | |',
    '|---|---|---|---|---|',
    ...known.map(({ goal, value, alone }) => {
      const verdict = Number.isFinite(value) ? (isMet(goal, value) ? 'met' : '**missed**') : 'not measured';
      return `| ${goal.title} | ${wanted(goal)} | ${short(value)} | ${short(alone)} | ${verdict} |`;
    }),
    '',
    ...(rows.get('down')?.values.has(emailProxyName)
      ? []
      : [
          `${emailProxyName} is in no package archive: it is measured only if its script is given with \`--emailproxy\`.`,
          '',
        ]),
    ...(missed.length === 0
      ? []
      : [
          'What stands in the way of those missed, in the numbers of this run (where *Node alone* misses a goal too, no relay on Node reaches it), and what would have to be given up to reach them:',
          '',
          ...reasons(missed, rows),
          '',
        ]),
    'A looked-up address is reused for 30 seconds: the system does not say how long an answer is valid. Sessions',
    'are never resumed: a resumed session skips verification.',
    '',
    '## All rows',
    '',
    ...table(all.filter((row) => !isLoad(row))),
    '',
    '## The load programs are not the bottleneck',
    '',
    'The share of one core used by the busier of load server and load client. Below 100 it waited for the relay.',
    'Rows measured with load programs in C as well: [benchmarks-outside.md](benchmarks-outside.md).',
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
    const verdict = Number.isFinite(value) ? (isMet(goal, value) ? 'met   ' : 'MISSED') : 'no data';
    lines.push(`${verdict} ${goal.title}: ${short(value)} (${wanted(goal)})`);
  }
  return lines.join('\n');
}
