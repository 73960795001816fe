/**
 * Thousands of sessions of random servers and random clients: most against the core, where every handle and byte is
 * counted, the others against the built command. A failure prints the one command that plays its session again.
 */
import { expect, test } from 'vitest';
import { fuzz } from './child.ts';

/** Far more than it takes on a loaded machine: it ends a run that hangs. */
const maxMilliseconds = 25 * 60_000;

/**
 * The same sessions in every run, enough for each kind of server, client and mutation to come many times, and for memory to be
 * measured. `npm run fuzz` plays twenty thousand, with another seed each time.
 */
const seed = '20778';

const parts = [
  ['the core', '5000', []],
  ['the built command', '600', ['--built']],
] as const;

test.concurrent.each(parts)('%s, %s sessions', { timeout: maxMilliseconds + 60_000 }, async (_what, sessions, more) => {
  const { code, said } = await fuzz(maxMilliseconds, '--seed', seed, '--sessions', sessions, ...more);
  if (code !== 0) throw new Error(said);
  expect(said).toContain(`Seed ${seed}, ${sessions} sessions`);
  expect(said).toMatch(/^0 failures, \d+ s$/m);
  // A run in which nothing succeeds would prove nothing.
  const whole = Number(/^\s*(\d+) honest and whole$/m.exec(said)?.[1]);
  const honest = Number(/^\s*(\d+) honest$/m.exec(said)?.[1]);
  expect(honest).toBeGreaterThan(Number(sessions) / 10);
  expect(whole).toBeGreaterThan(honest / 2);
});
