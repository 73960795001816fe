import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { build, type Metafile } from 'esbuild';
import { beforeAll, expect, test } from 'vitest';
import { root } from '../support/sources.ts';

// Which third-party code runs in the process that handles passwords, counted where that is decided: in the bundle.

let inputs: Metafile['inputs'];

beforeAll(async () => {
  const { metafile } = await build({
    ...{ absWorkingDir: root, bundle: true, platform: 'node', target: 'node24', format: 'esm' },
    ...{
      splitting: true,
      metafile: true,
      write: false,
      outdir: 'dist',
      external: ['electron', '@napi-rs/keyring'],
      logLevel: 'error',
    },
    entryPoints: { cli: 'main/cli.ts', core: 'main/core-process.ts' },
  });
  inputs = metafile.inputs;
});

/** The packages loaded with these modules, by static and dynamic import, except those that only `without` loads. */
function packages(starts: string[], without: string[] = []): string[] {
  const seen = new Set<string>();
  const waiting = [...starts];
  for (let file = waiting.pop(); file !== undefined; file = waiting.pop()) {
    if (seen.has(file) || without.includes(file) || without.includes(packageOf(file) ?? '')) continue;
    seen.add(file);
    for (const { path, external } of inputs[file]?.imports ?? []) if (!external) waiting.push(path);
  }
  return [...new Set([...seen].map(packageOf))].filter((name) => name !== undefined).sort();
}

function packageOf(file: string): string | undefined {
  return /^.*node_modules\/((?:@[^/]+\/)?[^/]+)/.exec(file)?.[1];
}

/** Each is loaded on demand, and for nothing else. */
const features = {
  check: 'proxy/check/check.ts',
  discovery: 'proxy/discovery/discover.ts',
  practice: 'proxy/practice/practice.ts',
  metrics: 'main/metrics/watched.ts',
  oauth: 'proxy/oauth/oauth.ts',
};

test('a core that carries mail runs a small, known set of packages', () => {
  const carried = packages(
    ['main/run.ts', 'main/core-process.ts'],
    // Only loaded for a mistake in config.json.
    [...Object.values(features), '@humanwhocodes/momoa'],
  );
  const winston = packages([Object.keys(inputs).find((file) => file.endsWith('/winston/lib/winston.js')) ?? '']);
  expect(winston).toContain('winston');
  expect(carried.filter((name) => !winston.includes(name))).toEqual([
    'env-paths',
    'is-safe-filename',
    'rotating-file-stream',
    'tldts',
    'zod',
  ]);
  const text = readFileSync(join(root, 'docs', 'dependencies.md'), 'utf8');
  expect(text).toContain(`${carried.length} packages in all, ${winston.length} of them winston's`);
});

test.each(Object.entries(features))('what %s needs is loaded for it, and not before', (_name, module) => {
  const others = Object.values(features).filter((other) => other !== module);
  const before = packages(['main/run.ts', 'main/core-process.ts'], Object.values(features));
  const own = packages([module]).filter((name) => !before.includes(name));
  expect(own).not.toEqual([]);
  expect(packages(['main/run.ts', 'main/core-process.ts'], others)).toEqual([...before, ...own].sort());
});
