// What `npm test` says at the end. Plain JavaScript, as test.mjs is.
import { relative } from 'node:path';

/**
 * What could not be run on this machine, from the lines written by the test runner.
 *
 * @param {string} text one JSON object per line: `need`, `file` and `tests`; or `need` and `part`
 * @returns {{ lines: string, tests: number }}
 */
export function notRunLines(text) {
  const needs = new Map();
  const parts = new Set();
  let tests = 0;
  for (const line of text.split('\n').filter(Boolean)) {
    const { need, file, tests: count, part } = JSON.parse(line);
    if (part) {
      parts.add(`  ${part}, for want of ${need}`);
      continue;
    }
    const sum = needs.get(need) ?? { tests: 0, files: new Set() };
    sum.tests += count;
    sum.files.add(file);
    needs.set(need, sum);
    tests += count;
  }
  if (tests === 0 && parts.size === 0) return { lines: '', tests };
  const rows = [...needs]
    .sort(([, a], [, b]) => b.tests - a.tests)
    .map(
      ([need, { tests: count, files }]) =>
        `  ${count} in ${files.size} ${files.size === 1 ? 'file' : 'files'} for want of ${need}`,
    );
  const lines = [
    `Not run on this machine: ${tests} ${tests === 1 ? 'test' : 'tests'}`,
    ...rows,
    ...parts,
    'To run everything: npm run test:all',
    '',
  ].join('\n');
  return { lines, tests };
}

/** The ten slowest test files, with their times in seconds. */
export function slowestLines(testResults, root) {
  const rows = testResults
    .map(({ name, startTime, endTime }) => ({ name: relative(root, name), seconds: (endTime - startTime) / 1000 }))
    .sort((a, b) => b.seconds - a.seconds)
    .slice(0, 10)
    .map(({ name, seconds }) => `${seconds.toFixed(1).padStart(8)} s  ${name}`);
  return ['The slowest files:', ...rows, ''].join('\n');
}
