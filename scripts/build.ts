// `npm run build`: everything that runs, into dist/. Run by Node itself, which strips the types.
import { chmod, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { type BuildOptions, build } from 'esbuild';
import { licencesText, packageFolders } from './licences.ts';

const root = fileURLToPath(new URL('..', import.meta.url));

/** Native code, which cannot be bundled: it is loaded from its own package, which the packaged app includes. */
const nativePackage = '@napi-rs/keyring';

const common: BuildOptions = {
  absWorkingDir: root,
  bundle: true,
  platform: 'node',
  target: 'node20.19',
  // Not minified: that would make it start no faster, and people's reports name our functions and lines.
  legalComments: 'none',
  // Native code, one package for each platform: found next to the program when it is first needed.
  external: [nativePackage],
  logLevel: 'warning',
};

const modules: BuildOptions = {
  format: 'esm',
  splitting: true,
  // CommonJS libraries load Node's own modules with `require`, which ES modules do not have.
  banner: { js: 'import{createRequire as makeRequire}from"node:module";const require=makeRequire(import.meta.url);' },
};

/**
 * Bundles the `postern` command. Libraries go into the bundle: reading hundreds of small files is most of the cost of
 * a start. What is imported lazily becomes a file of its own, read on demand.
 *
 * @returns the files that went into it
 */
export async function buildCommand(directory: string): Promise<string[]> {
  const { metafile } = await build({
    ...common,
    ...modules,
    metafile: true,
    entryPoints: { 'main/cli': 'main/cli.ts' },
    outdir: directory,
    chunkNames: 'main/parts/[name]-[hash]',
  });
  await chmod(join(directory, 'main', 'cli.js'), 0o755);
  return Object.keys(metafile.inputs).map((file) => join(root, file));
}

/**
 * Bundles the tray app: Electron's main process, the process of the core, and the window's preload, which runs
 * sandboxed and can load nothing else.
 *
 * @returns the files that went into it
 */
export async function buildDesktop(directory: string): Promise<string[]> {
  const desktop: BuildOptions = {
    ...common,
    target: 'node24',
    outdir: directory,
    external: ['electron', nativePackage],
  };
  const built = await Promise.all([
    build({
      ...desktop,
      ...modules,
      metafile: true,
      entryPoints: {
        'main/electron': 'main/electron.ts',
        'main/core-process': 'main/core-process.ts',
        // The packaged app is the command as well; built together, they share common code.
        'main/command': 'main/cli.ts',
      },
      chunkNames: 'main/desktop-parts/[name]-[hash]',
    }),
    build({
      ...desktop,
      metafile: true,
      entryPoints: { 'main/preload': 'main/preload.ts' },
      format: 'cjs',
      outExtension: { '.js': '.cjs' },
    }),
  ]);
  return built.flatMap(({ metafile }) => Object.keys(metafile.inputs)).map((file) => join(root, file));
}

/** Bundles the window for the browser and for Electron alike. @returns the files that went into it */
async function buildWindow(): Promise<string[]> {
  const { build: viteBuild } = await import('vite');
  const files: string[] = [];
  const record = {
    name: 'postern:record',
    generateBundle(_options: unknown, bundle: Record<string, object>) {
      for (const chunk of Object.values(bundle)) if ('moduleIds' in chunk) files.push(...(chunk.moduleIds as string[]));
    },
  };
  await viteBuild({
    configFile: join(root, 'renderer', 'vite.config.ts'),
    logLevel: 'warn',
    plugins: [record],
  });
  return files;
}

/** Replaces the old folder with a finished one, so that nobody finds half of it. */
async function replace(folder: string, finished: string): Promise<void> {
  const old = `${finished}.old`;
  await rename(folder, old).catch(() => undefined);
  await rename(finished, folder);
  await rm(old, { recursive: true, force: true });
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const dist = join(root, 'dist');
  const fresh = join(dist, `.fresh-${process.pid}`);
  const [window, desktop, command] = await Promise.all([buildWindow(), buildDesktop(fresh), buildCommand(fresh)]);
  const own = await readFile(join(root, 'LICENSE'), 'utf8');
  const native = `node_modules/${nativePackage}/index.js`;
  await writeFile(
    join(dist, 'licences.txt'),
    licencesText(own, packageFolders([...window, ...desktop, ...command, native])),
  );
  await replace(join(dist, 'main'), join(fresh, 'main'));
  await rm(fresh, { recursive: true });
}
