import { defineConfig } from 'vitest/config';
import { patienceSeconds } from './tests/support/patience.ts';
import Sequencer from './tests/support/sequencer.ts';

export default defineConfig({
  test: {
    include: ['tests/**/*.test.{ts,tsx}'],
    // Long enough for a slow, loaded machine: a limit ends what hangs, it never measures speed. Above the tests' own patience,
    // so that what hung is named.
    testTimeout: 600_000,
    hookTimeout: 600_000,
    teardownTimeout: 60_000,
    pool: 'forks',
    // One more than the two processors of a small machine: many files wait most of the time, for deadlines and for programs.
    maxWorkers: 3,
    sequence: { sequencer: Sequencer },
    globalSetup: ['tests/support/built.ts', 'tests/support/leftovers.ts'],
    runner: 'tests/support/runner.ts',
    expect: { requireAssertions: true, poll: { timeout: patienceSeconds * 1000 } },
    allowOnly: false,
    passWithNoTests: false,
    dangerouslyIgnoreUnhandledErrors: false,
  },
});
