import fc from 'fast-check';
import { expect, test } from 'vitest';
import { parseSmtpCommand } from '../../proxy/protocols/smtp-command.ts';

test.each([
  ['STARTTLS', 'STARTTLS', ''],
  [' starttls', 'STARTTLS', ''],
  ['\tSTARTTLS\t', 'STARTTLS', ''],
  ['AUTH\tPLAIN x', 'AUTH', 'PLAIN x'],
  ['MAIL FROM:<a b>', 'MAIL', 'FROM:<a b>'],
  ['', '', ''],
])('the verb of %j is what a lenient server would take it for', (line, verb, argument) => {
  expect(parseSmtpCommand(Buffer.from(line))).toEqual({ verb, argument });
});

test('reads any bytes without failing, and none is lost but blanks', () => {
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 200 }), (bytes) => {
      const line = Buffer.from(bytes);
      const { verb, argument } = parseSmtpCommand(line);
      const apart = /[ \t]/g;
      const whole = `${verb}${argument}`.toUpperCase().replace(apart, '');
      expect(whole).toBe(line.toString('latin1').toUpperCase().replace(apart, ''));
    }),
  );
});
