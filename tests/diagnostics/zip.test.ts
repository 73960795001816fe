import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { zip } from '../../proxy/diagnostics/zip.ts';
import { scratchDirectory } from '../support/clean-up.ts';
import { mustRun } from '../support/programs.ts';

/** Reads the archive with another program, which checks every checksum. */
const read =
  'import sys,zipfile,json;z=zipfile.ZipFile(sys.argv[1]);assert z.testzip() is None;print(json.dumps({n:z.read(n).decode() for n in z.namelist()}))';

test.each([
  [[]],
  [[{ name: 'a.txt', text: '' }]],
  [
    [
      { name: 'README.txt', text: 'Grüße\n'.repeat(10_000) },
      { name: 'b.json', text: '{}' },
    ],
  ],
])('another program reads what was written: %#', async (entries) => {
  const file = join(scratchDirectory('zip'), 'x.zip');
  writeFileSync(file, zip(entries));
  const { stdout } = await mustRun('python3', ['-c', read, file]);
  expect(JSON.parse(stdout.toString())).toEqual(Object.fromEntries(entries.map(({ name, text }) => [name, text])));
});
