/**
 * Rows of texts as lines with aligned columns.
 *
 * @param indent spaces in front of each line
 */
export function aligned(rows: readonly (readonly string[])[], indent = 2): string[] {
  const widths: number[] = [];
  for (const row of rows) {
    for (const [column, cell] of row.entries()) widths[column] = Math.max(widths[column] ?? 0, width(cell));
  }
  return rows.map((row) => {
    const cells = row.map((cell, column) => cell + ' '.repeat((widths[column] ?? 0) - width(cell)));
    return (' '.repeat(indent) + cells.join('   ')).trimEnd();
  });
}

/** Characters, not code units; wide scripts still shift a column, which does no harm. */
function width(text: string): number {
  return [...text].length;
}
