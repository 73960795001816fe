import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { root } from '../support/sources.ts';

const manifest = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8')) as {
  dependencies: Record<string, string>;
  allowScripts: Record<string, boolean>;
};
const text = readFileSync(join(root, 'docs', 'dependencies.md'), 'utf8');

test('docs/dependencies.md says of every library at run time why it is there, and of no other', () => {
  const listed = Array.from(text.matchAll(/^\| `([^`]+)` +\| \S/gm), ([, name]) => name);
  expect(listed.sort()).toEqual(Object.keys(manifest.dependencies).sort());
});

test('every version is exact, in the manifest and with a hash in the lockfile', () => {
  for (const version of Object.values(manifest.dependencies)) expect(version).toMatch(/^\d+\.\d+\.\d+$/);
  const { packages } = JSON.parse(readFileSync(join(root, 'package-lock.json'), 'utf8')) as {
    packages: Record<string, { integrity?: string; optional?: boolean }>;
  };
  const bare = Object.entries(packages).filter(([path, { integrity }]) => path !== '' && !integrity);
  // scripts/complete-lockfile.mjs: binaries of tools for platforms that the registry in use did not carry.
  const platforms = /^node_modules\/@(?:biomejs\/cli|oxc-parser\/binding)-/;
  expect(bare.filter(([path, { optional }]) => !optional || !platforms.test(path)).map(([path]) => path)).toEqual([]);
});

test('the packages whose scripts run at installation are those that docs/dependencies.md names', () => {
  const allowed = Object.keys(manifest.allowScripts).filter((name) => manifest.allowScripts[name]);
  expect(allowed.length).toBeGreaterThan(0);
  const paragraph = text.slice(text.indexOf('Installation scripts'));
  for (const name of allowed) expect(paragraph).toContain(`\`${name}\``);
});
