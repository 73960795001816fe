import { duplexPair } from 'node:stream';
import { describe, expect, test } from 'vitest';
import { signInSmtp } from '../../proxy/dialects/smtp-sign-in.ts';
import { ChannelClosed, LineChannel } from '../../proxy/net/line-channel.ts';
import { Refused } from '../../proxy/net/refused.ts';

const secret = 'AGFsaWNlAGh1bnRlcjI=';

/** Both ends of a sign-in: a mail program and a server that tests play by hand. */
function stage(limits: { clientIdleMilliseconds?: number; replyMilliseconds?: number } = {}) {
  const [clientNear, program] = duplexPair();
  const [serverNear, server] = duplexPair();
  const said = { toProgram: '', toServer: '', trace: [] as string[], notes: [] as string[] };
  const waiting: { side: 'toProgram' | 'toServer'; text: string; resolve(): void }[] = [];
  const check = () => {
    for (const entry of waiting) if (said[entry.side].includes(entry.text)) entry.resolve();
  };
  program.on('error', () => {});
  server.on('error', () => {});
  program.on('data', (chunk: Buffer) => {
    said.toProgram += chunk.toString('latin1');
    check();
  });
  server.on('data', (chunk: Buffer) => {
    said.toServer += chunk.toString('latin1');
    check();
  });
  const client = new LineChannel(clientNear);
  const upstream = new LineChannel(serverNear);
  const outcome = signInSmtp({
    client,
    upstream,
    server: 'mail.example',
    signal: new AbortController().signal,
    clientIdleMilliseconds: limits.clientIdleMilliseconds ?? 60_000,
    replyMilliseconds: limits.replyMilliseconds ?? 60_000,
    trace: (_direction, line) => said.trace.push(line),
    note: ({ reason }) => said.notes.push(reason),
  }).catch((error: unknown) => error);
  return {
    program: (text: string) => program.write(Buffer.from(text, 'latin1')),
    server: (text: string) => server.write(Buffer.from(text, 'latin1')),
    endProgram: () => program.end(),
    endServer: () => server.end(),
    breakServer: () => serverNear.destroy(),
    programHears: (text: string) =>
      new Promise<void>((resolve) => {
        waiting.push({ side: 'toProgram', text, resolve });
        check();
      }),
    serverHears: (text: string) =>
      new Promise<void>((resolve) => {
        waiting.push({ side: 'toServer', text, resolve });
        check();
      }),
    said,
    outcome,
    client,
    upstream,
  };
}

