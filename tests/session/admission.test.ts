import { once } from 'node:events';
import net, { type AddressInfo } from 'node:net';
import { afterEach, expect, test } from 'vitest';
import { LineChannel } from '../../proxy/net/line-channel.ts';
import { type Admission, ClientGone, watchAdmission } from '../../proxy/session/admission.ts';

const open: { destroy?(): unknown; close?(): unknown }[] = [];
afterEach(() => {
  for (const entry of open.splice(0)) (entry.destroy ?? entry.close)?.call(entry);
});

async function stage(parent = new AbortController()) {
  const server = net.createServer({ allowHalfOpen: true }).listen(0, '127.0.0.1');
  await once(server, 'listening');
  const program = net.connect((server.address() as AddressInfo).port, '127.0.0.1');
  const [client] = (await once(server, 'connection')) as [net.Socket];
  open.push(program, client, server);
  const lines = new LineChannel(client);
  return { program, lines, parent, admission: watchAdmission(client, lines, true, parent.signal) };
}

async function verdict({ signal }: Admission): Promise<unknown> {
  if (!signal.aborted) await once(signal, 'abort');
  return signal.reason;
}

test('our own program that waits for the greeting is admitted', async () => {
  const { admission } = await stage();
  await expect(admission.conclude()).resolves.toBeUndefined();
});

test('a mail program that speaks first is admitted, and nothing of it is read', async () => {
  const { program, lines, admission } = await stage();
  program.write('EHLO pc\r\n');
  await lines.arrival(new AbortController().signal, 8);
  await admission.conclude();
  expect(lines.peek().toString()).toBe('EHLO pc\r\n');
});

test('66: a web page that speaks first is turned away while the server is being reached, in any segments', async () => {
  const { program, admission } = await stage();
  program.setNoDelay(true);
  program.write('PO');
  program.write('ST / HT');
  program.write('TP/1.1\r\n');
  expect(await verdict(admission)).toMatchObject({ reason: 'client-not-mail' });
  await expect(admission.conclude()).rejects.toMatchObject({ reason: 'client-not-mail' });
});

test('a program that hangs up without a word is gone', async () => {
  const { program, admission } = await stage();
  program.end();
  expect(await verdict(admission)).toBeInstanceOf(ClientGone);
});

test('ends as its session does', async () => {
  const { parent, admission } = await stage();
  parent.abort(new Error('over'));
  expect(await verdict(admission)).toMatchObject({ message: 'over' });
});
