import { hostname } from 'node:os';
import { duplexPair } from 'node:stream';
import { describe, expect, test } from 'vitest';
import { smtp } from '../../../proxy/dialects/smtp/smtp.ts';
import { LineChannel } from '../../../proxy/net/line-channel.ts';
import { Refused } from '../../../proxy/net/refused.ts';

const never = new AbortController().signal;

/** A server that answers each line it gets with the next of its answers; the first answer is its greeting. */
function scripted(answers: string[]) {
  const [ours, theirs] = duplexPair();
  const heard: string[] = [];
  let next = 0;
  const say = () => {
    const answer = answers[next];
    next += 1;
    if (answer === 'END') theirs.end();
    else if (answer !== undefined) theirs.write(Buffer.from(answer, 'latin1'));
  };
  let partial = '';
  theirs.on('error', () => {});
  theirs.on('data', (chunk: Buffer) => {
    partial += chunk.toString('latin1');
    for (let end = partial.indexOf('\r\n'); end !== -1; end = partial.indexOf('\r\n')) {
      heard.push(partial.slice(0, end));
      partial = partial.slice(end + 2);
      say();
    }
  });
  say();
  return { channel: new LineChannel(ours), heard };
}

const step = (upstream: LineChannel) => ({
  upstream,
  server: 'mail.example',
  signal: never,
  waitFor: () => {},
  greetingBegan: () => {},
  localAddress: '192.0.2.7',
  trace: () => {},
});

describe('requestTls', () => {
  const ehlo = '250-mail.example\r\n250-SIZE\r\n250 STARTTLS\r\n';
  const ehloWithout = '250-mail.example\r\n250 SIZE\r\n';

  test('asks with EHLO and STARTTLS and goes on at 220', async () => {
    const { channel, heard } = scripted(['220 mail.example ESMTP\r\n', ehlo, '220 go ahead\r\n']);
    await expect(smtp.requestTls(step(channel))).resolves.toBeUndefined();
    expect(heard).toEqual(['EHLO [127.0.0.1]', 'STARTTLS']);
  });

  test('asks though STARTTLS is not on offer, and goes on when it is granted', async () => {
    const { channel } = scripted(['220 hello\r\n', ehloWithout, '220 go ahead\r\n']);
    await expect(smtp.requestTls(step(channel))).resolves.toBeUndefined();
  });

  test('a greeting of several lines is one greeting', async () => {
    const { channel } = scripted(['220-mail.example\r\n220-be nice\r\n220 now\r\n', ehlo, '220 go\r\n']);
    await expect(smtp.requestTls(step(channel))).resolves.toBeUndefined();
  });

  test.each<[string, string[], string]>([
    ['not offered and refused', ['220 x\r\n', ehloWithout, '502 no\r\n'], 'starttls-not-offered'],
    ['EHLO unknown, HELO not tried', ['220 x\r\n', '500 what\r\n', '250 helo\r\n'], 'starttls-not-offered'],
    ...['502', '454', '354', '221', '250', '421', '500', '501', '530'].map((code): [string, string[], string] => [
      `offered, then ${code}`,
      ['220 x\r\n', ehlo, `${code} no\r\n`],
      'starttls-refused',
    ]),
    ['XSTARTTLS offered', ['220 x\r\n', '250-x\r\n250 XSTARTTLS\r\n', '502 no\r\n'], 'starttls-not-offered'],
    ['EHLO answered 220', ['220 x\r\n', '220 x\r\n'], 'upstream-protocol'],
    ['EHLO answered 354', ['220 x\r\n', '354 x\r\n'], 'upstream-protocol'],
    ['EHLO answered by nothing but a code', ['220 x\r\n', '250 \r\n'], 'upstream-protocol'],
    ['EHLO answered in two voices', ['220 x\r\n', '250-a\r\n500 b\r\n'], 'upstream-protocol'],
    ['greeting 421', ['421 busy\r\n'], 'upstream-protocol'],
    ['greeting 554', ['554 go away\r\n'], 'upstream-protocol'],
    ['greeting junk', ['hello there\r\n'], 'upstream-protocol'],
    ['greeting of another protocol', ['* OK IMAP\r\n'], 'upstream-protocol'],
    ['greeting HTTP', ['HTTP/1.1 400 Bad Request\r\n'], 'upstream-protocol'],
    ['TLS spoken at once', ['\x15\x03\x01\x00\x02\x02\x28'], 'upstream-protocol'],
    ['no greeting but an end', ['END'], 'upstream-closed'],
    ['an end behind EHLO', ['220 x\r\n', 'END'], 'upstream-closed'],
    ['an end behind STARTTLS', ['220 x\r\n', ehlo, 'END'], 'upstream-closed'],
    ['an answer before it was asked for', ['220 x\r\n250-a\r\n250 STARTTLS\r\n'], 'upstream-protocol'],
    ['the go-ahead before it was asked for', ['220 x\r\n', `${ehlo}220 go\r\n`], 'upstream-protocol'],
    ['a line without end', [`220 ${'x'.repeat(70_000)}`], 'upstream-protocol'],
    ['an answer without end', ['220 x\r\n', '250-x\r\n'.repeat(20_000)], 'upstream-protocol'],
    ['a bare LF', ['220 x\n'], 'upstream-protocol'],
    ['CR CR LF', ['220 x\r\r\n'], 'upstream-protocol'],
    ['an empty line in the go-ahead’s place', ['220 x\r\n', ehlo, '\r\n220 go\r\n'], 'upstream-protocol'],
    ['empty lines in the greeting’s place', ['\r\n220 x\r\n'], 'upstream-protocol'],
    ['empty lines without end', [`220 x\r\n${'\r\n'.repeat(50)}`], 'upstream-protocol'],
  ])('refuses: %s', async (_name, answers, reason) => {
    const { channel, heard } = scripted(answers);
    const error = await smtp.requestTls(step(channel)).catch((thrown: unknown) => thrown);
    expect(error).toBeInstanceOf(Refused);
    expect((error as Refused).reason).toBe(reason);
    for (const line of heard) expect(line).toMatch(/^(?:EHLO [^ ]+|STARTTLS)$/);
    expect(heard.filter((line) => line !== 'STARTTLS')).toEqual(heard.length > 0 ? ['EHLO [127.0.0.1]'] : []);
  });
});

