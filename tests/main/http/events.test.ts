import { once } from 'node:events';
import type { IncomingMessage } from 'node:http';
import { connect } from 'node:net';
import { beforeEach, expect, test } from 'vitest';
import { type LoopbackHttp, openLoopbackHttp } from '../../../main/http/server.ts';
import type { CoreMessage } from '../../../proxy/contract/index.ts';
import { atEnd } from '../../support/clean-up.ts';
import { fakeCore, send } from './ask.ts';

let http: LoopbackHttp;
let core: ReturnType<typeof fakeCore>;
beforeEach(async () => {
  core = fakeCore();
  http = await openLoopbackHttp({ port: 0, windowDirectory: null });
  http.serve(core.api);
  atEnd(http.close);
});

const events = () => send(http.port, { path: '/api/events', headers: { Authorization: `Bearer ${http.keys.bearer}` } });

async function* messagesOf(response: IncomingMessage): AsyncGenerator<CoreMessage, undefined> {
  let text = '';
  response.setEncoding('utf8');
  for await (const chunk of response) {
    text += chunk;
    for (let end = text.indexOf('\n\n'); end !== -1; end = text.indexOf('\n\n')) {
      const block = text.slice(0, end);
      text = text.slice(end + 2);
      if (block.startsWith('data: ')) yield JSON.parse(block.slice(6)) as CoreMessage;
    }
  }
  return undefined;
}

const question = (number: number, filling = '') => ({ id: String(number), host: `h${number}${filling}` }) as never;

test('a snapshot first, then every change with no revision missing', async () => {
  core.state.set('questions', '0', question(0));
  const response = await events();
  expect(response.headers['content-type']).toBe('text/event-stream; charset=utf-8');
  const messages = messagesOf(response);
  const first = (await messages.next()).value;
  if (first?.kind !== 'snapshot') throw new Error('expected a snapshot first');
  expect(Object.keys(first.snapshot.tables.questions)).toEqual(['0']);
  for (let number = 1; number <= 100; number += 1) core.state.set('questions', String(number), question(number));
  const revisions: number[] = [];
  while (revisions.length < 100) {
    const message = (await messages.next()).value;
    if (message?.kind !== 'changes') throw new Error('expected changes');
    revisions.push(...message.changes.map((change) => change.revision));
  }
  expect(revisions).toEqual(Array.from({ length: 100 }, (_, index) => first.snapshot.revision + 1 + index));
  response.destroy();
});

test('a reader that stops reading gets a snapshot when it reads again, and the changes since then', async () => {
  const socket = connect({ host: '127.0.0.1', port: http.port });
  await once(socket, 'connect');
  socket.write(
    `GET /api/events HTTP/1.1\r\nHost: 127.0.0.1:${http.port}\r\nAuthorization: Bearer ${http.keys.bearer}\r\n\r\n`,
  );
  await once(socket, 'readable');
  // Far more than the buffers in between hold: one row that changes over and over.
  const filling = 'x'.repeat(1_000_000);
  const before = process.memoryUsage().rss;
  for (let number = 1; number <= 300; number += 1) {
    core.state.set('questions', '1', question(number, filling));
    // Changes close together go out in one message: a change that waits for the timer gets a message of its own.
    await new Promise((resolve) => setTimeout(resolve, number % 10 === 0 ? 60 : 0));
  }
  expect(process.memoryUsage().rss - before).toBeLessThan(200_000_000);
  core.state.set('questions', '1', question(301));
  let text = '';
  socket.setEncoding('utf8');
  while (!/"kind":"snapshot"[^\n]*"host":"h301"/.test(text) && !/"host":"h301"/.test(text)) {
    await once(socket, 'readable');
    text = (text + (socket.read() ?? '')).slice(-4_000_000);
  }
  expect(text.match(/"kind":"snapshot"/g)?.length).toBeGreaterThan(0);
  socket.destroy();
});

test('a state larger than the buffers is sent once, and after it only what changes', async () => {
  core.state.set('questions', '0', question(0, 'x'.repeat(1_000_000)));
  const response = await events();
  const messages = messagesOf(response);
  const kinds = [(await messages.next()).value?.kind];
  for (let number = 1; number <= 3; number += 1) {
    core.state.set('questions', String(number), question(number));
    kinds.push((await messages.next()).value?.kind);
  }
  expect(kinds).toEqual(['snapshot', 'changes', 'changes', 'changes']);
  response.destroy();
});

test('a reader that went away is not written to any more', async () => {
  const response = await events();
  await messagesOf(response).next();
  response.destroy();
  await once(response, 'close');
  core.state.set('questions', '1', question(1));
  const another = await events();
  const first = (await messagesOf(another).next()).value;
  expect(first?.kind).toBe('snapshot');
  another.destroy();
});
