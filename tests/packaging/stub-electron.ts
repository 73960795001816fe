import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

/** What @electron/fuses looks for in Electron's binary; the fuses follow it. */
const sentinel = 'dL7pKGdnNz796PbbjQWNKmHXBZaB9tsX';
const fuseCount = 9;

/**
 * Writes a folder that electron-builder takes for an unpacked Electron for Linux: its layout, and a binary that does
 * nothing but has fuses, set as Electron is shipped, with the dangerous ones on.
 */
export function writeStubElectron(folder: string, version: string): void {
  mkdirSync(join(folder, 'resources'), { recursive: true });
  const fuses = Buffer.concat([Buffer.from(sentinel), Buffer.from([1, fuseCount]), Buffer.from('1'.repeat(fuseCount))]);
  writeFileSync(join(folder, 'electron'), Buffer.concat([Buffer.from('#!/bin/false\n'), fuses]), { mode: 0o755 });
  writeFileSync(join(folder, 'version'), version);
  writeFileSync(join(folder, 'LICENSE'), 'The licence of Electron.\n');
  writeFileSync(join(folder, 'LICENSES.chromium.html'), '<title>The licences of Chromium</title>\n');
}
