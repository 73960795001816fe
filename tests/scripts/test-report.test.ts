import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { scratchDirectory } from '../support/clean-up.ts';
import { runProgram } from '../support/programs.ts';
import { root } from '../support/sources.ts';

// Plain JavaScript without types, so its parameters and results are declared here.
const { notRunLines, slowestLines } = (await import(
  new URL('../../scripts/test-report.mjs', import.meta.url).href
)) as {
  notRunLines(text: string): { lines: string; tests: number };
  slowestLines(results: { name: string; startTime: number; endTime: number }[], root: string): string;
};

test('what was not run is told with its reason and with the command that runs it', () => {
  const text = [
    { need: 'dovecot', file: 'tests/a.test.ts', tests: 12 },
    { need: 'root', file: 'tests/b.test.ts', tests: 1 },
    { need: 'root', file: 'tests/c.test.ts', tests: 20 },
    { need: 'root', part: 'a watch' },
    { need: 'root', part: 'a watch' },
  ].map((line) => `${JSON.stringify(line)}\n`);
  expect(notRunLines(text.join(''))).toEqual({
    tests: 33,
    lines:
      'Not run on this machine: 33 tests\n  21 in 2 files for want of root\n  12 in 1 file for want of dovecot\n  a watch, for want of root\nTo run everything: npm run test:all\n',
  });
  expect(notRunLines('')).toEqual({ lines: '', tests: 0 });
});

test('the ten slowest files are told, slowest first', () => {
  const results = Array.from({ length: 12 }, (_, at) => ({
    name: join('/p', `tests/${at}.test.ts`),
    startTime: 1000,
    endTime: 1000 + at * 1500,
  }));
  const lines = slowestLines(results, '/p').split('\n');
  expect(lines).toHaveLength(12);
  expect(lines[1]).toBe(`    16.5 s  ${join('tests', '11.test.ts')}`);
  expect(lines[10]).toContain('2.test.ts');
});

describe('a test that meets something missing', () => {
  const source = `
    import { beforeAll, describe, expect, test } from 'vitest';
    import { needProgram } from '${join(root, 'tests/support/needs.ts')}';
    test('needs it', () => { needProgram('no-such-program-anywhere'); });
    describe('a group', () => {
      beforeAll(() => { needProgram('no-such-program-anywhere'); });
      test('one', () => expect(1).toBe(1));
      test('two', () => expect(1).toBe(1));
    });
    test('needs nothing', () => expect(1).toBe(1));
    test('fails', () => expect(1).toBe(globalThis.process.env.WRONG ? 2 : 1));
  `;

  async function vitest(env: NodeJS.ProcessEnv) {
    const folder = scratchDirectory('needs');
    writeFileSync(join(folder, 'a.test.ts'), source);
    const config = { root: folder, test: { include: ['a.test.ts'], runner: join(root, 'tests/support/runner.ts') } };
    writeFileSync(join(folder, 'vitest.config.mjs'), `export default ${JSON.stringify(config)};`);
    const ran = await runProgram(
      process.execPath,
      [
        join(root, 'node_modules/vitest/vitest.mjs'),
        'run',
        '--reporter=json',
        `--outputFile.json=${join(folder, 'report.json')}`,
        '--root',
        folder,
      ],
      { cwd: root, env: { ...env, POSTERN_NOT_RUN: join(folder, 'not-run') } },
    );
    const notRun = existsSync(join(folder, 'not-run')) ? readFileSync(join(folder, 'not-run'), 'utf8') : '';
    const { numPassedTests, numFailedTests, numPendingTests } = JSON.parse(
      readFileSync(join(folder, 'report.json'), 'utf8'),
    );
    return { code: ran.code, counts: [numPassedTests, numFailedTests, numPendingTests], ...notRunLines(notRun) };
  }

  test('is counted as not run, with what was missing; the others run, and fail where they are wrong', async () => {
    const told = await vitest({ CI: '' });
    expect(told).toMatchObject({ code: 0, counts: [2, 0, 3], tests: 3 });
    expect(told.lines).toContain('3 in 1 file for want of no-such-program-anywhere');
    expect(await vitest({ CI: '', WRONG: '1' })).toMatchObject({ code: 1, counts: [1, 1, 3] });
  });

  test('fails in continuous integration', async () => {
    const told = await vitest({ CI: 'true' });
    expect(told).toMatchObject({ code: 1, tests: 0 });
    expect(told.counts[1]).toBeGreaterThan(0);
  });
});
