import { duplexPair } from 'node:stream';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import {
  plaintextBudget,
  type ResponseBudget,
  randomTag,
  readImapResponse,
  signInBudget,
} from '../../../proxy/dialects/imap/responses.ts';
import { LineChannel } from '../../../proxy/net/line-channel.ts';

const { signal } = new AbortController();

/** A channel in which the server's bytes arrive in the given pieces. */
function channel(...pieces: Uint8Array[]): LineChannel {
  const [near, far] = duplexPair();
  for (const piece of pieces) far.write(piece);
  return new LineChannel(near);
}

const read = (text: string, budget: ResponseBudget) =>
  readImapResponse(channel(Buffer.from(text, 'latin1')), 'mail.example.org', budget, signal);

test('responses with literals come through whole, however they are split', async () => {
  const literal = fc
    .uint8Array({ maxLength: 20 })
    .map((bytes) => Buffer.concat([Buffer.from(`{${bytes.length}}\r\n`), bytes]));
  const response = fc.oneof(
    fc
      .constantFrom('* OK hello {5}', '* CAPABILITY {3}', 'a1 NO no', '+ go', '* 5 EXISTS')
      .map((line) => Buffer.from(line)),
    fc.array(literal, { maxLength: 3 }).map((literals) => Buffer.concat([Buffer.from('* ID ('), ...literals])),
  );
  await fc.assert(
    fc.asyncProperty(
      fc.array(response, { minLength: 1, maxLength: 5 }),
      fc.infiniteStream(fc.nat(7)),
      async (list, sizes) => {
        const all = Buffer.concat(list.flatMap((one) => [one, Buffer.from('\r\n')]));
        const pieces: Buffer[] = [];
        for (let at = 0; at < all.length; ) {
          const size = 1 + (sizes.next().value ?? 0);
          pieces.push(all.subarray(at, at + size));
          at += size;
        }
        const upstream = channel(...pieces);
        const budget = signInBudget();
        const out: Buffer[] = [];
        for (const expected of list) {
          const { line, tail } = await readImapResponse(upstream, 'mail.example.org', budget, signal);
          out.push(line, Buffer.from('\r\n'), tail);
          expect(Buffer.concat(out.slice(-3)).length).toBe(expected.length + 2);
        }
        expect(Buffer.concat(out).equals(all)).toBe(true);
        expect(budget.bytes).toBe(signInBudget().bytes - all.length);
      },
    ),
    { numRuns: 200 },
  );
});

describe('limits', () => {
  const budget = (): ResponseBudget => ({
    lines: 2,
    bytes: 40,
    maxLineLength: 20,
    manners: 'strict',
    oddWords: false,
  });

  test('lines: as many as are allowed, and one more', async () => {
    const upstream = channel(Buffer.from('* OK\r\n* OK\r\n* OK\r\n'));
    const shared = budget();
    for (let line = 0; line < 2; line += 1) {
      expect((await readImapResponse(upstream, 's', shared, signal)).line.toString()).toBe('* OK');
    }
    await expect(readImapResponse(upstream, 's', shared, signal)).rejects.toThrow(/without end/);
  });

  test('the length of a line', async () => {
    expect((await read(`* OK ${'x'.repeat(13)}\r\n`, budget())).line.length).toBe(18);
    await expect(read(`* OK ${'x'.repeat(14)}\r\n`, budget())).rejects.toMatchObject({ reason: 'upstream-protocol' });
  });

  test('bytes: refused before they are read', async () => {
    expect((await read(`* A {28}\r\n${'x'.repeat(28)}\r\n`, { ...budget(), bytes: 40 })).tail.length).toBe(30);
    await expect(read('* A {29}\r\n', { ...budget(), bytes: 38 })).rejects.toThrow(/without end/);
    await expect(read(`* A {${'9'.repeat(9)}}\r\n`, budget())).rejects.toThrow(/without end/);
  });

  test('before TLS they are lower than inside', () => {
    const [before, inside] = [plaintextBudget(), signInBudget()];
    expect(before.lines).toBeLessThan(inside.lines);
    expect(before.bytes).toBe(64 * 1024);
    expect(before.maxLineLength).toBe(8192);
  });
});

test('no tag comes twice', () => {
  const tags = Array.from({ length: 100 }, randomTag);
  expect(new Set(tags).size).toBe(100);
  for (const tag of tags) expect(tag).toMatch(/^P[0-9a-f]{16}$/);
});
