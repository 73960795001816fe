import { duplexPair } from 'node:stream';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { readAnswer, readAnswerLines } from '../../../proxy/dialects/nntp/answers.ts';
import { LineChannel } from '../../../proxy/net/line-channel.ts';

const { signal } = new AbortController();

function channel(...pieces: (Uint8Array | string)[]): LineChannel {
  const [near, far] = duplexPair();
  for (const piece of pieces) if (piece.length > 0) far.write(piece);
  return new LineChannel(near);
}

test('a first line: its code and its text', async () => {
  expect(await readAnswer(channel('211 1 2 3 misc.test\r\n'), 's', signal)).toMatchObject({
    code: 211,
    text: '1 2 3 misc.test',
  });
  await expect(readAnswer(channel('+OK\r\n'), 's', signal)).rejects.toMatchObject({ reason: 'upstream-protocol' });
  await expect(readAnswer(channel('200 hi\n'), 's', signal, 'strict')).rejects.toMatchObject({
    reason: 'upstream-protocol',
  });
  expect((await readAnswer(channel('200 hi\n'), 's', signal)).code).toBe(200);
});

test('a list comes through whole, with its stuffed dots, wherever it is split', async () => {
  const line = fc.string({ maxLength: 12 }).map((text) => {
    const plain = Buffer.from(text.replace(/[\r\n\0]/g, '')).toString('latin1');
    return plain.startsWith('.') ? `.${plain}` : plain;
  });
  await fc.assert(
    fc.asyncProperty(fc.array(line, { maxLength: 6 }), fc.nat(60), async (list, at) => {
      const all = Buffer.from([...list, '.', ''].join('\r\n'), 'latin1');
      const read = await readAnswerLines(channel(all.subarray(0, at), all.subarray(at)), 's', signal);
      expect(read.map((bytes) => bytes.toString('latin1'))).toEqual(list);
    }),
  );
});

test('57: a list without end is refused; one of two thousand lines is not', async () => {
  expect(await readAnswerLines(channel(`${'x\r\n'.repeat(2000)}.\r\n`), 's', signal)).toHaveLength(2000);
  await expect(readAnswerLines(channel('x\r\n'.repeat(2100)), 's', signal)).rejects.toMatchObject({
    reason: 'upstream-protocol',
  });
  await expect(readAnswerLines(channel(`${'x'.repeat(8000)}\r\n`.repeat(20)), 's', signal)).rejects.toMatchObject({
    reason: 'upstream-protocol',
  });
});
