// `npm test`: every check, even from a fresh clone. Installs and builds what is missing, including the real mail
// programs where permitted, then checks format and lint, types, unused code, and runs every test. What this machine
// cannot run is listed at the end, with the command that runs it; in continuous integration it is a failure. `npm
// test -- tests/net` builds and runs only these tests; `npm run test:watch` reruns them when a source changes.
import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { audit } from './audit.mjs';
import { ensurePeers } from './peers.mjs';
import { notRunLines, slowestLines } from './test-report.mjs';
import { ensureBuilt, ensureInstalled, projectNode, root, run } from './workspace.mjs';

const watching = process.argv.includes('--watch');
const filters = process.argv.slice(2).filter((word) => word !== '--watch');
const whole = filters.length === 0 && !watching;
const vitest = 'node_modules/vitest/vitest.mjs';

/** Runs Vitest; returns its report, and the tests that could not be run here. */
function runTests() {
  const folder = mkdtempSync(join(tmpdir(), 'postern-test-report-'));
  const report = join(folder, 'report.json');
  process.env.POSTERN_NOT_RUN = join(folder, 'not-run');
  try {
    const reporters = ['--reporter=default', '--reporter=json', `--outputFile.json=${report}`];
    const status = run(projectNode(), [vitest, 'run', ...reporters, ...filters]);
    const notRun = existsSync(process.env.POSTERN_NOT_RUN) ? readFileSync(process.env.POSTERN_NOT_RUN, 'utf8') : '';
    return { ...JSON.parse(readFileSync(report, 'utf8')), status, notRun };
  } catch (error) {
    process.stderr.write(`The test run left no report: ${error.message}\n`);
    return {
      numPassedTests: 0,
      numFailedTests: 1,
      numPendingTests: 0,
      numTodoTests: 0,
      testResults: [],
      status: 1,
      notRun: '',
    };
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

process.chdir(root);
ensureInstalled();
ensureBuilt();
if (watching) process.exit(run(projectNode(), [vitest, 'watch', ...filters]));

const broken = [];
if (whole) {
  const missing = ensurePeers();
  if (missing.length > 0 && process.env.CI) {
    process.stderr.write(`Missing, and continuous integration does without nothing: ${missing.join(', ')}\n`);
    process.exit(1);
  }
  const checks = [
    ['format and lint', ['node_modules/@biomejs/biome/bin/biome', 'check', '--error-on-warnings']],
    ['types', ['node_modules/typescript/bin/tsc', '-p', '.']],
    ['unused code', ['node_modules/knip/bin/knip.js']],
  ];
  for (const [name, args] of checks) {
    process.stdout.write(`\n== ${name}\n`);
    if (run(projectNode(), args) !== 0) broken.push(name);
  }
  process.stdout.write(`\n== known vulnerabilities\n${audit().words}\n`);
}

process.stdout.write('\n== tests\n');
const { numPassedTests, numFailedTests, numPendingTests, numTodoTests, testResults, status, notRun } = runTests();
const skipped = numPendingTests + numTodoTests;
const { lines, tests: excused } = notRunLines(notRun);
// A test that skips itself proves nothing; one that this machine cannot run is listed below.
if (skipped > excused) process.stderr.write('A skipped test proves nothing: make it run, or remove it.\n');
if (status !== 0 || skipped > excused) broken.push('tests');

if (whole) process.stdout.write(slowestLines(testResults, root));
process.stdout.write(lines);
if (!existsSync(join(root, 'node_modules', 'electron', 'path.txt')) && !process.env.ELECTRON_OVERRIDE_DIST_PATH) {
  process.stdout.write(
    'Not run: the scenarios of the tray app on Electron itself, whose binary is not installed (npx install-electron).\n',
  );
}
if (broken.length > 0) process.stderr.write(`Failed: ${broken.join(', ')}\n`);
process.stdout.write(`${numPassedTests} passed, ${numFailedTests} failed, ${skipped} skipped\n`);
process.exit(broken.length === 0 ? 0 : 1);
