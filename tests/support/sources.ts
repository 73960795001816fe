import { spawnSync } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { join, posix } from 'node:path';
import { fileURLToPath } from 'node:url';

export const root = fileURLToPath(new URL('../..', import.meta.url));

/** Every file of the repository, also those that are new and not yet committed, as paths with slashes from its root. */
export function repositoryFiles(): string[] {
  const { status, stdout, stderr } = spawnSync(
    'git',
    ['ls-files', '-z', '--cached', '--others', '--exclude-standard'],
    {
      cwd: root,
      encoding: 'utf8',
    },
  );
  if (status !== 0) throw new Error(`git ls-files: ${stderr}`);
  const files = new Set(stdout.split('\0').filter((file) => file !== '' && existsSync(join(root, file))));
  return [...files].sort();
}

export function textOf(file: string): string {
  return readFileSync(join(root, file), 'utf8');
}

/** What a module imports, types included: paths from the repository's root for our own, else the name as written. */
export function importsOf(file: string, text = textOf(file)): string[] {
  const code = text.replace(/\/\*[\s\S]*?\*\//g, '').replace(/^\s*\/\/.*$/gm, '');
  const names = [
    ...code.matchAll(/^(?:import|export)\s(?:[^'";]*?\sfrom\s*)?['"]([^'"]+)['"]/gm),
    ...code.matchAll(/\bimport\(\s*['"]([^'"]+)['"]\s*\)/g),
  ].map(([, name]) => name as string);
  return names.map((name) => (name.startsWith('.') ? posix.join(posix.dirname(file), name) : name));
}
