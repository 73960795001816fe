import { createDiffieHellmanGroup } from 'node:crypto';
import { once } from 'node:events';
import type net from 'node:net';
import { describe, expect, test } from 'vitest';
import { handshakeRefusal } from '../../../proxy/trust/tls/handshake-failure.ts';
import { der, issue, pem, selfSigned } from '../../support/pki.ts';
import { authority, connect, failure, openDesk, reach, secure, serve, serveTcp } from '../support.ts';

const ec = issue(authority, { names: ['mail.example.org'] });
const rsa = issue(authority, { names: ['mail.example.org'], key: 'rsa2048' });

/** PEM of a well-known group; `modp2` has 1024 bits, `modp14` has 2048. */
function dhParameters(group: string): string {
  const known = createDiffieHellmanGroup(group);
  const integer = (bytes: Buffer) => der(0x02, Buffer.from([0]), bytes);
  return pem('DH PARAMETERS', der(0x30, integer(known.getPrime()), der(0x02, known.getGenerator())));
}

describe('a server with weak TLS', () => {
  test.each([
    ['TLS 1.1 only', ec, { maxVersion: 'TLSv1.1' }, 'tls-too-old'],
    ['TLS 1.0 only', rsa, { maxVersion: 'TLSv1' }, 'tls-too-old'],
    ['CBC only', ec, { ciphers: 'ECDHE-ECDSA-AES128-SHA256:@SECLEVEL=0' }, 'weak-cipher'],
    ['CBC with SHA-1 only', rsa, { ciphers: 'ECDHE-RSA-AES256-SHA:@SECLEVEL=0' }, 'weak-cipher'],
    ['static RSA only', rsa, { ciphers: 'AES128-GCM-SHA256:@SECLEVEL=0' }, 'weak-cipher'],
    ['no encryption at all', rsa, { ciphers: 'NULL-SHA256:@SECLEVEL=0' }, 'weak-cipher'],
    ['no certificate', rsa, { ciphers: 'ADH-AES128-GCM-SHA256:@SECLEVEL=0', dhparam: 'auto' }, 'weak-cipher'],
    [
      'a group of 1024 bits',
      rsa,
      { ciphers: 'DHE-RSA-AES128-GCM-SHA256:@SECLEVEL=0', dhparam: dhParameters('modp2') },
      'weak-cipher',
    ],
  ] as const)('%s is refused', async (_, identity, options, reason) => {
    const server = await serve(identity, { maxVersion: 'TLSv1.2', ...options });
    const { desk, state } = await openDesk();
    expect(await failure(connect(server, { desk }))).toMatchObject({ name: 'Refused', reason });
    expect(state.all('questions')).toEqual([]);
    expect(server.received()).toBe(0);
  });

  test.each(['ec224', 'dsa'] as const)('a key of the kind %s cannot even begin', async (key) => {
    const server = await serve(selfSigned({ names: ['mail.example.org'], key }));
    expect(await failure(connect(server))).toMatchObject({ reason: 'weak-cipher' });
  });

  test('a group of 2048 bits is fine', async () => {
    const ciphers = 'DHE-RSA-AES128-GCM-SHA256';
    const server = await serve(rsa, { maxVersion: 'TLSv1.2', ciphers, dhparam: dhParameters('modp14') });
    expect((await connect(server)).protection.cipher).toBe('TLS_DHE_RSA_WITH_AES_128_GCM_SHA256');
  });

  test.each(['ECDHE-ECDSA-AES256-GCM-SHA384', 'ECDHE-ECDSA-CHACHA20-POLY1305'])('%s is fine', async (ciphers) => {
    const server = await serve(ec, { maxVersion: 'TLSv1.2', ciphers });
    expect((await connect(server)).protection.tlsVersion).toBe('TLSv1.2');
  });

  test('a handshake signed with SHA-1 is refused', async () => {
    const server = await serve(rsa, { maxVersion: 'TLSv1.2', sigalgs: 'RSA+SHA1' });
    expect(await failure(connect(server))).toMatchObject({ reason: 'weak-cipher' });
  });
});

describe('what is no TLS', () => {
  test.each([
    ['greets at once', (socket: net.Socket) => socket.write('* OK evil text\r\n'), 'port-wants-starttls'],
    [
      'answers in plaintext',
      (socket: net.Socket) => socket.once('data', () => socket.write('500 evil text\r\n')),
      'port-wants-starttls',
    ],
    [
      'answers as a web server',
      (socket: net.Socket) => socket.once('data', () => socket.end('HTTP/1.1 400 evil\r\n')),
      'port-wants-starttls',
    ],
  ])('a server that %s is named for what it is', async (_, behave, code) => {
    const error = await failure(connect(await serveTcp(behave)));
    expect(error).toMatchObject({ reason: 'tls-handshake-failed', finding: { code } });
    expect(String(error)).not.toContain('evil');
  });

  test('plaintext after the go-ahead is told otherwise', async () => {
    const server = await serveTcp((socket) => {
      socket.write('220 go ahead\r\n');
      socket.once('data', () => socket.write('250 evil\r\n'));
    });
    const transport = await reach(server.port);
    transport.once('data', () => transport.pause());
    await once(transport, 'pause');
    transport.removeAllListeners('data');
    const error = await failure(secure(transport));
    expect(error).toMatchObject({ reason: 'tls-handshake-failed', finding: { code: 'plaintext-injected' } });
  });
});

