import fc from 'fast-check';
import { expect, test } from 'vitest';
import { parseSmtpReplyLine } from '../../proxy/protocols/smtp-reply.ts';

test.each([
  ['220 ready', { code: 220, continues: false, text: 'ready' }],
  ['220-more', { code: 220, continues: true, text: 'more' }],
  ['250', { code: 250, continues: false, text: '' }],
  ['250 ', { code: 250, continues: false, text: '' }],
  ['334 VXNlcm5hbWU6', { code: 334, continues: false, text: 'VXNlcm5hbWU6' }],
])('%j is a reply line', (line, expected) => {
  expect(parseSmtpReplyLine(Buffer.from(line))).toEqual(expected);
});

test.each(['', '22', '2200 ok', '120 early', '620 late', '250_x', '* OK', '+OK', 'HTTP/1.1 200 OK', ' 250 ok'])(
  '%j is none',
  (line) => {
    expect(parseSmtpReplyLine(Buffer.from(line))).toBeNull();
  },
);

test('reads any bytes without failing', () => {
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 200 }), (bytes) => {
      const parsed = parseSmtpReplyLine(Buffer.from(bytes));
      expect(parsed === null || (parsed.code >= 200 && parsed.code < 600)).toBe(true);
    }),
  );
});
