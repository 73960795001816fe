import { duplexPair } from 'node:stream';
import { expect, test } from 'vitest';
import { awaitPlaintextGreeting } from '../../proxy/dialects/tls-mix-up.ts';
import { LineChannel } from '../../proxy/net/line-channel.ts';

const step = (upstream: LineChannel, waitFor: (step: string, hint?: string) => void = () => {}) => ({
  upstream,
  server: 'mail.example',
  signal: new AbortController().signal,
  waitFor,
  trace: () => {},
});

test.each([0x15, 0x16])('18: a TLS record (type %i) in place of a greeting names the mix-up', async (type) => {
  const [near, far] = duplexPair();
  far.write(Buffer.from([type]));
  await expect(awaitPlaintextGreeting(step(new LineChannel(near)))).rejects.toMatchObject({
    reason: 'upstream-protocol',
    message: 'mail.example speaks TLS from the first byte on this port. Set "tls" to "implicit" for this relay.',
  });
});

test('a greeting passes, unread', async () => {
  const [near, far] = duplexPair();
  far.write('220 hello\r\n');
  const channel = new LineChannel(near);
  const awaited: unknown[] = [];
  await awaitPlaintextGreeting(step(channel, (...words) => awaited.push(words)));
  expect(awaited).toEqual([
    [
      'its greeting',
      'If this port speaks TLS from the first byte, as 465, 993 and 995 do, set "tls" to "implicit" for this relay.',
    ],
  ]);
  expect(channel.peek().toString()).toBe('220 hello\r\n');
});
