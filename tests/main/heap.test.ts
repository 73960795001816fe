import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { heapOption, heapSwitch } from '../../main/heap.ts';
import { root } from '../support/sources.ts';

test.each(['scripts/start.mjs', 'deploy/systemd/service', 'deploy/container/Containerfile', 'assets/launcher/postern'])(
  '%s starts the core with the same option',
  (file) => {
    expect(readFileSync(join(root, file), 'utf8').match(/--max-semi-space-size=\d+/g)).toEqual([heapOption]);
  },
);

test('the option bounds the young generation: two halves of 4 MiB, where V8 would take 16', () => {
  const busy = `let kept = [];
    for (let round = 0; round < 40; round += 1) {
      kept = [];
      for (let each = 0; each < 100_000; each += 1) kept.push({ round, more: [each] });
    }
    const { space_size } = require('node:v8').getHeapSpaceStatistics().find(({ space_name }) => space_name === 'new_space');
    console.log(space_size / 1024 ** 2);`;
  const size = (...options: string[]) =>
    Number(execFileSync(process.execPath, [...options, '-e', busy], { encoding: 'utf8' }));
  expect(size(heapOption)).toBeLessThanOrEqual(8);
  expect(size()).toBeGreaterThan(8);
  expect(heapSwitch).toBe(`--js-flags=${heapOption}`);
});
