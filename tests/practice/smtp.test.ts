import { describe, expect, test } from 'vitest';
import {
  fetchWithPython,
  sendWithCurl,
  sendWithMsmtp,
  sendWithMutt,
  sendWithPython,
} from '../support/mail-programs.ts';
import { awkwardMessages } from '../support/messages.ts';
import { RawClient } from '../support/raw-client.ts';
import { practise } from './support.ts';

const core = await practise();
const port = core.port('practice-smtp');
const { user, password } = core.account;

const inbox = () => fetchWithPython('imap', core.port('practice-imap'), core.user);
const messages = awkwardMessages();

describe('what real mail programs send arrives byte for byte, below a trace line', () => {
  test.each([
    ['smtplib', sendWithPython],
    ['curl', sendWithCurl],
    ['msmtp', sendWithMsmtp],
  ])('%s', async (_, send) => {
    const before = new Set((await inbox()).map((bytes) => bytes.toString('latin1')));
    await send(port, core.user, messages);
    const arrived = (await inbox()).map((bytes) => bytes.toString('latin1')).filter((text) => !before.has(text));
    const trace = /^Received: from \S+ by practice\.localhost with ESMTPSA id \w+;\r\n\t[^\r\n]+\r\n/;
    expect(arrived.filter((text) => !trace.test(text))).toEqual([]);
    expect(arrived.map((text) => text.replace(trace, '')).sort()).toEqual(
      messages.map(({ bytes }) => bytes.toString('latin1')).sort(),
    );
  });

  test('mutt, with an attachment', async () => {
    await sendWithMutt(port, core.user, 'from mutt', Buffer.alloc(50_000, 'attached '));
    expect((await inbox()).some((bytes) => bytes.includes('Subject: from mutt'))).toBe(true);
  });
});

async function greeted() {
  const client = await RawClient.connect(port);
  await client.smtpReply();
  await client.smtp('EHLO client.example.test');
  return client;
}
const signIn = `AUTH PLAIN ${btoa(`\0${user}\0${password}`)}`;

test('whomever it is for, it arrives here', async () => {
  const client = await greeted();
  expect(await client.smtp(signIn)).toEqual([expect.stringMatching(/^235 /)]);
  await client.smtp('MAIL FROM:<me@example.test>');
  expect(await client.smtp('RCPT TO:<stranger@example.org>')).toEqual([expect.stringMatching(/^250 /)]);
  await client.smtp('DATA');
  expect(await client.smtp('Subject: to a stranger\r\n\r\n.')).toEqual(['250 It is in the practice mailbox']);
  expect((await inbox()).some((bytes) => bytes.includes('to a stranger'))).toBe(true);
});

test('a wrong password is told as that, and nothing is taken without signing in', async () => {
  const client = await greeted();
  expect((await client.smtp(`AUTH PLAIN ${btoa(`\0${user}\0wrong`)}`))[0]).toMatch(/^535 5\.7\.8 /);
  expect((await client.smtp('MAIL FROM:<me@example.test>'))[0]).toMatch(/^530 /);
});

test('a message that is too large is refused, at once when its size is told', async () => {
  const client = await greeted();
  await client.smtp(signIn);
  expect((await client.smtp('MAIL FROM:<me@example.test> SIZE=99999999'))[0]).toMatch(/^552 /);
  await client.smtp('MAIL FROM:<me@example.test>');
  await client.smtp(`RCPT TO:<${user}>`);
  await client.smtp('DATA');
  const line = `${'x'.repeat(998)}\r\n`;
  client.send(line.repeat(11 * 1024));
  expect((await client.smtp('.'))[0]).toMatch(/^552 5\.3\.4 /);
});

test('a full mailbox says so', async () => {
  const client = await greeted();
  await client.smtp(signIn);
  for (let number = 0; ; number += 1) {
    expect(number).toBeLessThan(10);
    await client.smtp('MAIL FROM:<me@example.test>');
    await client.smtp(`RCPT TO:<${user}>`);
    await client.smtp('DATA');
    client.send(`${'x'.repeat(998)}\r\n`.repeat(8 * 1024));
    const [answer] = await client.smtp('.');
    if (answer?.startsWith('250 ')) continue;
    expect(answer).toMatch(/^452 4\.2\.2 /);
    return;
  }
});
