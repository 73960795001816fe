import { expect, test } from 'vitest';
import { whereToChange } from '../../../main/cli/where-to-change.ts';

test('advice about a setting says which key of which relay it is', () => {
  expect(whereToChange({ code: 'port-wants-implicit-tls', facts: {} }, ['work-imap'])).toBe(
    ' To change it: "tls": "implicit" of “work-imap” in config.json, or the account’s page in the window.',
  );
  expect(whereToChange({ code: 'port-in-use', facts: {} }, ['a', 'b'])).toContain('"listen" of “a” and “b” in');
});

test('and nothing where there is nothing to change: another kind of failure, a port that has worked', () => {
  expect(whereToChange({ code: 'wrong-password', facts: {} }, ['r'])).toBe('');
  expect(whereToChange({ code: 'connection-refused', facts: { workedAt: '2026-01-01T00:00:00Z' } }, ['r'])).toBe('');
  expect(whereToChange({ code: 'connection-refused', facts: {} }, ['r'])).toContain('"port" of');
});
