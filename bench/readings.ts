import type { Rows } from './statistics.ts';

/** How a run's rows are read: each gives one number of `runner`, NaN where the run has not measured it. */
export type Reading = (rows: Rows, runner?: string) => number;

/** Compared with a peer. */
export const against =
  (row: string, peer: string): Reading =>
  (rows, runner = 'Postern') =>
    rows.get(row)?.ratio(runner, peer) ?? Number.NaN;
export const absolute =
  (row: string): Reading =>
  (rows, runner = 'Postern') =>
    rows.get(row)?.median(runner) ?? Number.NaN;
/** Compared with another row of the same runner. */
export const beside =
  (row: string, other: string): Reading =>
  (rows, runner = 'Postern') => {
    const there = rows.get(other);
    return (there && rows.get(row)?.ratioTo(there, runner)) ?? Number.NaN;
  };
