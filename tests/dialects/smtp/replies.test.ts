import { duplexPair } from 'node:stream';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { readReply } from '../../../proxy/dialects/smtp/replies.ts';
import { inLines } from '../../../proxy/dialects/text-line.ts';
import { LineChannel } from '../../../proxy/net/line-channel.ts';
import { Refused } from '../../../proxy/net/refused.ts';

const never = new AbortController().signal;

test('a reply comes out as it went in, and nothing behind it is read, at any split', async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.integer({ min: 200, max: 599 }),
      fc.array(fc.stringMatching(/^[ -~]{0,30}$/), { minLength: 1, maxLength: 6 }),
      fc.integer({ min: 1, max: 9 }),
      async (code, texts, size) => {
        const [near, far] = duplexPair();
        const channel = new LineChannel(near);
        const lines = texts.map((text, index) =>
          Buffer.from(`${code}${index === texts.length - 1 ? ' ' : '-'}${text}`),
        );
        const bytes = Buffer.concat([inLines(...lines), Buffer.from('next')]);
        for (let at = 0; at < bytes.length; at += size) far.write(bytes.subarray(at, at + size));
        const reply = await readReply(channel, 'mail.example', never);
        expect(reply.code).toBe(code);
        expect(inLines(...reply.lines).toString()).toBe(inLines(...lines).toString());
        await channel.arrival(never, 3);
        expect(channel.peek().toString()).toBe('next');
      },
    ),
    { numRuns: 100 },
  );
});

test('any bytes are a reply or a refusal, never a fault', async () => {
  await fc.assert(
    fc.asyncProperty(fc.uint8Array({ maxLength: 300 }), async (bytes) => {
      const [near, far] = duplexPair();
      const channel = new LineChannel(near);
      far.end(Buffer.concat([Buffer.from(bytes), Buffer.from('\r\n')]));
      const outcome = await readReply(channel, 'mail.example', never).catch((error: unknown) => error);
      const fine = outcome instanceof Refused || (outcome instanceof Error ? outcome.name === 'ChannelClosed' : true);
      expect(fine).toBe(true);
    }),
    { numRuns: 200 },
  );
});
