import { describe, expect, test } from 'vitest';
import { pop3 } from '../../../proxy/dialects/pop3/pop3.ts';
import { type Entry, play } from '../../support/script.ts';

// POP3's own rules before TLS; those of every dialect are in the contract, dialects/plaintext.test.ts.

const conversation = (script: readonly Entry[]) => play(pop3, { knowledge: null, step: 'request-tls' }, script);
const asked: Entry[] = [
  ['server', '+OK ready <1896.697170952@mail.example.org>'],
  ['server hears', 'STLS'],
];

test('the trace has no stamp, and says what is waited for', async () => {
  const on = await conversation([...asked, ['server', '+OK begin'], ['ends', 'TLS'], ['server heard', 'STLS']]);
  expect(on.awaited).toEqual(['plaintext-greeting', 'rest-of-greeting', 'stls']);
  expect(on.traced).toEqual(['server: +OK ready ‹secret›', 'to-server: STLS', 'server: +OK begin']);
});

test('half a line behind the greeting is said before it was asked for', async () => {
  await conversation([['server raw', '+OK ready\r\nx'], ['ends', 'upstream-protocol'], ['server heard']]);
});

describe('what STLS that is turned down means, CAPA tells (14)', () => {
  test.each<[string, string[], string]>([
    ['it is listed', ['+OK', 'USER', 'STLS', '.'], 'starttls-refused'],
    ['it is not listed', ['+OK', 'USER', '.'], 'starttls-not-offered'],
    ['words like it are listed (7)', ['+OK', 'XSTLS', 'STLSX', '.'], 'starttls-not-offered'],
    ['-ERR', ['-ERR what'], 'starttls-not-offered'],
    ['junk', ['junk'], 'starttls-not-offered'],
    ['without end (57)', ['+OK', ...Array<string>(5000).fill('USER')], 'starttls-not-offered'],
  ])('%s', async (_name, listed, reason) => {
    await conversation([
      ...asked,
      ['server', '-ERR no'],
      ['server hears', 'CAPA'],
      ['server', ...listed],
      ['ends', reason],
      ['server heard', 'STLS', 'CAPA'],
    ]);
  });

  test.each(['+ go', '+ok go', '+OKAY', 'go', `+OK ${'x'.repeat(9000)}`])(
    'what is no answer is not asked about: %.20j (57)',
    async (said) => {
      await conversation([...asked, ['server', said], ['ends', 'upstream-protocol'], ['server heard', 'STLS']]);
    },
  );
});
