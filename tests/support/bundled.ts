import { join } from 'node:path';
import { build } from 'esbuild';
import { scratchDirectory } from './clean-up.ts';
import { root } from './sources.ts';

/**
 * Bundles a program of the tests into one file, which starts in a tenth of the time that reading its hundred sources
 * takes. That matters where it is started a hundred times.
 *
 * @param entry path within the project
 * @returns the file
 */
export async function bundled(entry: string): Promise<string> {
  const outfile = join(scratchDirectory('bundled'), 'program.mjs');
  await build({
    absWorkingDir: root,
    entryPoints: [entry],
    outfile,
    bundle: true,
    platform: 'node',
    format: 'esm',
    external: ['@napi-rs/keyring'],
    banner: { js: 'import{createRequire}from"node:module";const require=createRequire(import.meta.url);' },
  });
  return outfile;
}
