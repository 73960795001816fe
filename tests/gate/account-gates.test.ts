import { expect, test } from 'vitest';
import { createAccountGates } from '../../proxy/gate/account-gates.ts';
import { memorySecrets } from '../vault/support/memory-secrets.ts';
import { gateFor } from './support/gates.ts';
import { scriptedTokens } from './support/scripted-tokens.ts';

test('an account has a gate while Postern signs in for it, and the same as long as that stays the same', () => {
  const { signIns } = gateFor();
  const gates = createAccountGates({
    secrets: memorySecrets(),
    tokens: scriptedTokens(null),
    signIns,
    decisionMilliseconds: () => 0,
    now: () => 0,
  });
  const stored = { name: 'A', signIn: { kind: 'stored', user: 'a' } as const, relays: [] };
  gates.settle([stored, { name: 'B', relays: [] }]);
  const first = gates.of('A');
  expect([first !== null, gates.of('B'), gates.of('C')]).toEqual([true, null, null]);
  gates.settle([{ ...stored, relays: [] }]);
  expect(gates.of('A')).toBe(first);
  gates.settle([{ ...stored, signIn: { kind: 'stored', user: 'b' } }]);
  expect(gates.of('A')).not.toBe(first);
  gates.settle([{ name: 'A', relays: [] }]);
  expect(gates.of('A')).toBeNull();
  gates.settle([]);
  expect(gates.of('A')).toBeNull();
});
