import { createHash, createHmac } from 'node:crypto';
import { expect, test } from 'vitest';
import { makeLocalPassword, makeStamp, provesLocalPassword } from '../../proxy/gate/local-password.ts';

test('sixteen signs or eight, none of which is taken for another, and no two alike', () => {
  const made = Array.from({ length: 200 }, () => makeLocalPassword('usual'));
  for (const password of made) expect(password).toMatch(/^[acdefhjkmnprtwxy347]{16}$/);
  expect(new Set(made).size).toBe(200);
  expect(makeLocalPassword('short')).toMatch(/^[acdefhjkmnprtwxy347]{8}$/);
});

test('99: every proof fits with the right password, and with no other', () => {
  const stamp = makeStamp();
  expect(stamp).toMatch(/^<[0-9a-f]{24}@postern>$/);
  const proofs = (password: string) => [
    { kind: 'password', password } as const,
    {
      kind: 'apop',
      stamp,
      digest: createHash('md5')
        .update(stamp + password)
        .digest('hex')
        .toUpperCase(),
    } as const,
    { kind: 'cram-md5', challenge: stamp, digest: createHmac('md5', password).update(stamp).digest('hex') } as const,
  ];
  for (const proof of proofs('right')) expect(provesLocalPassword('right', proof)).toBe(true);
  for (const wrong of ['', 'Right', 'right ', 'righ', 'rightright'])
    for (const proof of proofs(wrong)) expect(provesLocalPassword('right', proof)).toBe(false);
});

test('99: without a local password nothing fits, not even nothing', () => {
  for (const password of ['', 'null', 'undefined'])
    expect(provesLocalPassword(null, { kind: 'password', password })).toBe(false);
});