describe('a connection that ends', () => {
  test.each([
    ['at once', (socket: net.Socket) => socket.end()],
    ['by a reset', (socket: net.Socket) => socket.once('data', () => socket.resetAndDestroy())],
    ['in the middle of a record', (socket: net.Socket) => socket.once('data', () => socket.end('\x16\x03\x03\x02'))],
  ])('%s is upstream-closed', async (_, behave) => {
    expect(await failure(connect(await serveTcp(behave)))).toMatchObject({ reason: 'upstream-closed' });
  });
});

describe('a handshake that is too much', () => {
  test('a certificate of 150 KB is refused', async () => {
    const padding = { oid: '1.3.6.1.4.1.55738.1', value: Buffer.alloc(150_000, 0x30) };
    const server = await serve(issue(authority, { names: ['mail.example.org'], extensions: [padding] }));
    expect(await failure(connect(server))).toMatchObject({ reason: 'tls-handshake-failed' });
  });

  test('a server that pours out bytes is cut off', async () => {
    // The library would stop empty warnings among handshake records; it simply waits for the rest of a long record.
    const server = await serveTcp((socket) => {
      const record = Buffer.concat([Buffer.from([0x16, 3, 3, 0x40, 0]), Buffer.alloc(0x4000)]);
      const pour = () => {
        while (socket.writable && socket.write(record));
        socket.once('drain', pour);
      };
      socket.once('data', pour);
    });
    expect(await failure(connect(server))).toMatchObject({ reason: 'tls-handshake-failed' });
  });
});

describe('the words', () => {
  const late = { received: 3000, begunInPlaintext: false };
  const atOnce = { received: 7, begunInPlaintext: false };

  test.each([
    ['an alert about the version', { ...atOnce, code: 'ERR_SSL_TLSV1_ALERT_PROTOCOL_VERSION' }, 'tls-too-old', null],
    [
      'an alert in place of a hello',
      { ...atOnce, code: 'ERR_SSL_SSL/TLS_ALERT_HANDSHAKE_FAILURE' },
      'weak-cipher',
      null,
    ],
    ['the same of BoringSSL', { ...atOnce, code: 'ERR_SSL_SSLV3_ALERT_HANDSHAKE_FAILURE' }, 'weak-cipher', null],
    ['an alert about security', { ...late, code: 'ERR_SSL_TLSV1_ALERT_INSUFFICIENT_SECURITY' }, 'weak-cipher', null],
    [
      'an alert about the name',
      { ...atOnce, code: 'ERR_SSL_TLSV1_UNRECOGNIZED_NAME' },
      'tls-handshake-failed',
      /by this name/,
    ],
    [
      'an alert inside',
      { ...late, code: 'ERR_SSL_TLSV1_ALERT_INTERNAL_ERROR' },
      'tls-handshake-failed',
      /internal_error/,
    ],
    [
      'one of TLS 1.3',
      { ...late, code: 'ERR_SSL_TLSV13_ALERT_MISSING_EXTENSION' },
      'tls-handshake-failed',
      /missing_extension/,
    ],
    [
      'one about a certificate',
      { ...late, code: 'ERR_SSL_SSL/TLS_ALERT_CERTIFICATE_REVOKED' },
      'tls-handshake-failed',
      /certificate_revoked/,
    ],
    [
      'a late failure',
      { ...late, code: 'ERR_SSL_SSL/TLS_ALERT_HANDSHAKE_FAILURE' },
      'tls-handshake-failed',
      /Your own certificate/,
    ],
    ['a code about the version', { ...late, code: 'ERR_SSL_UNSUPPORTED_PROTOCOL' }, 'tls-too-old', null],
    ['a code about the group', { ...late, code: 'ERR_SSL_DH_KEY_TOO_SMALL' }, 'weak-cipher', null],
    ['a code about the key', { ...late, code: 'ERR_SSL_EE_KEY_TOO_SMALL' }, 'certificate-rejected', null],
    ['a code about the hash', { ...late, code: 'ERR_SSL_CA_MD_TOO_WEAK' }, 'certificate-rejected', null],
    [
      '94: a curve that BoringSSL does not take',
      { ...late, code: 'ERR_SSL_BAD_ECC_CERT' },
      'certificate-rejected',
      null,
    ],
    [
      '94: a usage that BoringSSL does not take',
      { ...late, code: 'ERR_SSL_KEY_USAGE_BIT_INCORRECT' },
      'certificate-rejected',
      null,
    ],
    ['a code about the size', { ...late, code: 'ERR_SSL_EXCESSIVE_MESSAGE_SIZE' }, 'tls-handshake-failed', /far more/],
    ['a reset', { ...late, code: 'ECONNRESET' }, 'upstream-closed', null],
    ['an unknown code', { ...late, code: 'ERR_X' }, 'tls-handshake-failed', null],
  ] as const)('%s', (_, failure, reason, says) => {
    const refusal = handshakeRefusal('mail.example.org', failure);
    expect(refusal).toMatchObject({ reason, message: expect.stringContaining('mail.example.org') });
    expect(refusal.message).toMatch(says ?? /\.$/);
    expect(refusal.message).toMatch(/\.$/);
  });
});

describe('an alert of the server', () => {
  test.each([
    [10, 'unexpected_message'],
    [47, 'illegal_parameter'],
    [48, 'unknown_ca'],
    [80, 'internal_error'],
    [86, 'inappropriate_fallback'],
    [90, 'user_canceled'],
    [109, 'missing_extension'],
    [110, 'unsupported_extension'],
    [120, 'no_application_protocol'],
  ])('%i is told by its name', async (number, name) => {
    const server = await serveTcp((socket) => {
      socket.once('data', () => socket.write(Buffer.from([0x15, 3, 3, 0, 2, 2, number])));
    });
    const error = await failure(connect(server));
    expect(error).toMatchObject({ reason: 'tls-handshake-failed', message: expect.stringContaining(name) });
  });
});
