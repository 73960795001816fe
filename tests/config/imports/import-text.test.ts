import { expect, test } from 'vitest';
import { importText } from '../../../proxy/config/imports/import-text.ts';

test.each([
  ['[IMAP-1993]\nserver_address = a.example\nserver_port = 993\n', 'Email OAuth 2.0 Proxy'],
  ['\ufeff; mine\n[imap]\nclient = yes\naccept = 1143\nconnect = a.example:993\n', 'stunnel'],
  ['[imap]\naccept = 143\nconnect = 1143\n', 'stunnel'],
])('%j is of %s', (text, program) => expect(importText(text, '/x/y.conf').program).toBe(program));

test.each(['', 'hello', '{ "version": 1, "accounts": [] }', '[section]\nkey = value\n', '\0\0\0'])(
  '%j is of neither',
  (text) => {
    expect(() => importText(text, '/x/y.conf')).toThrow(
      '/x/y.conf: expected a client configuration of stunnel or of Email OAuth 2.0 Proxy, found neither',
    );
  },
);
