import { spawnSync } from 'node:child_process';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join, posix } from 'node:path';
import { fileURLToPath } from 'node:url';

export const root = fileURLToPath(new URL('../..', import.meta.url));

/** What .gitignore names; a downloaded archive has no git to ask. */
const ignored = new Set(['node_modules', 'dist', 'release', 'coverage', '.DS_Store']);

function filesBelow(folder: string): string[] {
  return readdirSync(join(root, folder), { withFileTypes: true })
    .filter(({ name }) => !ignored.has(name) && !name.endsWith('.log'))
    .flatMap((entry) => {
      const file = posix.join(folder, entry.name);
      return entry.isDirectory() ? filesBelow(file) : [file];
    });
}

/** Every file of the repository, including new and uncommitted ones, as paths with slashes from its root. */
export function repositoryFiles(): string[] {
  if (!existsSync(join(root, '.git'))) return filesBelow('').sort();
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

/**
 * What a module imports, types included: our own modules as paths from the repository's root, others by name as
 * written.
 */
export function importsOf(file: string, text = textOf(file)): string[] {
  const code = text.replace(/\/\*[\s\S]*?\*\//g, '').replace(/^\s*\/\/.*$/gm, '');
  const names = [
    ...code.matchAll(/^(?:import|export)\s(?:[^'";]*?\sfrom\s*)?['"]([^'"]+)['"]/gm),
    ...code.matchAll(/\bimport\(\s*['"]([^'"]+)['"]\s*\)/g),
  ].map(([, name]) => name as string);
  return names.map((name) => (name.startsWith('.') ? posix.join(posix.dirname(file), name) : name));
}

/**
 * The groups of modules that import each other, directly or indirectly (Tarjan's strongly connected components).
 *
 * @param imports of each module; names that are not keys are ignored
 */
export function circles(imports: ReadonlyMap<string, readonly string[]>): string[][] {
  const found: string[][] = [];
  const order = new Map<string, number>();
  const lowest = new Map<string, number>();
  const open: string[] = [];
  const visit = (module: string) => {
    order.set(module, order.size);
    lowest.set(module, order.size - 1);
    open.push(module);
    const reach = (number: number | undefined) =>
      lowest.set(module, Math.min(lowest.get(module) as number, number as number));
    for (const target of imports.get(module) ?? []) {
      if (!imports.has(target)) continue;
      if (!order.has(target)) {
        visit(target);
        reach(lowest.get(target));
      } else if (open.includes(target)) reach(order.get(target));
    }
    if (lowest.get(module) !== order.get(module)) return;
    const group = open.splice(open.indexOf(module));
    if (group.length > 1 || imports.get(module)?.includes(module)) found.push(group.sort());
  };
  for (const module of imports.keys()) if (!order.has(module)) visit(module);
  return found;
}

/**
 * The imports between folders. A folder has two floors: the upper one holds the modules that nothing else in the folder
 * or below it needs, apart from other modules on the upper floor: they put together what is below.
 *
 * @param imports of each module; names that are not keys are ignored
 * @returns for each floor, `folder` or `folder/^`, the other floors that it imports from
 */
export function importsOfFloors(imports: ReadonlyMap<string, readonly string[]>): Map<string, string[]> {
  const folderOf = posix.dirname;
  const needed = [...imports].flatMap(([module, targets]) => targets.map((target) => [module, target] as const));
  const upper = new Set(imports.keys());
  const comeDown = () =>
    needed.filter(([module, target]) => {
      const sameFloor = folderOf(module) === folderOf(target) && upper.has(module);
      return module.startsWith(`${folderOf(target)}/`) && !sameFloor && upper.delete(target);
    });
  while (comeDown().length > 0);
  const floorOf = (module: string) => `${folderOf(module)}${upper.has(module) ? '/^' : ''}`;
  const floors = new Map<string, Set<string>>([...imports.keys()].map((module) => [floorOf(module), new Set()]));
  for (const [module, target] of needed) {
    if (imports.has(target) && floorOf(module) !== floorOf(target)) floors.get(floorOf(module))?.add(floorOf(target));
  }
  return new Map([...floors].map(([floor, targets]) => [floor, [...targets]]));
}
