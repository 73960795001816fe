import { expect, test } from 'vitest';
import { scramSha256 } from '../../proxy/sasl/scram.ts';

// The exchange of RFC 7677 §3.
const nonce = 'rOprNGfwEbeRWgbNEkqO';
const first = `r=${nonce}%hvYDpWUa2RaTCAfuxFIlj)hNlF$k0,s=W22ZaJ0SNY7soEsUEjb6gQ==,i=4096`;
const final = 'v=6rriTRBi23WpRR/wtup+mMhUZUn/dB5nLTJRsjl95G4=';
const begin = () => scramSha256('user', 'pencil', nonce);
const say = async (client: ReturnType<typeof begin>, text: string) =>
  (await client.answer(Buffer.from(text)))?.toString() ?? null;

test('the example of RFC 7677 §3', async () => {
  const client = begin();
  expect(client.initial?.toString()).toBe(`n,,n=user,r=${nonce}`);
  expect(await say(client, first)).toBe(
    `c=biws,r=${nonce}%hvYDpWUa2RaTCAfuxFIlj)hNlF$k0,p=dHzbZapWIk4jUhN+Ute9ytag9zjfMHgsqmmiz7AndVQ=`,
  );
  expect(client.proved).toBe(false);
  expect(await say(client, final)).toBe('');
  expect(client.proved).toBe(true);
});

test.each([
  ['another proof', final.replace('6', '7')],
  ['half a proof', final.slice(0, 20)],
  ['none', ''],
  ['an error', 'e=invalid-proof'],
  ['a proof behind an error', `e=other-error,${final}`],
])('a server that shows %s has proved nothing', async (_, said) => {
  const client = begin();
  await say(client, first);
  expect(await say(client, said)).toBeNull();
  expect(client.proved).toBe(false);
});

test.each([
  ['a nonce that is not ours', first.replace(nonce, 'x'.repeat(20))],
  ['our nonce and nothing of its own', first.replace(/%[^,]*/, '')],
  ['too little work', first.replace('4096', '4095')],
  ['next to no work', first.replace('4096', '1')],
  ['a number that is none', first.replace('4096', '4096e3')],
  ['work beyond every number', first.replace('4096', '9'.repeat(400))],
  ['an extension that everybody must know (RFC 5802 §5.1)', `m=more,${first}`],
  ['work without end', first.replace('4096', '1000001')],
  ['something else', 'hello'],
])('%s is answered with nothing', async (_, said) => {
  expect(await say(begin(), said)).toBeNull();
});

test('an error of the server is one, and no proof', async () => {
  const client = begin();
  await say(client, first);
  expect(client.error).toBeNull();
  await say(client, 'e=invalid-proof');
  expect([client.error, client.proved]).toEqual(['invalid-proof', false]);
});

test('a password is the same however it was typed (RFC 4013 §2.1)', async () => {
  const proofs = await Promise.all(
    ['caf\u00e9 pencil', 'cafe\u0301\u00a0pen\u00adcil'].map((typed) => say(scramSha256('user', typed, nonce), first)),
  );
  expect(proofs[0]).toBe(proofs[1]);
});

test('signs that mean something are written out, and no two sign-ins are alike', () => {
  expect(scramSha256('a=b,c', 'x').initial?.toString()).toMatch(/^n,,n=a=3Db=2Cc,r=[\x21-\x2b\x2d-\x7e]{24}$/);
  expect(scramSha256('a', 'x').initial).not.toEqual(scramSha256('a', 'x').initial);
});
