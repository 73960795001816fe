import { describe, expect, test } from 'vitest';
import { nntp } from '../../../proxy/dialects/nntp/nntp.ts';
import { type Entry, play } from '../../support/script.ts';

// NNTP's own rules before TLS and in the greeting; those of every dialect are in the contract,
// dialects/plaintext.test.ts.

const converse = (step: 'request-tls' | 'greet' | 'greet-ourselves', script: readonly Entry[]) =>
  play(nntp, { knowledge: null, step }, script);
const greeted: Entry[] = [
  ['server', '201 ready'],
  ['server hears', 'CAPABILITIES'],
];

describe('the request for TLS', () => {
  test('is traced, and says what is waited for', async () => {
    const on = await converse('request-tls', [
      ...greeted,
      ['server', '101 list', 'VERSION 2', 'READER', '.'],
      ['server hears', 'STARTTLS'],
      ['server', '382 go'],
      ['ends', 'TLS'],
      ['server heard', 'CAPABILITIES', 'STARTTLS'],
    ]);
    expect(on.awaited).toEqual(['plaintext-greeting', 'rest-of-greeting', 'capabilities', 'starttls']);
    expect(on.traced).toEqual([
      'server: 201 ready',
      'to-server: CAPABILITIES',
      'server: 101 list',
      'server: VERSION 2',
      'server: READER',
      'to-server: STARTTLS',
      'server: 382 go',
    ]);
  });

  test.each<[string, string[]]>([
    ['that hands readers to another program', ['101 list', 'VERSION 2', 'IHAVE', 'MODE-READER', '.']],
    ['that does not know CAPABILITIES', ['500 what?']],
    ['that says nothing before a sign-in', ['480 sign in']],
  ])('a server %s is asked for reading first', async (_what, listed) => {
    for (const answer of ['200 post', '201 read', '500 what?']) {
      await converse('request-tls', [
        ...greeted,
        ['server', ...listed],
        ['server hears', 'MODE READER'],
        ['server', answer],
        ['server hears', 'STARTTLS'],
        ['server', '382 go'],
        ['ends', 'TLS'],
        ['left', ''],
      ]);
    }
  });

  test.each([
    ['400 busy', 'server-unavailable'],
    ['502 no permission', 'connection-unwanted'],
  ])('%j to MODE READER turns the connection away', async (said, code) => {
    await converse('request-tls', [
      ...greeted,
      ['server', '500 what?'],
      ['server hears', 'MODE READER'],
      ['server', said],
      ['ends', 'upstream-protocol'],
      ['found', code],
      ['server heard', 'CAPABILITIES', 'MODE READER'],
    ]);
  });

  test('23: a line behind the list, or before the answer to MODE READER, was said before it was asked for', async () => {
    await converse('request-tls', [
      ...greeted,
      ['server raw', '101 list\r\nREADER\r\n.\r\n382 go\r\n'],
      ['ends', 'upstream-protocol'],
      ['server heard', 'CAPABILITIES'],
    ]);
    await converse('request-tls', [
      ...greeted,
      ['server raw', '500 what?\r\n200 post\r\n'],
      ['ends', 'upstream-protocol'],
      ['server heard', 'CAPABILITIES'],
    ]);
  });

  test.each([
    ['580 not now', 'starttls-refused'],
    ['483 what?', 'starttls-refused'],
    ['502 no', 'starttls-refused'],
  ])('%j is a refusal where it is on offer', async (said, reason) => {
    await converse('request-tls', [
      ...greeted,
      ['server', '101 list', 'STARTTLS', '.'],
      ['server hears', 'STARTTLS'],
      ['server', said],
      ['ends', reason],
    ]);
  });

  test('57: a list without end is refused', async () => {
    await converse('request-tls', [
      ...greeted,
      ['server', '101 list', ...Array<string>(3000).fill('X')],
      ['ends', 'upstream-protocol'],
    ]);
  });
});

describe('the greeting', () => {
  test.each(['200 post', '201 read'])('inside TLS from the first byte is the server’s own: %s', async (line) => {
    await converse('greet', [['server', line], ['ends', `sign-in ${line}`], ['server heard']]);
  });

  test.each<[string, string[], string[], string]>([
    ['may be posted', ['101 list', 'POST', '.'], [], '200'],
    ['may be posted, says MODE READER', ['101 list', 'READER', '.'], ['200 yes'], '200'],
    ['may only be read', ['101 list', 'READER', '.'], ['201 no'], '201'],
    ['and nobody knows', ['500 what?'], ['500 what?'], '200'],
  ])('behind STARTTLS is ours, as the server says it inside: %s', async (_what, listed, mode, code) => {
    await converse('greet-ourselves', [
      ['server hears', 'CAPABILITIES'],
      ['server', ...listed],
      ...(mode.length > 0
        ? ([
            ['server hears', 'MODE READER'],
            ['server', ...mode],
          ] as Entry[])
        : []),
      ['ends', `sign-in ${code} Postern ready`],
    ]);
  });

  test('25: what is said before it is asked for inside is refused', async () => {
    await converse('greet-ourselves', [
      ['server hears', 'CAPABILITIES'],
      ['server raw', '101 list\r\nREADER\r\n.\r\n200 x\r\n'],
      ['ends', 'upstream-protocol'],
    ]);
  });
});
