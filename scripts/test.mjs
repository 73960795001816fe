// `npm test`: everything that has to hold, from a fresh clone on. Installs and builds what is missing, makes sure that
// the real mail programs are there, then checks format and lint, types, unused code, and runs every test.
// `npm test -- tests/net` builds and runs these tests alone, and asks for a mail program only where one is used.
import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { ensureBuilt, ensureInstalled, findProgram, projectNode, root, run } from './workspace.mjs';

const filters = process.argv.slice(2);

function checkPeers() {
  const missing = readFileSync(join(root, 'scripts', 'peers.txt'), 'utf8')
    .split('\n')
    .filter((line) => line !== '' && !line.startsWith('#') && !line.startsWith('-'))
    .map((line) => line.split(/\s+/)[0])
    .filter((program) => !findProgram(program));
  if (missing.length > 0) {
    process.stderr.write(
      `The tests talk to real mail programs, and these are missing: ${missing.join(', ')}.\n` +
        'Run (Debian, Ubuntu): sudo scripts/install-peers\n',
    );
    process.exit(1);
  }
  if (process.getuid?.() !== 0) {
    process.stderr.write(
      'The tests start a real Postfix, which runs as root only: run them as root, in a container.\n',
    );
    process.exit(1);
  }
}

/** Runs Vitest; gives the number of tests that passed, failed and were skipped, and whether all is well. */
function runTests() {
  const folder = mkdtempSync(join(tmpdir(), 'postern-test-report-'));
  const report = join(folder, 'report.json');
  try {
    const reporters = ['--reporter=default', '--reporter=json', `--outputFile.json=${report}`];
    const status = run(projectNode(), ['node_modules/vitest/vitest.mjs', 'run', ...reporters, ...filters]);
    const { numPassedTests, numFailedTests, numPendingTests, numTodoTests } = JSON.parse(readFileSync(report, 'utf8'));
    const skipped = numPendingTests + numTodoTests;
    return { passed: numPassedTests, failed: numFailedTests, skipped, well: status === 0 && skipped === 0 };
  } catch (error) {
    process.stderr.write(`The test run left no report: ${error.message}\n`);
    return { passed: 0, failed: 1, skipped: 0, well: false };
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

process.chdir(root);
ensureInstalled();
ensureBuilt();
if (filters.length === 0) checkPeers();

const checks = [
  ['format and lint', ['node_modules/@biomejs/biome/bin/biome', 'check', '--error-on-warnings']],
  ['types', ['node_modules/typescript/bin/tsc', '-p', '.']],
  ['unused code', ['node_modules/knip/bin/knip.js']],
];
const broken = [];
if (filters.length === 0) {
  for (const [name, args] of checks) {
    process.stdout.write(`\n== ${name}\n`);
    if (run(projectNode(), args) !== 0) broken.push(name);
  }
}
process.stdout.write('\n== tests\n');
const { passed, failed, skipped, well } = runTests();
if (!well) broken.push('tests');
if (skipped > 0) process.stderr.write('A skipped test proves nothing: make it run, or remove it.\n');
if (!existsSync(join(root, 'node_modules', 'electron', 'path.txt')) && !process.env.ELECTRON_OVERRIDE_DIST_PATH) {
  process.stdout.write(
    'Not run: the scenarios of the tray app on Electron itself, whose binary is not installed (npx install-electron).\n',
  );
}
if (broken.length > 0) process.stderr.write(`Failed: ${broken.join(', ')}\n`);
process.stdout.write(`${passed} passed, ${failed} failed, ${skipped} skipped\n`);
process.exit(broken.length === 0 ? 0 : 1);
