import { expect, test } from 'vitest';
import { login, oauthBearer, plain, xoauth2 } from '../../proxy/sasl/mechanism.ts';

const text = (bytes: Buffer | null) => bytes?.toString('utf8') ?? null;

test('PLAIN says all at once (RFC 4616 §4)', async () => {
  const client = plain('tim', 'tanstaaftanstaaf');
  expect(text(client.initial)).toBe('\0tim\0tanstaaftanstaaf');
  expect(await client.answer(Buffer.alloc(0))).toBeNull();
});

test('LOGIN says what it is asked for, and no more', async () => {
  const client = login('tim', 'pass');
  expect(client.initial).toBeNull();
  const said = [];
  for (let turn = 0; turn < 3; turn += 1) said.push(text(await client.answer(Buffer.from('?'))));
  expect(said).toEqual(['tim', 'pass', null]);
});

test('a token in both forms, and the answer to a refusal that each wants (RFC 7628 §4)', async () => {
  const old = xoauth2('user@example.com', 'vF9dft4qmT');
  expect(text(old.initial)).toBe('user=user@example.com\x01auth=Bearer vF9dft4qmT\x01\x01');
  expect(text(await old.answer(Buffer.from('{"status":"401"}')))).toBe('');
  expect(old.error).toBe('401');
  const bearer = oauthBearer('user@example.com', 'vF9dft4qmT', { server: 'server.example.com', port: 143 });
  expect(text(bearer.initial)).toBe(
    'n,a=user@example.com,\x01host=server.example.com\x01port=143\x01auth=Bearer vF9dft4qmT\x01\x01',
  );
  expect(text(await bearer.answer(Buffer.from('{"status":"invalid_token"}')))).toBe('\x01');
  expect(bearer.error).toBe('invalid_token');
  for (const other of ['', 'no JSON', 'null', '{"status":7}']) {
    await bearer.answer(Buffer.from(other));
    expect(bearer.error).toBeNull();
  }
  expect(text(oauthBearer('a=b,c', 't', { server: 's', port: 1 }).initial)).toContain('a=a=3Db=2Cc,');
});
