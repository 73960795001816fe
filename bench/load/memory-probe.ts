// Loaded into a relay on Node with `--import` and `--expose-gc`: on SIGUSR2 it collects garbage, and writes what is left
// in memory to the file that BENCH_MEMORY_FILE names.
import { renameSync, writeFileSync } from 'node:fs';

process.on('SIGUSR2', () => {
  // What the first one finalises, the second one frees.
  for (let time = 0; time < 2; time += 1) globalThis.gc?.();
  const file = process.env.BENCH_MEMORY_FILE ?? '';
  writeFileSync(`${file}.new`, JSON.stringify(process.memoryUsage()));
  renameSync(`${file}.new`, file);
});
