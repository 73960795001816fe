import { duplexPair, PassThrough } from 'node:stream';
import { expect, test } from 'vitest';
import { LineChannel } from '../../proxy/net/line-channel.ts';
import { readCommand } from '../../proxy/practice/imap-command.ts';

/** Sends this, reads `count` commands from it, and returns what was answered in the meantime. */
async function read(text: string, count = 1) {
  const [client, server] = duplexPair();
  const said = new PassThrough();
  client.pipe(said);
  client.write(Buffer.from(text, 'latin1'));
  const channel = new LineChannel(server);
  const commands = [];
  for (let number = 0; number < count; number += 1) {
    commands.push(await readCommand(channel, new AbortController().signal));
  }
  server.end();
  let answers = '';
  for await (const chunk of said) answers += chunk;
  return { commands, answers };
}

test('a command in one line', async () => {
  const { commands } = await read('a1 login me "pass word"\r\n');
  expect(commands).toEqual([{ tag: 'a1', name: 'LOGIN', argument: 'me "pass word"' }]);
});

test('literals stand in it as quoted strings; the waiting kind gets a go-ahead', async () => {
  const { commands, answers } = await read('a1 LOGIN {2}\r\nme {5+}\r\np"a\\s\r\na2 NOOP\r\n', 2);
  expect(commands).toEqual([
    { tag: 'a1', name: 'LOGIN', argument: '"me" "p\\"a\\\\s"' },
    { tag: 'a2', name: 'NOOP', argument: '' },
  ]);
  expect(answers).toBe('+ Go on\r\n');
});

test('what is no command is told, and the next one is read', async () => {
  const { commands } = await read('hello\r\na2 NOOP\r\n', 2);
  expect(commands[0]).toMatchObject({ tag: null, fatal: false });
  expect(commands[1]).toMatchObject({ name: 'NOOP' });
});

test('a line without end is dropped as it comes', async () => {
  const { commands } = await read(`a1 ${'x'.repeat(40_000)}\r\na2 NOOP\r\n`, 2);
  expect(commands[0]).toMatchObject({ why: 'That line is too long', fatal: false });
  expect(commands[1]).toMatchObject({ name: 'NOOP' });
});

test('a literal that is too large is not asked for; one that comes unasked ends the connection', async () => {
  const waiting = await read('a1 APPEND INBOX {10485761}\r\na2 NOOP\r\n', 2);
  expect(waiting.commands[0]).toMatchObject({ tag: 'a1', fatal: false });
  expect(waiting.commands[1]).toMatchObject({ name: 'NOOP' });
  expect(waiting.answers).toBe('');
  const unasked = await read('a1 APPEND INBOX {4294967295+}\r\n');
  expect(unasked.commands[0]).toMatchObject({ tag: 'a1', fatal: true });
});

test('literals without number are refused', async () => {
  const { commands } = await read(`a1 X ${'{0+}\r\n '.repeat(60)}\r\n`);
  expect(commands[0]).toMatchObject({ fatal: true });
});