describe('sign-in', () => {
  test('EHLO is filtered, AUTH PLAIN with an initial response passes, raw bytes follow', async () => {
    const s = stage();
    s.program('EHLO old-pc\r\n');
    await s.serverHears('EHLO old-pc\r\n');
    s.server('250-mail.example\r\n250-STARTTLS\r\n250 AUTH PLAIN SCRAM-SHA-1-PLUS\r\n');
    await s.programHears('250 AUTH=PLAIN\r\n');
    expect(s.said.toProgram).toBe('250-mail.example\r\n250-AUTH PLAIN\r\n250 AUTH=PLAIN\r\n');
    s.program(`AUTH PLAIN ${secret}\r\nMAIL FROM:<a@b>\r\n`);
    await s.serverHears(secret);
    s.server('235 welcome\r\n');
    expect(await s.outcome).toBe('splice');
    expect(s.said.toProgram).toContain('235 welcome\r\n');
    expect(s.client.detach().toString()).toBe('MAIL FROM:<a@b>\r\n');
    expect(s.said.trace.join('\n')).not.toContain(secret);
  });

  test('several steps, a failure, and a second try', async () => {
    const s = stage();
    s.program('AUTH LOGIN\r\n');
    await s.serverHears('AUTH LOGIN\r\n');
    s.server('334 VXNlcm5hbWU6\r\n');
    await s.programHears('334 VXNlcm5hbWU6\r\n');
    s.program('YWxpY2U=\r\n');
    await s.serverHears('YWxpY2U=\r\n');
    s.server('334 UGFzc3dvcmQ6\r\n');
    await s.programHears('334 UGFzc3dvcmQ6\r\n');
    s.program('d3Jvbmc=\r\n');
    await s.serverHears('d3Jvbmc=\r\n');
    s.server('535 5.7.8 no\r\n');
    await s.programHears('535 5.7.8 no\r\n');
    s.program('AUTH CRAM-MD5\r\n');
    await s.serverHears('AUTH CRAM-MD5\r\n');
    s.server('334 PDQyQG1haWw+\r\n');
    await s.programHears('334 PDQyQG1haWw+\r\n');
    s.program('c2VjcmV0\r\n');
    await s.serverHears('c2VjcmV0\r\n');
    s.server('235 ok\r\n');
    expect(await s.outcome).toBe('splice');
    for (const word of ['VXNlcm5hbWU6', 'YWxpY2U=', 'd3Jvbmc=', 'PDQyQG1haWw+', 'c2VjcmV0']) {
      expect(s.said.trace.join('\n')).not.toContain(word);
    }
  });

  test('a program that only knows HELO sends without signing in', async () => {
    const s = stage();
    s.program('HELO scanner\r\n');
    await s.serverHears('HELO scanner\r\n');
    s.server('250 mail.example\r\n');
    await s.programHears('250 mail.example\r\n');
    s.program('MAIL FROM:<scanner@b>\r\nRCPT TO:<c@d>\r\nDATA\r\n');
    expect(await s.outcome).toBe('splice');
    await s.serverHears('MAIL FROM:<scanner@b>\r\n');
    expect(s.client.detach().toString()).toBe('RCPT TO:<c@d>\r\nDATA\r\n');
  });

  test('STARTTLS of the program is declined, what stands behind it is a command like any other', async () => {
    const s = stage();
    s.program('STARTTLS\r\nNOOP\r\n');
    await s.serverHears('NOOP\r\n');
    expect(s.said.toServer).toBe('NOOP\r\n');
    expect(s.said.toProgram).toMatch(/^502 5\.5\.1 /);
    s.server('250 ok\r\n');
    await s.programHears('250 ok\r\n');
    s.program('QUIT\r\n');
    await s.serverHears('QUIT\r\n');
    s.server('221 bye\r\n');
    expect(await s.outcome).toBe('closed');
  });

  test("commands out of turn get the server's own answer", async () => {
    const s = stage();
    s.program('RCPT TO:<a@b>\r\n');
    await s.serverHears('RCPT TO:<a@b>\r\n');
    s.server('503 5.5.1 MAIL first\r\n');
    await s.programHears('503 5.5.1 MAIL first\r\n');
    expect(s.said.toProgram).toBe('503 5.5.1 MAIL first\r\n');
  });
});

describe('what a program must not send', () => {
  test.each(['NOOP\n', 'NO\rOP\r\n', 'NOOP \0\r\n'])('%j is answered 501 and not passed on', async (line) => {
    const s = stage();
    s.program(line);
    await s.programHears('501 5.5.2 ');
    s.program('NOOP\r\n');
    await s.serverHears('NOOP\r\n');
    expect(s.said.toServer).toBe('NOOP\r\n');
  });

  test('sign-in data with a NUL takes the exchange back', async () => {
    const s = stage();
    s.program('AUTH LOGIN\r\n');
    await s.serverHears('AUTH LOGIN\r\n');
    s.server('334 x\r\n');
    await s.programHears('334 x\r\n');
    s.program('YW\0xp\r\n');
    await s.serverHears('*\r\n');
    s.server('501 cancelled\r\n');
    await s.programHears('501 5.5.2 ');
    expect(s.said.toServer).toBe('AUTH LOGIN\r\n*\r\n');
  });

  test.each<[string, string, number]>([
    ['a command', 'NOOP ', 512],
    ['an envelope command', 'RCPT ', 2048],
    ['AUTH', 'AUTH PLAIN ', 12_288],
  ])('%s one byte over its limit is answered 500, at the limit it passes', async (_name, start, limit) => {
    const s = stage();
    const line = (length: number) => `${start}${'x'.repeat(length - start.length - 2)}\r\n`;
    s.program(line(limit + 1));
    await s.programHears('500 5.5.6 ');
    expect(s.said.notes).toEqual(['client-line-too-long']);
    expect(s.said.toServer).toBe('');
    s.program(line(limit));
    await s.serverHears(line(limit));
  });

  test.each(['POST / HTTP/1.1\r\n', 'Host: localhost\r\n', '\x16\x03\x01\x00\xa5\x01\n'])(
    'a first line that is no mail (%j) ends it, and nothing reaches the server',
    async (line) => {
      const s = stage();
      s.program(`${line}MAIL FROM:<a@b>\r\n`);
      expect(await s.outcome).toMatchObject({ reason: 'client-not-mail' });
      await s.programHears('421 4.7.0 Postern: ');
      expect(s.said.toServer).toBe('');
    },
  );

  test('a TLS hello without any line end is named at once', async () => {
    const s = stage();
    s.program('\x16\x03\x01\x00\xa5\x01\x00\x00\xa1');
    expect(await s.outcome).toMatchObject({ reason: 'client-not-mail' });
    await s.programHears('421 4.7.0 Postern: The mail program tries to encrypt by itself and was turned away');
  });

  test('twenty failures in a row end it', async () => {
    const s = stage();
    for (let count = 0; count < 20; count += 1) s.program('NOOP\n');
    expect(await s.outcome).toBe('closed');
    await s.programHears('421 4.7.0 Postern: too many commands that failed');
    expect(s.said.toServer).toBe('');
  });
});

