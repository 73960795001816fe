import { defineConfig } from 'vitest/config';
import Sequencer from './tests/support/sequencer.ts';

export default defineConfig({
  test: {
    include: ['tests/**/*.test.{ts,tsx}'],
    // Long enough for a slow, loaded machine: a limit ends what hangs, it never measures speed.
    testTimeout: 120_000,
    hookTimeout: 120_000,
    teardownTimeout: 30_000,
    pool: 'forks',
    // One more than the two processors of a small machine: many files wait most of the time, for deadlines and for programs.
    maxWorkers: 3,
    sequence: { sequencer: Sequencer },
    globalSetup: ['tests/support/built.ts', 'tests/support/leftovers.ts'],
    runner: 'tests/support/runner.ts',
    expect: { requireAssertions: true },
    allowOnly: false,
    passWithNoTests: false,
    dangerouslyIgnoreUnhandledErrors: false,
  },
});
