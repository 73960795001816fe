import { expect, test } from 'vitest';
import { harmlessEnvironment } from '../../../main/cli/environment.ts';

test('a process that is started inherits nothing that has a say about trust, keys or how Node runs', () => {
  const given = {
    PATH: '/bin',
    HOME: '/home/a',
    NODE_OPTIONS: '--inspect',
    NODE_COMPILE_CACHE: '/evil',
    NODE_TLS_REJECT_UNAUTHORIZED: '0',
    NODE_EXTRA_CA_CERTS: '/evil.pem',
    SSLKEYLOGFILE: '/keys',
    SSL_CERT_FILE: '/evil.pem',
    OPENSSL_CONF: '/evil.cnf',
    nothing: undefined,
  };
  expect(harmlessEnvironment(given)).toEqual({ PATH: '/bin', HOME: '/home/a' });
  expect(given.NODE_OPTIONS).toBe('--inspect');
});
