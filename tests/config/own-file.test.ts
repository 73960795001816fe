import { rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { openOwnFile } from '../../proxy/config/own-file.ts';
import { scratchDirectory } from '../support/clean-up.ts';

test('what somebody else writes, removes or makes is a change until it is taken', async () => {
  const path = join(scratchDirectory('own-file'), 'config.json');
  const file = await openOwnFile(path);
  expect(await file.isChanged()).toBe(false);
  writeFileSync(path, '{}');
  expect(await file.isChanged()).toBe(true);
  await file.take();
  expect(await file.isChanged()).toBe(false);
  writeFileSync(path, '{ }');
  expect(await file.isChanged()).toBe(true);
  writeFileSync(path, '{}');
  expect(await file.isChanged()).toBe(false);
  rmSync(path);
  expect(await file.isChanged()).toBe(true);
});
