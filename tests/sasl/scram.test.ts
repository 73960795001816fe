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
  ['work without end', first.replace('4096', '1000001')],
  ['something else', 'hello'],
])('%s is answered with nothing', async (_, said) => {
  expect(await say(begin(), said)).toBeNull();
});

test('signs that mean something are written out, and no two sign-ins are alike', () => {
  expect(scramSha256('a=b,c', 'x').initial?.toString()).toMatch(/^n,,n=a=3Db=2Cc,r=[\x21-\x2b\x2d-\x7e]{24}$/);
  expect(scramSha256('a', 'x').initial).not.toEqual(scramSha256('a', 'x').initial);
});
