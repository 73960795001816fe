import { describe, expect, test } from 'vitest';
import { ImapExchange, type ImapKnowledge } from '../../../proxy/dialects/imap/exchange.ts';
import { imap } from '../../../proxy/dialects/imap/imap.ts';
import { refusal, type Stage, stage } from '../../support/dialect-stage.ts';

async function begin(tag: string | null, options = { shown: true, secret: false }, replyMilliseconds = 60_000) {
  const on: Stage = await stage(imap, { capabilities: null });
  const knowledge: ImapKnowledge = { capabilities: null };
  const step = {
    client: on.client,
    upstream: on.upstream,
    server: 'mail.example.org',
    signal: on.stop.signal,
    clientIdleMilliseconds: 60_000,
    replyMilliseconds,
    trace: () => undefined,
    note: () => undefined,
    idWanted: false,
    noteIdWanted: () => undefined,
    signedIn: () => undefined,
    wordsFor: () => null,
  };
  const exchange = new ImapExchange(step, knowledge, tag, options);
  exchange.startClock();
  return { ...on, exchange, knowledge };
}

test('untagged lines are passed on and learned from; the tagged line is given back', async () => {
  const on = await begin('a1');
  on.server.say('* CAPABILITY IMAP4rev1 STARTTLS\r\n* 5 EXISTS\r\na1 OK done\r\n');
  expect(await on.exchange.answer()).toMatchObject({ kind: 'tagged', status: 'OK', line: Buffer.from('a1 OK done') });
  expect(await on.program.until(/EXISTS/)).toEqual(['* CAPABILITY IMAP4rev1', '* 5 EXISTS']);
  expect(on.knowledge.capabilities).toEqual(['IMAP4rev1', 'STARTTLS']);
});

test('an unseen exchange shows nothing but a good-bye', async () => {
  const on = await begin('a1', { shown: false, secret: false });
  on.server.say('* CAPABILITY IMAP4rev1\r\n* BYE enough\r\na1 OK done\r\n');
  expect(await on.exchange.answer()).toEqual({ kind: 'closed' });
  expect(await on.program.line()).toBe('* BYE enough');
});

describe('good-bye', () => {
  test('and then the end, or silence: closed', async () => {
    for (const ends of [true, false]) {
      const on = await begin('a1', undefined, ends ? 60_000 : 200);
      on.server.say('* BYE enough\r\n');
      if (ends) on.server.end();
      // In the silent case, on a slow machine, the time may be up before the line has arrived.
      const answer = await refusal(on.exchange.answer());
      expect(ends ? [answer] : [answer, 'upstream-timeout']).toContain('resolved: {"kind":"closed"}');
    }
  });

  test('between commands: closed at once', async () => {
    const on = await begin(null);
    on.server.say('* BYE enough\r\n');
    expect(await on.exchange.next()).toEqual({ kind: 'closed' });
  });
});

test('the time is for the whole answer: lines that drip do not lengthen it (58)', async () => {
  const on = await begin('a1', undefined, 100);
  const drip = setInterval(() => on.server.say('* OK still here\r\n'), 10);
  try {
    expect(await refusal(on.exchange.answer())).toBe('upstream-timeout');
  } finally {
    clearInterval(drip);
  }
});

describe('a command with literals', () => {
  const pieces = [
    { line: Buffer.from('a1 LOGIN {4}'), literal: { bytes: Buffer.from('anna'), synchronising: true } },
    { line: Buffer.from(' {2+}'), literal: { bytes: Buffer.from('pw'), synchronising: false } },
    { line: Buffer.alloc(0), literal: null },
  ];

  test('waits for the go-ahead where one is due', async () => {
    const on = await begin('a1');
    const answer = on.exchange.sendCommand(pieces);
    expect(await on.server.line()).toBe('a1 LOGIN {4}');
    on.server.say('+ go\r\n');
    expect(await on.server.take(4)).toBe('anna');
    expect(await on.server.until(/^pw$/)).toEqual([' {2+}', 'pw']);
    on.server.say('a1 NO no\r\n');
    expect(await answer).toMatchObject({ kind: 'tagged', status: 'NO' });
  });

  test('ends where the server turns it down', async () => {
    const on = await begin('a1');
    const answer = on.exchange.sendCommand(pieces);
    await on.server.line();
    on.server.say('a1 BAD no\r\n');
    expect(await answer).toMatchObject({ kind: 'tagged', status: 'BAD' });
    expect(on.server.heard).toBe('a1 LOGIN {4}\r\n');
  });
});

test.each(['a2 OK x\r\n', '* PREAUTH x\r\n', 'junk\r\n'])('not an answer: %j', async (said) => {
  const on = await begin('a1');
  on.server.say(said);
  expect(await refusal(on.exchange.answer())).toBe('upstream-protocol');
});

test.each(['a1 OK x\r\n', '+ x\r\n'])('not while nothing is asked: %j', async (said) => {
  const on = await begin(null);
  on.server.say(said);
  expect(await refusal(on.exchange.next())).toBe('upstream-protocol');
});
