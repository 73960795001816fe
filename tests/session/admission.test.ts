import { once } from 'node:events';
import net, { type AddressInfo } from 'node:net';
import { afterEach, describe, expect, test } from 'vitest';
import { LineChannel } from '../../proxy/net/line-channel.ts';
import { ClientGone, type ClientWatch, screenArrival, watchClient } from '../../proxy/session/admission.ts';

const open: { destroy?(): unknown; close?(): unknown }[] = [];
afterEach(() => {
  for (const entry of open.splice(0)) (entry.destroy ?? entry.close)?.call(entry);
});

async function connection(first?: string) {
  const server = net.createServer({ allowHalfOpen: true }).listen(0, '127.0.0.1');
  await once(server, 'listening');
  const program = net.connect((server.address() as AddressInfo).port, '127.0.0.1');
  if (first !== undefined) program.write(first);
  const [client] = (await once(server, 'connection')) as [net.Socket];
  open.push(program, client, server);
  return { program, client, lines: new LineChannel(client) };
}

/** Longer than any test: a program that is judged within this time was not made to wait. */
const long = () => 600_000;

describe('before anything is done for a program', () => {
  test('honest: 84: our own that waits for the greeting is admitted when it was quiet for as long as it is watched', async () => {
    const { client, lines } = await connection();
    expect(await screenArrival(client, lines, true, () => 0)).toBe('admitted');
    const began = performance.now();
    expect(await screenArrival(client, lines, true, () => 60)).toBe('admitted');
    expect(performance.now() - began).toBeGreaterThanOrEqual(59);
  });

  test('honest: 84: a mail program that speaks first is admitted at once, and nothing of it is read', async () => {
    const { client, lines } = await connection('EHLO pc\r\n');
    expect(await screenArrival(client, lines, true, long)).toBe('admitted');
    expect(lines.peek().toString()).toBe('EHLO pc\r\n');
  });

  test('84: a web page’s request that comes with its connection is seen without waiting', async () => {
    const { client, lines } = await connection('POST / HTTP/1.1\r\n');
    expect(await screenArrival(client, lines, true, () => 0)).toMatchObject({ reason: 'client-not-mail' });
  });

  test.each([
    ['', ['PO', 'ST / HT', 'TP/1.1\r\n']],
    [', behind an empty line', ['\r\n', 'POST / HT', 'TP/1.1\r\n']],
  ])('84: one that comes later, in any segments%s, is waited for as long as it may be one', async (_what, pieces) => {
    const { program, client, lines } = await connection();
    program.setNoDelay(true);
    const verdict = screenArrival(client, lines, true, long);
    for (const piece of pieces) {
      program.write(piece);
      await new Promise((resolve) => setImmediate(resolve));
    }
    expect(await verdict).toMatchObject({ reason: 'client-not-mail' });
  });

  test('a program that hangs up without a word is gone', async () => {
    const { program, client, lines } = await connection();
    program.end();
    expect(await screenArrival(client, lines, false, long)).toBe('gone');
  });

  test('67: one that left its commands behind is refused', async () => {
    const { program, client, lines } = await connection('QUIT\r\n');
    await lines.arrival(new AbortController().signal);
    program.destroy();
    if (!lines.ended) await once(client, 'end');
    expect(await screenArrival(client, lines, true, long)).toMatchObject({ reason: 'client-other-user' });
  });
});

test('66: a web page’s request that was left behind is one, whoever left it', async () => {
  const { program, client, lines } = await connection('GET / HTTP/1.1\r\n');
  await lines.arrival(new AbortController().signal);
  program.destroy();
  if (!lines.ended) await once(client, 'end');
  expect(await screenArrival(client, lines, true, long)).toMatchObject({ reason: 'client-not-mail' });
});

async function verdict({ signal }: ClientWatch): Promise<unknown> {
  if (!signal.aborted) await once(signal, 'abort');
  return signal.reason;
}

describe('while its server is reached', () => {
  test('one that waits passes, and one that has said a mail command', async () => {
    for (const said of [undefined, 'EHLO pc\r\n']) {
      const { lines } = await connection(said);
      if (said !== undefined) await lines.arrival(new AbortController().signal);
      await expect(watchClient(lines, new AbortController().signal).conclude()).resolves.toBeUndefined();
      expect(lines.peek().toString()).toBe(said ?? '');
    }
  });

  test('66: a web page that speaks now is turned away, in any segments', async () => {
    const { program, lines } = await connection();
    const watch = watchClient(lines, new AbortController().signal);
    program.setNoDelay(true);
    program.write('PO');
    program.write('ST / HT');
    program.write('TP/1.1\r\n');
    expect(await verdict(watch)).toMatchObject({ reason: 'client-not-mail' });
    await expect(watch.conclude()).rejects.toMatchObject({ reason: 'client-not-mail' });
  });

  test('a program that hangs up without a word is gone', async () => {
    const { program, lines } = await connection();
    const watch = watchClient(lines, new AbortController().signal);
    program.end();
    expect(await verdict(watch)).toBeInstanceOf(ClientGone);
  });

  test('ends as its session does', async () => {
    const { lines } = await connection();
    const parent = new AbortController();
    const watch = watchClient(lines, parent.signal);
    parent.abort(new Error('over'));
    expect(await verdict(watch)).toMatchObject({ message: 'over' });
  });
});
