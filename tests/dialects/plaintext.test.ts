import { describe, expect, test } from 'vitest';
import type { Entry } from '../support/script.ts';
import { play } from '../support/script.ts';
import { plaintextVocabularies } from './plaintext-vocabulary.ts';

// The contract of a dialect's first steps: the request for TLS in plaintext, and the greeting after it, told as
// conversations. A dialect's own rules are in the tests next to it.

const megabytes = 'x'.repeat(10_000_000);

describe.each(Object.entries(plaintextVocabularies))('%s', (_name, words) => {
  const { offered, notOffered, goAhead, no, greeting } = words;
  const conversation = (step: 'request-tls' | 'greet' | 'greet-ourselves', script: readonly Entry[]) =>
    play(words.dialect, { knowledge: words.unknown, step }, script);

  describe('the request for TLS', () => {
    test('is made at once, and nothing else crosses', async () => {
      await conversation('request-tls', [...offered, ['server', goAhead], ['ends', 'TLS'], ['left', '']]);
    });

    test('is made though it is not on offer (9)', async () => {
      await conversation('request-tls', [...notOffered, ['server', goAhead], ['ends', 'TLS']]);
    });

    test.each(words.injected)('leaves %j behind the go-ahead unread, for the caller to judge (21)', async (said) => {
      for (const end of ['', '\r\n']) {
        await conversation('request-tls', [
          ...offered,
          ['server raw', `${goAhead}\r\n${said}${end}`],
          ['ends', 'TLS'],
          ['left', `${said}${end}`],
        ]);
      }
    });

    test('follows a greeting in many packets, too', async () => {
      await conversation('request-tls', [
        ['server, byte by byte', greeting],
        ...offered.slice(1),
        ['server', goAhead],
        ['ends', 'TLS'],
      ]);
    });

    test('that is turned down is refused (8)', async () => {
      await conversation('request-tls', [
        ...offered,
        ['server', no],
        ...words.behindNo.offered,
        ['ends', 'starttls-refused'],
      ]);
    });

    test('that is turned down where it was not on offer, or a word like it was, is told apart (7, 9)', async () => {
      await conversation('request-tls', [
        ...notOffered,
        ['server', no],
        ...words.behindNo.notOffered,
        ['ends', 'starttls-not-offered'],
      ]);
    });

    test.each([...words.noAnswer, megabytes])('is not granted by %.40j (8, 57)', async (said) => {
      await conversation('request-tls', [...offered, ['server', said], ['ends', 'upstream-protocol']]);
    });

    test.each(['\n', '\r\r\n'])('is not granted by a line that ends in %j', async (end) => {
      await conversation('request-tls', [
        ...offered,
        ['server raw', `${goAhead}${end}`],
        ['ends', 'upstream-protocol'],
      ]);
    });

    test('is not granted before it was made (23)', async () => {
      for (const early of [goAhead, 'x']) {
        await conversation('request-tls', [
          ['server raw', `${greeting}\r\n${early}\r\n`],
          ['ends', 'upstream-protocol'],
          ['server heard'],
        ]);
      }
    });
  });

  describe('is not made behind', () => {
    test.each([
      ['<!DOCTYPE html><html>Please log in', 'captive-portal'],
      ['421 4.3.2 too many connections from your host', 'server-too-many-connections'],
      ['550 5.7.1 your address is on a block list', 'address-blocked'],
      ['', 'server-closed'],
      [greeting.slice(0, 7), 'server-closed'],
    ])('%j without an end: what it is', async (said, code) => {
      for (const step of ['request-tls', 'greet'] as const) {
        await conversation(step, [
          ...(said === '' ? [] : ([['server raw', said]] as const)),
          ['server leaves'],
          ['ends', 'upstream-closed'],
          ['found', code],
        ]);
      }
    });

    test.each([...words.noGreeting, megabytes])('%.40j (11, 31, 57)', async (said) => {
      await conversation('request-tls', [['server', said], ['ends', 'upstream-protocol'], ['server heard']]);
    });

    test.each(['\n', '\r\r\n'])('a greeting that ends in %j', async (end) => {
      await conversation('request-tls', [
        ['server raw', `${greeting}${end}`],
        ['ends', 'upstream-protocol'],
        ['server heard'],
      ]);
    });

    test.each([
      ['a TLS record', Buffer.from([0x16, 3, 3, 0, 1])],
      ['a TLS alert', Buffer.from([0x15, 3, 1, 0, 2, 2, 70])],
    ])('%s: another TLS mode is named (18)', async (_what, said) => {
      await conversation('request-tls', [
        ['server raw', said],
        ['ends', 'upstream-protocol'],
        ['told', /At once/],
        ['server heard'],
      ]);
    });
  });

  describe('an end', () => {
    const places: [string, Entry[]][] = [
      ['before the greeting', []],
      ['within the greeting', [['server raw', greeting.slice(0, -2)]]],
      ['instead of the answer', offered],
    ];

    test.each(places)('%s', async (_where, script) => {
      await conversation('request-tls', [...script, ['server leaves'], ['ends', 'upstream-closed']]);
    });

    test.each(places)('%s, from outside, keeps its own reason (16)', async (_where, script) => {
      await conversation('request-tls', [...script, ['stopped'], ['ends', 'EndedFromOutside']]);
    });
  });

  describe('the greeting inside TLS', () => {
    test("is the server's own where it comes now, in one packet or in many", async () => {
      await conversation('greet', [['server', greeting], ['ends', `sign-in ${greeting}`], ['server heard']]);
      await conversation('greet', [
        ['server, byte by byte', greeting],
        ['ends', `sign-in ${greeting}`],
      ]);
    });

    test('is ours where it came in plaintext: nothing of that one is in it (15, 25)', async () => {
      const { script, text } = words.ownGreeting;
      await conversation('greet-ourselves', [...script, ['ends', `sign-in ${text}`]]);
    });

    test.each(['\n', '\r\r\n'])('may end in %j', async (end) => {
      await conversation('greet', [
        ['server raw', `${greeting}${end}`],
        ['ends', `sign-in ${greeting}`],
      ]);
    });

    test.each([...words.noGreeting, `${greeting}\rx`, `${greeting}\0`, megabytes])(
      'is not %.40j (31)',
      async (said) => {
        await conversation('greet', [
          ['server', said],
          ['ends', 'upstream-protocol'],
        ]);
      },
    );

    test('an end instead', async () => {
      await conversation('greet', [['server leaves'], ['ends', 'upstream-closed']]);
    });
  });

  test('a refusal in place of a greeting is one bounded line of printable ASCII', () => {
    expect(words.dialect.refuseGreeting('no way')).toBe(words.refusal);
    const told = words.dialect.refuseGreeting('Zertifikat für m\u202eü\u2192\r\n* OK x');
    expect(told).toMatch(/^[\x20-\x7e]+\r\n$/);
    expect(words.dialect.refuseGreeting('x'.repeat(5000)).length).toBeLessThan(512);
  });
});
