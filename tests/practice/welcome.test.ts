import { expect, test } from 'vitest';
import { fieldOf, parseMime } from '../../proxy/practice/mime.ts';
import { mailDate, welcomeMessage } from '../../proxy/practice/welcome.ts';

test('is a message that any mail program shows: header, blank line, short lines of ASCII', () => {
  const bytes = welcomeMessage({ from: 'a@x.localhost', to: 'b@x.localhost' }, new Date('2026-11-16T09:00:00Z'));
  const { fields, body } = parseMime(bytes);
  expect(fieldOf(fields, 'to')).toBe('<b@x.localhost>');
  expect(fieldOf(fields, 'date')).toBe('Mon, 16 Nov 2026 09:00:00 +0000');
  expect(fieldOf(fields, 'message-id')).toMatch(/^<welcome\.\d+@x\.localhost>$/);
  const lines = bytes.toString('latin1').split('\r\n');
  expect(lines.filter((line) => line.length > 90 || /[^ -~]/.test(line))).toEqual([]);
  expect(body.toString()).toContain('b@x.localhost');
});

test('dates are those of RFC 5322', () => {
  expect(mailDate(new Date('2026-02-03T04:05:06Z'))).toBe('Tue, 03 Feb 2026 04:05:06 +0000');
});
