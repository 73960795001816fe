/**
 * How long a test waits for anything before it takes it for hung (seconds). It ends what hangs, and never measures speed: it has
 * to do for a machine that is many times slower than usual for a while. Vitest's own limits are above it.
 */
export const patienceSeconds = 240;
