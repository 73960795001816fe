import { expect, test } from 'vitest';
import { ourNames } from '../../../proxy/dialects/smtp/ehlo-names.ts';

test.each([
  ['192.0.2.7', 'pc.example.org', ['[127.0.0.1]', 'pc.example.org', '[192.0.2.7]']],
  ['::ffff:192.0.2.7', 'pc', ['[127.0.0.1]', 'pc', '[192.0.2.7]']],
  ['2001:db8::7', 'pc', ['[127.0.0.1]', 'pc', '[IPv6:2001:db8::7]']],
  ['fe80::1%eth0', 'pc', ['[127.0.0.1]', 'pc', '[IPv6:fe80::1]']],
  ['127.0.0.1', 'pc', ['[127.0.0.1]', 'pc']],
  [undefined, 'pc', ['[127.0.0.1]', 'pc']],
  // What the system calls itself may not be a valid name in SMTP.
  ['192.0.2.7', 'My PC', ['[127.0.0.1]', '[192.0.2.7]']],
  ['192.0.2.7', 'pc_1', ['[127.0.0.1]', '[192.0.2.7]']],
  ['192.0.2.7', 'x\r\nSTARTTLS', ['[127.0.0.1]', '[192.0.2.7]']],
  ['192.0.2.7', '', ['[127.0.0.1]', '[192.0.2.7]']],
  ['192.0.2.7', 'a'.repeat(256), ['[127.0.0.1]', '[192.0.2.7]']],
])('%s, %j', (address, hostname, names) => {
  expect(ourNames(address, hostname)).toEqual(names);
});
