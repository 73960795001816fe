/**
 * Whether two words differ by a single typing error (a letter more, less, other or swapped) or by case alone.
 */
export function isNear(typed: string, word: string): boolean {
  const a = typed.toLowerCase();
  const b = word.toLowerCase();
  if (Math.abs(a.length - b.length) > 1) return false;
  let start = 0;
  while (start < a.length && a[start] === b[start]) start += 1;
  let end = 0;
  while (end < Math.min(a.length, b.length) - start && a.at(-1 - end) === b.at(-1 - end)) end += 1;
  const restA = a.slice(start, a.length - end);
  const restB = b.slice(start, b.length - end);
  const swapped = restA.length === 2 && restA[0] === restB[1] && restA[1] === restB[0];
  return (restA.length <= 1 && restB.length <= 1) || swapped;
}
