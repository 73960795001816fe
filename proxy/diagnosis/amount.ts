const units = [
  ['year', 365 * 86_400_000],
  ['day', 86_400_000],
  ['hour', 3_600_000],
  ['minute', 60_000],
] as const;

/** A length of time as a person says it, rounded down: "3 days", "1 year". Less than a minute is one. */
export function amountOfTime(milliseconds: number): string {
  for (const [unit, length] of units) {
    const count = Math.floor(milliseconds / length);
    if (count >= 1) return count === 1 ? `1 ${unit}` : `${count} ${unit}s`;
  }
  return '1 minute';
}
