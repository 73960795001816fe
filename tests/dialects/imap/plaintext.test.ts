import { describe, expect, test } from 'vitest';
import { imap } from '../../../proxy/dialects/imap/imap.ts';
import { refusal, type Stage, stage } from '../../support/dialect-stage.ts';

const begin = () => stage(imap, { capabilities: null });
const greeting = '* OK [CAPABILITY IMAP4rev1 STARTTLS] ready\r\n';

/** Plays a server: says the greeting, and for each command it hears the next answer, `TAG` standing for the command's tag. */
async function serve(on: Stage, hello: string, ...answers: string[]): Promise<void> {
  on.server.say(hello);
  for (const answer of answers) {
    const tag = (await on.server.line()).split(' ')[0] ?? '';
    on.server.say(answer.replaceAll('TAG', tag));
  }
}

/** The names of the commands that the server heard before TLS. */
const commands = (on: Stage) => [...on.server.heard.matchAll(/^\S+ (.*)\r\n/gm)].map(([, name]) => name);

describe('the go-ahead', () => {
  test('is asked for at once, under a tag that cannot be guessed, and nothing else crosses', async () => {
    const tags = new Set<string>();
    for (let time = 0; time < 3; time += 1) {
      const on = await begin();
      const [outcome] = await Promise.all([on.requestTls(), serve(on, greeting, 'TAG OK begin TLS\r\n')]);
      expect(outcome).toBeUndefined();
      expect(on.server.heard).toMatch(/^P[0-9a-f]{16} STARTTLS\r\n$/);
      tags.add(on.server.heard);
    }
    expect(tags.size).toBe(3);
  });

  test('is asked for though it was not on offer (9)', async () => {
    const on = await begin();
    await Promise.all([on.requestTls(), serve(on, '* OK [CAPABILITY IMAP4rev1] ready\r\n', 'TAG OK begin TLS\r\n')]);
    expect(commands(on)).toEqual(['STARTTLS']);
  });

  test('leaves what stands behind it unread, for the caller to judge (21)', async () => {
    for (const injected of ['x', 'a1 OK in\r\n', '* OK half']) {
      const on = await begin();
      await Promise.all([on.requestTls(), serve(on, greeting, `TAG OK go\r\n${injected}`)]);
      expect(on.upstream.peek().toString()).toBe(injected);
    }
  });

  test('data that the server volunteers is dropped, wherever it stands (24)', async () => {
    const data = [
      '* CAPABILITY IMAP4rev1',
      '* LIST () "/" INBOX',
      '* STATUS INBOX (MESSAGES 1)',
      '* FLAGS (\\Seen)',
      '* SEARCH 1 2',
      '* 1 EXISTS',
      '* 1 EXPUNGE',
      '* 1 FETCH (BODY[] {26}\r\nthese\r\nTAG OK are no lines )',
      '* OK [ALERT] call this number',
    ].join('\r\n');
    for (const [before, behind] of [
      [data, ''],
      ['', data],
      [data, data],
    ] as const) {
      const on = await begin();
      const lines = (text: string) => (text === '' ? '' : `${text}\r\n`);
      await Promise.all([on.requestTls(), serve(on, greeting + lines(before), `${lines(behind)}TAG OK go\r\n`)]);
      expect(commands(on)).toEqual(['STARTTLS']);
    }
  });

  test('a greeting in many packets, and a late one', async () => {
    const on = await begin();
    const outcome = on.requestTls();
    for (const byte of greeting) {
      on.server.say(byte);
      await new Promise((resolve) => setImmediate(resolve));
    }
    await serve(on, '', 'TAG OK go\r\n');
    expect(await refusal(outcome)).toBe('resolved: undefined');
  });
});

describe('a greeting that is none', () => {
  test.each([
    ['PREAUTH (10)', '* PREAUTH welcome anna\r\n', 'preauth-before-tls'],
    ['PREAUTH with STARTTLS on offer (10)', '* PREAUTH [CAPABILITY IMAP4rev1 STARTTLS] hi\r\n', 'preauth-before-tls'],
    ['PREAUTH in lower case', '* preauth hi\r\n', 'preauth-before-tls'],
    ['BYE (11)', '* BYE go away\r\n', 'upstream-protocol'],
    ['NO (11)', '* NO\r\n', 'upstream-protocol'],
    ['BAD', '* BAD\r\n', 'upstream-protocol'],
    ['tagged (11)', 'XYZ OK hello\r\n', 'upstream-protocol'],
    ['junk and then a greeting (11)', 'junk\r\n* OK hello\r\n', 'upstream-protocol'],
    ['data and then a greeting', '* CAPABILITY IMAP4rev1\r\n* OK hello\r\n', 'upstream-protocol'],
    ['an empty line', '\r\n* OK hello\r\n', 'upstream-protocol'],
    ['a bare line feed', '* OK hello\n', 'upstream-protocol'],
    ['SMTP', '220 mail ESMTP\r\n', 'upstream-protocol'],
    ['HTTP (31)', 'HTTP/1.1 400 Bad Request\r\n\r\n', 'upstream-protocol'],
    ['+', '+ OK\r\n', 'upstream-protocol'],
    ['a TLS record (18)', Buffer.from([0x16, 3, 3, 0, 1]), 'upstream-protocol'],
    ['a TLS alert (18)', Buffer.from([0x15, 3, 1, 0, 2, 2, 70]), 'upstream-protocol'],
    ['a line of 8192 bytes and more', `* OK ${'x'.repeat(8192)}\r\n`, 'upstream-protocol'],
    ['10 MB without an end (57)', 'x'.repeat(10_000_000), 'upstream-protocol'],
  ])('%s', async (_name, said, reason) => {
    const on = await begin();
    on.server.say(said);
    expect(await refusal(on.requestTls())).toBe(reason);
    expect(on.server.heard).toBe('');
  });

  test('TLS spoken on this port is named (18)', async () => {
    const on = await begin();
    on.server.say(Buffer.from([0x15, 3, 1, 0, 2, 2, 70]));
    await expect(on.requestTls()).rejects.toThrow(/"implicit"/);
  });
});