describe('what a server must not do', () => {
  test.each(['HTTP/1.1 200 OK\r\n', '250-a\r\n500 b\r\n', 'hello\r\n', '* OK\r\n'])(
    '%j to AUTH is told as 454',
    async (answer) => {
      const s = stage();
      s.program(`AUTH PLAIN ${secret}\r\n`);
      await s.serverHears(secret);
      s.server(answer);
      expect(await s.outcome).toMatchObject({ reason: 'upstream-protocol' });
      await s.programHears('454 4.7.0 Postern: ');
      expect(s.said.toProgram).not.toMatch(/535|5\.7\.8/);
    },
  );

  test('an answer that nobody asked for ends it; a farewell is passed on', async () => {
    const attack = stage();
    attack.server('250 ok\r\n');
    expect(await attack.outcome).toMatchObject({ reason: 'upstream-protocol' });
    await attack.programHears('421 4.7.0 Postern: ');

    const farewell = stage();
    farewell.server('421 4.3.2 shutting down\r\n');
    expect(await farewell.outcome).toBe('closed');
    expect(farewell.said.toProgram).toBe('421 4.3.2 shutting down\r\n');
  });

  test('hanging up in the middle is told', async () => {
    const s = stage();
    s.program('EHLO pc\r\n');
    await s.serverHears('EHLO pc\r\n');
    s.endServer();
    expect(await s.outcome).toMatchObject({ reason: 'upstream-closed' });
    await s.programHears('421 4.7.0 Postern: ');
  });

  test('a line that breaks while the mail program speaks is told, and is not its fault', async () => {
    const s = stage();
    s.program('EHLO pc\r\n');
    s.breakServer();
    expect(await s.outcome).toMatchObject({ reason: 'upstream-closed' });
    await s.programHears('421 4.7.0 Postern: ');
  });

  test.each(['235 welcome', '334 go on'])('%s to a sign-in that was taken back is not accepted', async (reply) => {
    const s = stage();
    s.program('AUTH LOGIN\r\n');
    await s.serverHears('AUTH LOGIN\r\n');
    s.server('334 VXNlcm5hbWU6\r\n');
    await s.programHears('334');
    s.program('a\rb\r\n');
    await s.serverHears('*\r\n');
    s.server(`${reply}\r\n`);
    expect(await s.outcome).toMatchObject({ reason: 'upstream-protocol' });
    await s.programHears('454 4.7.0 Postern: ');
  });

  test('silence to AUTH is told when the time is up', async () => {
    const s = stage({ replyMilliseconds: 50 });
    s.program(`AUTH PLAIN ${secret}\r\n`);
    expect(await s.outcome).toMatchObject({ reason: 'upstream-timeout' });
    await s.programHears('454 4.7.0 Postern: ');
  });
});

test.each([
  `POST /${'a'.repeat(20_000)} HTTP/1.1\r\nHost: localhost:1587\r\n\r\nMAIL FROM:<a@b>\r\n`,
  'EHLO / HTTP/1.1\r\nHost: evil.example:1587\r\n\r\nMAIL FROM:<a@b>\r\n',
  ' EHLO / HTTP/1.1\r\n',
])('a web page is turned away however its first line looks', async (request) => {
  const s = stage();
  s.program(request);
  expect(await s.outcome).toMatchObject({ reason: 'client-not-mail' });
  expect(s.said.toServer).toBe('');
});

test('a program that says nothing for too long is sent away', async () => {
  const s = stage({ clientIdleMilliseconds: 50 });
  expect(await s.outcome).toBe('closed');
  expect(s.said.toProgram).toMatch(/^421 4\.4\.2 /);
});

test('a program that leaves ends it without words', async () => {
  const s = stage();
  s.endProgram();
  const outcome = await s.outcome;
  expect(outcome).toBeInstanceOf(ChannelClosed);
  expect(outcome).not.toBeInstanceOf(Refused);
});