describe('an EHLO that is refused', () => {
  const go = ['250-mail.example\r\n250 STARTTLS\r\n', '220 go\r\n'];
  const names = ['EHLO [127.0.0.1]', `EHLO ${hostname()}`, 'EHLO [192.0.2.7]'];

  test.each([
    ['550 5.7.1 Access denied - invalid HELO name\r\n', 1],
    ['501 5.5.4 Invalid domain name\r\n', 1],
    ['450 4.7.1 <[127.0.0.1]>: Helo command rejected: Host not found\r\n', 2],
    ['504 5.5.2 <[127.0.0.1]>: Helo command rejected: need fully-qualified hostname\r\n', 2],
    ['553-5.5.4 no\r\n553 5.5.4 such name\r\n', 2],
  ])('%j: another name is tried, never HELO', async (refusal, times) => {
    const { channel, heard } = scripted(['220 x\r\n', ...Array(times).fill(refusal), ...go]);
    await expect(smtp.requestTls(step(channel))).resolves.toBeUndefined();
    expect(heard).toEqual([...names.slice(0, times + 1), 'STARTTLS']);
  });

  test.each<[string[], string]>([
    [Array(3).fill('550 5.7.1 Access denied - invalid HELO name\r\n'), 'greeting-name-refused'],
    [Array(3).fill('450 4.3.2 try again later\r\n'), 'server-unavailable'],
    [Array(3).fill('554 5.7.1 Client host blocked using zen.spamhaus.org\r\n'), 'address-blocked'],
    [Array(3).fill('550 no\r\n'), 'connection-unwanted'],
    [['421 4.7.0 too many connections from your host\r\n'], 'server-too-many-connections'],
    [['421 4.3.2 closing\r\n'], 'server-unavailable'],
    // Who hangs up behind a refusal has said why.
    [['550 5.7.1 invalid HELO name\r\n', 'END'], 'greeting-name-refused'],
  ])('%j is what it is, and says nothing about encryption', async (refusals, code) => {
    const { channel, heard } = scripted(['220 x\r\n', ...refusals]);
    const refused = await smtp.requestTls(step(channel)).catch((error: unknown) => error);
    expect(refused).toMatchObject({ reason: 'upstream-protocol', finding: { code } });
    expect((refused as Refused).message).not.toMatch(/STARTTLS|encrypt|stripping/);
    for (const line of heard) expect(names).toContain(line);
  });

  test.each(['500', '502', '504'])('%s to every name: the server has no STARTTLS', async (code) => {
    const { channel, heard } = scripted(['220 x\r\n', ...Array(3).fill(`${code} what?\r\n`)]);
    await expect(smtp.requestTls(step(channel))).rejects.toMatchObject({ reason: 'starttls-not-offered' });
    expect(heard.join()).not.toMatch(/HELO \S+,|STARTTLS|^HELO/);
  });
});

