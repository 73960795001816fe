import { duplexPair } from 'node:stream';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { gatherPieces } from '../../../proxy/dialects/imap/literals.ts';
import { LineChannel } from '../../../proxy/net/line-channel.ts';

const { signal } = new AbortController();

/** Collects a command whose first line has been read; `behind` is what the program sends after it, in pieces. */
async function gather(first: string, behind: Uint8Array[], declined = false, strict = false) {
  const [near, far] = duplexPair();
  for (const piece of behind) if (piece.length > 0) far.write(piece);
  const client = new LineChannel(near);
  const said = { goAheads: 0, tooLong: 0 };
  const gathered = await gatherPieces(Buffer.from(first, 'latin1'), declined, strict, {
    client,
    signal,
    goAhead: async () => {
      said.goAheads += 1;
    },
    onLineTooLong: () => {
      said.tooLong += 1;
    },
  });
  return { gathered, client, ...said };
}

const bytes = (text: string) => [Buffer.from(text, 'latin1')];

test('a command is put together byte by byte as it was sent, however it is split', async () => {
  const literal = fc.record({
    bytes: fc.uint8Array({ maxLength: 30 }).map((array) => Buffer.from(array.filter((byte) => byte !== 0))),
    sign: fc.constantFrom('', '+', '-'),
  });
  await fc.assert(
    fc.asyncProperty(fc.array(literal, { maxLength: 4 }), fc.nat(200), fc.nat(200), async (literals, one, other) => {
      const sent = Buffer.concat([
        Buffer.from('a1 ID'),
        ...literals.flatMap((each) => [Buffer.from(` {${each.bytes.length}${each.sign}}\r\n`), each.bytes]),
        Buffer.from(' end\r\n'),
      ]);
      const start = sent.indexOf('\r\n') + 2;
      const rest = sent.subarray(start);
      const [from, to] = [Math.min(one, other), Math.max(one, other)];
      const pieces = [rest.subarray(0, from), rest.subarray(from, to), rest.subarray(to)];
      const { gathered, goAheads } = await gather(sent.subarray(0, start - 2).toString('latin1'), pieces);
      if (gathered.kind !== 'command') throw new Error(`it was ${gathered.kind}`);
      const back = gathered.pieces.flatMap((piece) => [
        piece.line,
        Buffer.from('\r\n'),
        piece.literal?.bytes ?? Buffer.alloc(0),
      ]);
      expect(Buffer.concat(back).equals(sent)).toBe(true);
      expect(goAheads).toBe(literals.filter(({ sign }) => sign === '').length);
    }),
    { numRuns: 200 },
  );
});

describe('a command that is not wanted', () => {
  test('ends at its line when its literal waits for a go-ahead', async () => {
    const { gathered, goAheads, client } = await gather('a1 LOGIN {4}', bytes('a2 NOOP\r\n'), true);
    expect(gathered).toEqual({ kind: 'declined', why: '' });
    expect(goAheads).toBe(0);
    expect((await client.readLine(100, signal)).bytes.toString()).toBe('a2 NOOP');
  });

  test('is read to its end when its literals come unasked', async () => {
    const behind = bytes('anna {4+}\r\npass\r\na2 NOOP\r\n');
    const { gathered, client } = await gather('a1 LOGIN {0+}', behind, true);
    expect(gathered).toEqual({ kind: 'declined', why: '' });
    expect((await client.readLine(100, signal)).bytes.toString()).toBe('a2 NOOP');
  });
});

describe('what is not allowed in it', () => {
  test.each([
    ['NUL', 'a1 ID {1+}', '\0\r\n', false, 'declined'],
    ['NUL in a binary literal', 'a1 ID ~{1+}', '\0\r\n', false, 'command'],
    ['NUL in a binary literal of LOGIN', 'a1 LOGIN ~{1+}', '\0\r\n', true, 'declined'],
    ['CR in LOGIN', 'a1 LOGIN {1+}', '\r\r\n', true, 'declined'],
    ['LF in LOGIN', 'a1 LOGIN {1+}', '\n\r\n', true, 'declined'],
    ['LF elsewhere', 'a1 ID {1+}', '\n\r\n', false, 'command'],
    ['a bare line end behind a literal', 'a1 ID {1+}', 'x\n', false, 'command'],
    ['a carriage return behind a literal', 'a1 ID {1+}', 'x\ry\r\n', false, 'declined'],
  ] as const)('%s', async (_name, first, behind, strict, kind) => {
    expect((await gather(first, bytes(behind), false, strict)).gathered.kind).toBe(kind);
  });

  test('a line that is too long behind a literal is named once and skipped', async () => {
    const behind = bytes(`x${'y'.repeat(9000)}\r\na2 NOOP\r\n`);
    const { gathered, tooLong, client } = await gather('a1 ID {1+}', behind);
    expect(gathered.kind).toBe('declined');
    expect(tooLong).toBe(1);
    expect((await client.readLine(100, signal)).bytes.toString()).toBe('a2 NOOP');
  });
});

describe('limits', () => {
  test.each([
    ['{16384+}', 'command'],
    ['{16385+}', 'flood'],
    ['{16384}', 'command'],
    ['{16385}', 'declined'],
    ['{99999999999999999999+}', 'flood'],
  ])('a literal of %s: %s', async (mark, kind) => {
    const { gathered } = await gather(`a1 ID ${mark}`, bytes(`${'x'.repeat(16_384)}\r\n`));
    expect(gathered.kind).toBe(kind);
  });

  test('sixty literals pass (30 fields of ID, RFC 2971), one more does not', async () => {
    for (const [count, kind] of [
      [60, 'command'],
      [61, 'flood'],
    ] as const) {
      const { gathered } = await gather('a1 ID {1+}', bytes(`${'x {1+}\r\n'.repeat(count - 1)}x\r\n`));
      expect(gathered.kind).toBe(kind);
    }
  });
});
