import { duplexPair } from 'node:stream';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { inLines, type Manners, readClientLine, readServerLine } from '../../proxy/dialects/text-line.ts';
import { LineChannel } from '../../proxy/net/line-channel.ts';

const { signal } = new AbortController();

function channel(bytes: string): LineChannel {
  const [near, far] = duplexPair();
  far.write(Buffer.from(bytes, 'latin1'));
  return new LineChannel(near);
}

describe('of the mail program', () => {
  const read = async (said: string) => {
    const { bytes, fault } = await readClientLine(channel(said), 20, signal);
    return [bytes.toString('latin1'), fault];
  };

  test.each([
    ['NOOP\r\n', 'NOOP', null],
    ['NOOP\n', 'NOOP', null],
    ['\n', '', null],
    ['NOOP\r\r\n', 'NOOP\r', 'malformed'],
    ['NO\rOP\n', 'NO\rOP', 'malformed'],
    ['NOOP\0\n', 'NOOP\0', 'malformed'],
    [`${'x'.repeat(18)}\r\n`, 'x'.repeat(18), null],
  ])('%j', async (said, line, fault) => {
    expect(await read(said)).toEqual([line, fault]);
  });

  test('one that is too long comes back by its beginning, and its rest is left to be dropped', async () => {
    const client = channel(`a1 LOGIN ${'x'.repeat(600)}\r\nNOOP\r\n`);
    const { bytes, fault } = await readClientLine(client, 20, signal);
    expect(fault).toBe('too-long');
    expect(bytes.length).toBe(512);
    expect(bytes.toString()).toMatch(/^a1 LOGIN x+$/);
    await client.skipLine(signal);
    expect((await readClientLine(client, 20, signal)).bytes.toString()).toBe('NOOP');
  });
});

describe('of the server', () => {
  const read = (said: string, manners: Manners, counted?: (line: Buffer) => boolean) =>
    readServerLine(
      channel(said),
      { server: 'mail.example', protocol: 'imap', maxLength: 20, manners, ...(counted ? { counted } : {}) },
      signal,
    ).then(
      (line) => line.toString('latin1'),
      (error: Error) => error.message,
    );
  const none = expect.stringContaining('gave an answer that is not IMAP');

  test.each([
    ['* OK\r\n', '* OK', '* OK'],
    ['* OK\n', none, '* OK'],
    ['* OK\r\r\n', none, '* OK'],
    ['* OK\r\r\r\n', none, none],
    ['* O\rK\r\n', none, none],
    ['* O\0K\n', none, none],
  ])('%j: before TLS %j, inside %j', async (said, strict, lenient) => {
    expect([await read(said, 'strict'), await read(said, 'lenient')]).toEqual([strict, lenient]);
  });

  test('before counted bytes there is no lenience', async () => {
    for (const end of ['\n', '\r\r\n']) expect(await read(`{3}${end}`, 'lenient', () => true)).toEqual(none);
    expect(await read('{3}\r\n', 'lenient', () => true)).toBe('{3}');
  });

  test('a line without end', async () => {
    expect(await read('x'.repeat(30), 'lenient')).toMatch(/sent a line without end/);
  });
});

test('whatever is read as lines goes on as the same lines', async () => {
  const line = fc.stringMatching(/^[ -~]{0,15}$/);
  const ends = fc.constantFrom('\n', '\r\n');
  await fc.assert(
    fc.asyncProperty(fc.array(fc.tuple(line, ends), { maxLength: 6 }), async (lines) => {
      const client = channel(lines.map(([text, end]) => text + end).join(''));
      const read: Buffer[] = [];
      for (const _ of lines) read.push((await readClientLine(client, 20, signal)).bytes);
      expect(inLines(...read).toString()).toBe(lines.map(([text]) => `${text}\r\n`).join(''));
    }),
    { numRuns: 100 },
  );
});
