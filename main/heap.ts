/**
 * For V8 in a core that runs for days: how large half of the young generation may become, in MiB. V8 lets it grow to 16
 * while many sessions are set up at once, and gives that back only after a long rest: with 4, an idle session counts about
 * 110 KiB instead of 160, and neither throughput nor the CPU per byte or session could be told apart
 * (docs/benchmarks.md). Node documents the option and its unit; V8 rounds up to a power of two, from 1.
 *
 * Other ways to start a core use the same number: `npm start`, the systemd unit's program, the container, the packaged
 * command. `tests/main/heap.test.ts` compares them. V8 reads it once, when it starts, so `run` from a checkout (`node
 * dist/main/cli.js run`) has it only where it is given to Node.
 */
export const heapOption = '--max-semi-space-size=4';

/** The same for Electron's utility process, which is Chromium: it hands V8 what stands in this switch, and nothing else. */
export const heapSwitch = `--js-flags=${heapOption}`;