describe('an answer that is no go-ahead', () => {
  test.each([
    ['NO, offered (8)', greeting, ['TAG NO not now\r\n'], 'starttls-refused'],
    ['BAD, offered (8)', greeting, ['TAG BAD what\r\n'], 'starttls-refused'],
    ['NO, known not to be offered (9)', '* OK [CAPABILITY IMAP4rev1] x\r\n', ['TAG NO x\r\n'], 'starttls-not-offered'],
    [
      'BAD, a word like it is offered (7)',
      '* OK [CAPABILITY STARTTLSX XSTARTTLS] x\r\n',
      ['TAG BAD x\r\n'],
      'starttls-not-offered',
    ],
    [
      'BAD, then it is listed',
      '* OK x\r\n',
      ['TAG BAD x\r\n', '* CAPABILITY STARTTLS\r\nTAG OK x\r\n'],
      'starttls-refused',
    ],
    [
      'BAD, then it is not listed',
      '* OK x\r\n',
      ['TAG BAD x\r\n', '* CAPABILITY IMAP4rev1\r\nTAG OK x\r\n'],
      'starttls-not-offered',
    ],
    ['BAD, and CAPABILITY BAD (9)', '* OK x\r\n', ['TAG BAD x\r\n', 'TAG BAD x\r\n'], 'starttls-not-offered'],
    ['BAD, and junk to CAPABILITY', '* OK x\r\n', ['TAG BAD x\r\n', 'junk\r\n'], 'starttls-not-offered'],
    ['a continuation (8)', greeting, ['+ go\r\n'], 'upstream-protocol'],
    ['another tag (8)', greeting, ['a1 OK go\r\n'], 'upstream-protocol'],
    ['a longer tag', greeting, ['TAGx OK go\r\n'], 'upstream-protocol'],
    ['untagged OK (8)', greeting, ['* OK go\r\nTAG OK go\r\n'], 'upstream-protocol'],
    ['untagged NO', greeting, ['* NO x\r\nTAG OK go\r\n'], 'upstream-protocol'],
    ['untagged BAD', greeting, ['* BAD [ALERT] x\r\nTAG OK go\r\n'], 'upstream-protocol'],
    ['PREAUTH', greeting, ['* PREAUTH x\r\nTAG OK go\r\n'], 'upstream-protocol'],
    ['BYE', greeting, ['* BYE x\r\n'], 'upstream-protocol'],
    ['junk', greeting, ['go ahead\r\nTAG OK go\r\n'], 'upstream-protocol'],
    ['a bare line feed', greeting, ['TAG OK go\n'], 'upstream-protocol'],
    ['data without end (57)', greeting, ['* LIST () "/" x\r\n'.repeat(200)], 'upstream-protocol'],
    ['a literal without end (57)', greeting, ['* 1 FETCH {4294967295}\r\n'], 'upstream-protocol'],
    ['a tagged answer before it was asked for (23)', `${greeting}a1 OK go\r\n`, [], 'upstream-protocol'],
    ['an untagged status before it was asked for (23)', `${greeting}* OK go\r\n`, [], 'upstream-protocol'],
  ])('%s', async (_name, hello, answers, reason) => {
    const on = await begin();
    const [word] = await Promise.all([refusal(on.requestTls()), serve(on, hello, ...answers)]);
    expect(word).toBe(reason);
    expect(commands(on).filter((name) => name !== 'STARTTLS' && name !== 'CAPABILITY')).toEqual([]);
  });

  test('CAPABILITY is asked only where the right word is unknown', async () => {
    const on = await begin();
    await Promise.all([refusal(on.requestTls()), serve(on, greeting, 'TAG NO not now\r\n')]);
    expect(commands(on)).toEqual(['STARTTLS']);
  });
});

describe('an end', () => {
  test.each([
    ['before the greeting', '', 0],
    ['in the greeting', '* OK hel', 0],
    ['instead of the answer', greeting, 1],
  ])('%s', async (_name, hello, commandsHeard) => {
    const on = await begin();
    const outcome = refusal(on.requestTls());
    on.server.say(hello);
    if (commandsHeard > 0) await on.server.line();
    on.server.end();
    expect(await outcome).toBe('upstream-closed');
  });

  test('from outside keeps its own reason (16)', async () => {
    for (const hello of ['', '* OK', greeting]) {
      const on = await begin();
      const outcome = refusal(on.requestTls());
      on.server.say(hello);
      if (hello === greeting) await on.server.line();
      on.stop.abort(new Error('the time is up'));
      expect(await outcome).toBe('threw: the time is up');
    }
  });
});

test('says what it waits for', async () => {
  const on = await begin();
  await Promise.all([on.requestTls(), serve(on, greeting, 'TAG OK go\r\n')]);
  expect(on.awaited).toEqual(['plaintext-greeting', 'rest-of-greeting', 'starttls']);
  expect(on.traced).toHaveLength(3);
});
