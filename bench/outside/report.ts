import { cpus, release, totalmem } from 'node:os';
import { type Row, type Rows, short } from '../statistics.ts';

export interface OutsideCircumstances {
  versions: Record<string, string>;
  rounds: number;
  mebibytes: number;
  /** One-minute load averages of the machine, before and after. */
  loads: readonly [number, number];
  measuredAt: Date;
}

const runners = ['direct TLS', 'stunnel', 'HAProxy', 'Node alone', 'Postern'];

/**
 * The same rows measured with the bench's own load programs and with the ones in C, one line each, as Markdown.
 *
 * @param own with the load programs on Node
 * @param outside with those in C
 */
export function outsideReport(own: Rows, outside: Rows, circumstances: OutsideCircumstances): string {
  const { versions, rounds, mebibytes, loads, measuredAt } = circumstances;
  const model = cpus()[0]?.model ?? 'unknown processor';
  const shown = [...outside.all.values()].filter(({ id }) => !id.endsWith('-kernel'));
  const lines = shown.flatMap((row) => {
    const mine = own.get(row.id);
    return [...(mine ? [line(mine, 'Node')] : []), line(row, 'C')];
  });
  return [
    '# Benchmarks with load programs from outside',
    '',
    'Written by `npm run bench:outside`. Each row of [the benchmarks](benchmarks.md) is measured twice, in turns: with the',
    'bench’s own load server and client, which run on Node, and with a server and a client in C on OpenSSL',
    '([`bench/outside/load.c`](../bench/outside/load.c)). Where both say the same, the load programs bound nothing. Where',
    'they differ, the ones in C are nearer to what the relay can do. Numbers are medians of the rounds; a ratio is the',
    'median of the ratios within each round.',
    '',
    `- Machine: ${cpus().length} × ${model}, ${Math.round(totalmem() / 1024 ** 3)} GiB, Linux ${release()}, everything over loopback`,
    `- Versions: ${Object.entries(versions)
      .map(([name, version]) => `${name} ${version}`)
      .join(', ')}`,
    `- ${rounds} rounds of ${mebibytes} MiB per transfer, ${measuredAt.toISOString().slice(0, 10)}`,
    `- Machine load: ${short(loads[0])} before the run and ${short(loads[1])} at its end, up to 3 of it from the run itself`,
    '',
    `| | load | unit | ${runners.join(' | ')} | Postern × stunnel | Node alone × stunnel |`,
    `|---|---|---|${runners.map(() => '---').join('|')}|---|---|`,
    ...lines,
    '',
  ].join('\n');
}

function line(row: Row, load: string): string {
  const values = runners.map((name) => (row.values.has(name) ? short(row.median(name)) : ''));
  const ratios = ['Postern', 'Node alone'].map((name) =>
    row.values.has(name) && row.values.has('stunnel') ? short(row.ratio(name, 'stunnel')) : '',
  );
  return `| ${[row.title, load, row.unit, ...values, ...ratios].join(' | ')} |`;
}
