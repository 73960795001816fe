import { duplexPair } from 'node:stream';
import { expect, test } from 'vitest';
import type { AwaitedStep } from '../../proxy/contract/index.ts';
import { awaitPlaintextGreeting } from '../../proxy/dialects/tls-mix-up.ts';
import { LineChannel } from '../../proxy/net/line-channel.ts';

const step = (upstream: LineChannel, waitFor: (step: AwaitedStep) => void = () => {}) => ({
  upstream,
  server: 'mail.example',
  signal: new AbortController().signal,
  waitFor,
  greetingBegan: () => {},
  localAddress: undefined,
  trace: () => {},
});

test.each([0x15, 0x16])('18: a TLS record (type %i) in place of a greeting names the mix-up', async (type) => {
  const [near, far] = duplexPair();
  far.write(Buffer.from([type]));
  await expect(awaitPlaintextGreeting(step(new LineChannel(near)))).rejects.toMatchObject({
    reason: 'upstream-protocol',
    finding: { code: 'port-wants-implicit-tls' },
    message: expect.stringContaining('Set “Encryption begins” of this path to “At once”'),
  });
});

test('a greeting passes, unread', async () => {
  const [near, far] = duplexPair();
  far.write('220 hello\r\n');
  const channel = new LineChannel(near);
  const awaited: AwaitedStep[] = [];
  await awaitPlaintextGreeting(step(channel, (next) => awaited.push(next)));
  expect(awaited).toEqual(['plaintext-greeting', 'rest-of-greeting']);
  expect(channel.peek().toString()).toBe('220 hello\r\n');
});
