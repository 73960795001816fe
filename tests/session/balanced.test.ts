import { PassThrough } from 'node:stream';
import { expect, test } from 'vitest';
import { LineChannel } from '../../proxy/net/line-channel.ts';
import { takeProxyHeader } from '../../proxy/session/balanced.ts';

const never = new AbortController().signal;

test('honest: 112: a header that comes byte by byte is taken away, and nothing behind it', async () => {
  const stream = new PassThrough();
  const lines = new LineChannel(stream);
  const taken = takeProxyHeader(lines);
  for (const byte of Buffer.from('PROXY TCP4 192.0.2.7 198.51.100.1 53791 143\r\nEHLO x\r\n')) {
    stream.write(Buffer.from([byte]));
    await new Promise(setImmediate);
  }
  expect(await taken).toEqual({ address: '192.0.2.7', port: 53_791 });
  expect((await lines.readLine(100, never)).bytes.toString()).toBe('EHLO x');
});

test.each([
  ['nothing, and then the end', '', true, 'missing'],
  ['half of one, and then the end', 'PROXY TCP4 1', true, 'broken'],
  ['half of one, and then nothing', 'PROXY TCP4 1', false, 'late'],
  ['silence', '', false, 'late'],
])('112: %s', async (_, text, ends, problem) => {
  const stream = new PassThrough();
  const lines = new LineChannel(stream);
  if (text !== '') stream.write(text);
  if (ends) stream.end();
  await expect(takeProxyHeader(lines, 50)).rejects.toMatchObject({
    reason: 'proxy-header-invalid',
    finding: { facts: { problem } },
  });
});
