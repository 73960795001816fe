import { expect, test } from 'vitest';
import { maskUsers } from '../../proxy/diagnostics/mask.ts';

test.each([
  ['to ada.lovelace+x@example.org.', 'to ***@example.org.'],
  ['"jürgen@bücher.example"', '"***@bücher.example"'],
  ["<o'hara@[192.0.2.1]>", '<***@[192.0.2.1]>'],
  ['/home/ada/.config/postern', '~/.config/postern'],
  ['/home/bob/mail', '/home/***/mail'],
  ['"C:\\\\Users\\\\Ada L\\\\x"', '"C:\\\\Users\\\\*** L\\\\x"'],
  ['imap.example.org port 993, 12 @ 5', 'imap.example.org port 993, 12 @ 5'],
])('%s', (text, masked) => {
  expect(maskUsers(text, '/home/ada')).toBe(masked);
});
