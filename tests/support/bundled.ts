import { join } from 'node:path';
import { build } from 'esbuild';
import { scratchDirectory } from './clean-up.ts';
import { root } from './sources.ts';

/**
 * A program of the tests in one file: it starts in a tenth of the time that reading its hundred sources takes, which
 * counts where it is started a hundred times.
 *
 * @param entry below the project's folder
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
