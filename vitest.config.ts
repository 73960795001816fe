import { defineConfig } from 'vitest/config';

export default defineConfig({
  test: {
    include: ['tests/**/*.test.{ts,tsx}'],
    // Long enough for a slow, loaded machine: a limit ends what hangs, it never measures speed.
    testTimeout: 120_000,
    hookTimeout: 120_000,
    teardownTimeout: 30_000,
    pool: 'forks',
    maxWorkers: 2,
    globalSetup: ['tests/support/built.ts', 'tests/support/leftovers.ts'],
    runner: 'tests/support/runner.ts',
    expect: { requireAssertions: true },
    allowOnly: false,
    passWithNoTests: false,
    dangerouslyIgnoreUnhandledErrors: false,
  },
});
