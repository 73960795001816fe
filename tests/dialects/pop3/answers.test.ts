import { duplexPair } from 'node:stream';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { readAnswer, readAnswerLines } from '../../../proxy/dialects/pop3/answers.ts';
import { LineChannel } from '../../../proxy/net/line-channel.ts';

const { signal } = new AbortController();

function channel(...pieces: Uint8Array[]): LineChannel {
  const [near, far] = duplexPair();
  for (const piece of pieces) if (piece.length > 0) far.write(piece);
  return new LineChannel(near);
}

async function lines(...pieces: Uint8Array[]): Promise<string[]> {
  const read: string[] = [];
  await readAnswerLines(channel(...pieces), 's', signal, (line) => read.push(line.toString('latin1')));
  return read;
}

test('an answer with lines comes through whole, wherever it is split', async () => {
  const line = fc.string({ maxLength: 12 }).map((text) => {
    const plain = Buffer.from(text.replace(/[\r\n\0]/g, '')).toString('latin1');
    return plain.startsWith('.') ? `.${plain}` : plain;
  });
  await fc.assert(
    fc.asyncProperty(fc.array(line, { maxLength: 6 }), fc.nat(60), fc.nat(60), async (list, one, other) => {
      const all = Buffer.from([...list, '.', ''].join('\r\n'), 'latin1');
      const [from, to] = [Math.min(one, other), Math.max(one, other)];
      expect(await lines(all.subarray(0, from), all.subarray(from, to), all.subarray(to))).toEqual(list);
    }),
    { numRuns: 200 },
  );
});

test('a thousand lines pass, one more does not', async () => {
  expect(await lines(Buffer.from(`${'x\r\n'.repeat(1000)}.\r\n`))).toHaveLength(1000);
  await expect(lines(Buffer.from(`${'x\r\n'.repeat(1001)}.\r\n`))).rejects.toThrow(/without end/);
});

test('64 KiB pass, more do not', async () => {
  const line = `${'x'.repeat(1022)}\r\n`;
  expect(await lines(Buffer.from(`${line.repeat(64)}.\r\n`))).toHaveLength(64);
  await expect(lines(Buffer.from(`${line.repeat(66)}.\r\n`))).rejects.toThrow(/without end/);
});

test('a line of 8192 bytes passes, a longer one does not', async () => {
  expect(await lines(Buffer.from(`${'x'.repeat(8190)}\r\n.\r\n`))).toHaveLength(1);
  await expect(lines(Buffer.from(`${'x'.repeat(8191)}\r\n.\r\n`))).rejects.toThrow(/line without end/);
});

test.each([
  ['+OK hi\r\n', 'ok'],
  ['-ERR no\r\n', 'error'],
  ['+ abc\r\n', 'continue'],
])('%j is %s', async (said, is) => {
  const answer = await readAnswer(channel(Buffer.from(said)), 's', signal);
  expect(answer.is).toBe(is);
  expect(answer.line.toString()).toBe(said.trimEnd());
});

test.each(['junk\r\n', '+OK\n', '+OK\r\r\n', '+O\rK\r\n', '\r\n'])('%j is none before TLS', async (said) => {
  await expect(readAnswer(channel(Buffer.from(said)), 's', signal, 'strict')).rejects.toMatchObject({
    reason: 'upstream-protocol',
  });
});

test.each(['junk\r\n', '+O\rK\r\n', '+OK\r\r\r\n', '\r\n'])('%j is none inside TLS either', async (said) => {
  await expect(readAnswer(channel(Buffer.from(said)), 's', signal)).rejects.toMatchObject({
    reason: 'upstream-protocol',
  });
});
