/** The middle value; for an even number, the mean of the two in the middle. NaN for none. */
export function median(values: readonly number[]): number {
  const sorted = values.toSorted((a, b) => a - b);
  const middle = sorted.length >> 1;
  const upper = sorted[middle] ?? Number.NaN;
  return sorted.length % 2 === 1 ? upper : ((sorted[middle - 1] ?? Number.NaN) + upper) / 2;
}

/** Three significant digits. */
export function short(value: number): string {
  if (!Number.isFinite(value)) return '–';
  if (value >= 100) return value.toFixed(0);
  return value >= 10 ? value.toFixed(1) : value.toFixed(2);
}

/** What one row measured: the values of every round, by runner. */
export class Row {
  readonly id: string;
  readonly title: string;
  readonly unit: string;
  readonly values = new Map<string, number[]>();

  constructor(id: string, title: string, unit: string) {
    this.id = id;
    this.title = title;
    this.unit = unit;
  }

  add(runner: string, value: number): void {
    const known = this.values.get(runner);
    if (known) known.push(value);
    else this.values.set(runner, [value]);
  }

  median(runner: string): number {
    return median(this.values.get(runner) ?? []);
  }

  /**
   * The median, over all rounds, of one runner's value divided by the other's in the same round: what
   * slows a round slows both.
   */
  ratio(runner: string, to: string): number {
    return this.ratioTo(this, runner, to);
  }

  /** The same, next to what another row measured. */
  ratioTo(row: Row, runner: string, to = runner): number {
    const mine = this.values.get(runner) ?? [];
    const theirs = row.values.get(to) ?? [];
    return median(mine.flatMap((value, round) => (theirs[round] ? [value / theirs[round]] : [])));
  }
}

/** Rows by their id, created when first asked for, in that order. */
export class Rows {
  readonly all = new Map<string, Row>();

  of(id: string, title: string, unit: string): Row {
    const row = this.all.get(id) ?? new Row(id, title, unit);
    this.all.set(id, row);
    return row;
  }

  get(id: string): Row | undefined {
    return this.all.get(id);
  }
}
