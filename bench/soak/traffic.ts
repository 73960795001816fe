import { createHash, randomBytes, randomInt } from 'node:crypto';
import { once } from 'node:events';
import net from 'node:net';
import { setTimeout as pause } from 'node:timers/promises';
import { ImapFlow } from 'imapflow';
import { createTransport } from 'nodemailer';
import { type Ground, messages, refusedRelays } from './ground.ts';

/** Mail programs that repeat one kind of session until the soak is over. */
export interface Worker {
  name: string;
  /** How many of them at the same time. */
  count: number;
  /** One session. Throws when it goes wrong. */
  play(ground: Ground): Promise<void>;
}

/** Milliseconds between two sessions of one worker: mail programs pause, too. */
export const breather = () => 50 + randomInt(200);

const host = '127.0.0.1';
/** Longer than the product takes to say why it cannot answer, in milliseconds. */
const patience = 90_000;
/** How a mail program is told why there is no session. */
const told = /^(?:421 4\.7\.0|\* BYE|-ERR \[SYS\/TEMP\]) Postern: /;

export const workers: Worker[] = [
  { name: 'fetch', count: 3, play: fetchAll },
  { name: 'send', count: 2, play: send },
  { name: 'idle', count: 6, play: idle },
  { name: 'refused', count: 1, play: beRefused },
  { name: 'question answered', count: 1, play: answerQuestion },
  { name: 'question ignored', count: 1, play: ignoreQuestion },
  { name: 'reset', count: 3, play: reset },
];

async function imap(ground: Ground): Promise<ImapFlow> {
  const { user, password } = ground.mailbox;
  const client = new ImapFlow({
    host,
    port: ground.port('fetch'),
    secure: false,
    doSTARTTLS: false,
    auth: { user, pass: password },
    logger: false,
    connectionTimeout: patience,
    greetingTimeout: patience,
  });
  client.on('error', () => {
    // Whatever was pending rejects as well.
  });
  await client.connect();
  await client.mailboxOpen('INBOX');
  return client;
}

/** Every message in the mailbox is the same text: one with a different hash was damaged. */
let expected: string | null = null;

async function fetchAll(ground: Ground): Promise<void> {
  const client = await imap(ground);
  let count = 0;
  for await (const { source } of client.fetch('1:*', { source: true })) {
    const hash = createHash('sha256')
      .update(source ?? '')
      .digest('hex');
    expected ??= hash;
    if (hash !== expected) throw new Error('a message arrived otherwise than the first one');
    count += 1;
  }
  if (count !== messages) throw new Error(`${count} of ${messages} messages were fetched`);
  await client.logout();
}

async function idle(ground: Ground): Promise<void> {
  const client = await imap(ground);
  const idling = client.idle();
  await pause(1_000 + randomInt(14_000));
  // Ends the IDLE first.
  await client.noop();
  await idling;
  await client.logout();
}

async function send(ground: Ground): Promise<void> {
  const body = randomBytes(randomInt(400_000))
    .toString('base64')
    .replace(/.{1,76}/g, '$&\r\n');
  const raw = `From: a@example.test\r\nTo: b@example.test\r\nSubject: soak\r\n\r\n${body}.\r\n..\r\n`;
  const transport = createTransport({
    host,
    port: ground.port('send'),
    secure: false,
    ignoreTLS: true,
    auth: { user: 'load', pass: 'load' },
  });
  await transport.sendMail({ envelope: { from: 'a@example.test', to: 'b@example.test' }, raw });
  transport.close();
  const hash = createHash('sha256').update(raw).digest('hex');
  if (!ground.arrived.delete(hash)) throw new Error('a message arrived otherwise than it was sent');
}

/** What a relay says first, up to the end of the connection or the line. */
async function firstWords(port: number): Promise<{ line: string; socket: net.Socket }> {
  const socket = net.connect({ host, port });
  await once(socket, 'connect');
  let line = '';
  for await (const chunk of socket.iterator({ destroyOnReturn: false })) {
    line += String(chunk);
    if (line.includes('\n')) break;
  }
  return { line, socket };
}

async function beRefused(ground: Ground): Promise<void> {
  for (const relay of refusedRelays) {
    const { line, socket } = await firstWords(ground.port(relay));
    socket.destroy();
    if (!told.test(line)) throw new Error(`${relay}: told ${JSON.stringify(line)}`);
  }
}

async function ignoreQuestion(ground: Ground): Promise<void> {
  const { line, socket } = await firstWords(ground.port('ignored'));
  socket.destroy();
  if (!told.test(line)) throw new Error(`ignored: told ${JSON.stringify(line)}`);
}

/** The person approves once; the mail program goes on; then the person takes it back. */
async function answerQuestion(ground: Ground): Promise<void> {
  const greeting = firstWords(ground.port('answered'));
  const asked = async () => {
    const { tables } = await ground.snapshot();
    return Object.values(tables.questions).find(({ account, waiting }) => account === 'answered' && waiting > 0);
  };
  let question = await asked();
  for (const end = Date.now() + 10_000; !question && Date.now() < end; question = await asked()) await pause(20);
  if (question) await ground.core.command('approve', { id: question.id, remember: 'once' });
  const { line, socket } = await greeting;
  // The second attempt met another certificate: a new question, which nobody answers.
  if (!/^\+OK /.test(line) && !told.test(line)) throw new Error(`answered: told ${JSON.stringify(line)}`);
  socket.on('error', () => {});
  socket.resume();
  socket.end('QUIT\r\n');
  if (!socket.closed) await once(socket, 'close');
  const { tables } = await ground.snapshot();
  for (const { id, account } of Object.values(tables.decisions)) {
    if (account === 'answered') await ground.core.command('forget', { id });
  }
}

/** Sends part of a session, waits a little or not at all, and resets the connection. */
async function reset(ground: Ground): Promise<void> {
  const { user, password } = ground.mailbox;
  const all = `a LOGIN ${user} ${password}\r\nb SELECT INBOX\r\nc FETCH 1:* BODY[]\r\nd LOGOUT\r\n`;
  const socket = net.connect({ host, port: ground.port('fetch') });
  socket.on('error', () => {});
  socket.resume();
  await once(socket, 'connect');
  socket.write(all.slice(0, randomInt(all.length)));
  await pause(randomInt(300));
  socket.resetAndDestroy();
}