describe('empty lines', () => {
  test.each([
    ['behind the greeting', ['220 x\r\n\r\n', '250-x\r\n250 STARTTLS\r\n', '220 go\r\n']],
    ['before the answer to EHLO', ['220 x\r\n', '\r\n250-x\r\n250 STARTTLS\r\n', '220 go\r\n']],
    ['behind the answer to EHLO', ['220 x\r\n', '250-x\r\n250 STARTTLS\r\n\r\n', '220 go\r\n']],
  ])('%s say nothing', async (_where, answers) => {
    const { channel } = scripted(answers);
    await expect(smtp.requestTls(step(channel))).resolves.toBeUndefined();
  });

  test('behind the go-ahead are bytes like any other: left for the caller, who refuses them (21)', async () => {
    const { channel } = scripted(['220 x\r\n', '250-x\r\n250 STARTTLS\r\n', '220 go\r\n\r\n']);
    await smtp.requestTls(step(channel));
    expect(channel.detach().toString()).toBe('\r\n');
  });
});

test('a greeting that has begun is given time, and no other TLS mode is hinted at', async () => {
  const [ours, theirs] = duplexPair();
  const story: string[] = [];
  const asked = smtp.requestTls({
    ...step(new LineChannel(ours)),
    waitFor: (what) => void story.push(what),
    greetingBegan: () => void story.push('it began'),
  });
  theirs.on('error', () => {});
  theirs.write('220-be patient\r\n');
  await expect.poll(() => story.at(-1)).toBe('it began');
  theirs.write('220-still\r\n220 now\r\n');
  theirs.once('data', () => theirs.end('421 bye\r\n'));
  await asked.catch(() => undefined);
  // Only the first of these has a hint at another TLS mode in its words.
  expect(story.slice(0, 4)).toEqual(['plaintext-greeting', 'rest-of-greeting', 'it began', 'it began']);
});

describe('greet', () => {
  test('passes the greeting of implicit TLS on, byte for byte', async () => {
    const { channel } = scripted(['220-mail.example\r\n220 ESMTP\r\n']);
    const greeting = await smtp.greet({ ...step(channel), greetingExpected: true });
    expect(greeting.text.toString()).toBe('220-mail.example\r\n220 ESMTP\r\n');
  });

  test('writes a greeting of its own behind STARTTLS', async () => {
    const { channel, heard } = scripted([]);
    const greeting = await smtp.greet({ ...step(channel), greetingExpected: false });
    expect(greeting.text.toString()).toBe('220 mail.example ESMTP Postern ready\r\n');
    expect(heard).toEqual([]);
  });

  test.each(['220 hi\n', '220 hi\r\r\n', '220-hi\n220 hi\r\n'])('that ends oddly, inside TLS: %j', async (said) => {
    const { channel } = scripted([said]);
    const { text } = await smtp.greet({ ...step(channel), greetingExpected: true });
    expect(text.toString()).toBe(said.replace(/\r*\n/g, '\r\n'));
  });

  test.each(['HTTP/1.1 200 OK\r\n', '554 no\r\n', '+OK pop\r\n', '* OK imap\r\n'])(
    'refuses %j inside TLS',
    async (text) => {
      const { channel } = scripted([text]);
      await expect(smtp.greet({ ...step(channel), greetingExpected: true })).rejects.toMatchObject({
        reason: 'upstream-protocol',
      });
    },
  );
});

test('a refusal in place of the greeting is one line of printable ASCII', () => {
  expect(smtp.refuseGreeting('Zertifikat für m\u202eü\r\nx')).toMatch(/^421 4\.7\.0 Postern: [\x20-\x7e]{1,400}\r\n$/);
  expect(smtp.refuseGreeting('x'.repeat(5000)).length).toBeLessThan(512);
});
