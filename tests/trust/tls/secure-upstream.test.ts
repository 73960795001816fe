import { constants } from 'node:crypto';
import { once } from 'node:events';
import net from 'node:net';
import tls from 'node:tls';
import { describe, expect, test } from 'vitest';
import { CertificateQuestioned, VerifiedSocket } from '../../../proxy/trust/tls/secure-upstream.ts';
import { createAuthority, type Identity, issue, keyPair, selfSigned } from '../../support/pki.ts';
import { authority, connect, failure, openDesk, serve, serveTcp } from '../support.ts';

const good = issue(authority, { names: ['mail.example.org'] });

describe('a verified server', () => {
  test.each(['TLSv1.2', 'TLSv1.3'] as const)('is reached over %s', async (version) => {
    const server = await serve(good, { minVersion: version, maxVersion: version });
    const { socket, protection } = await connect(server);
    expect(protection).toMatchObject({ tlsVersion: version, trust: { kind: 'verified' } });
    expect(protection.cipher).toMatch(/GCM|CHACHA20/);
    expect(protection.certificate).toMatchObject({ fingerprint: good.fingerprint, names: ['mail.example.org'] });
    socket.write('hello');
    const [peer] = await server.accepted(1);
    expect(String(await once(peer as tls.TLSSocket, 'data'))).toBe('hello');
  });

  test('has said nothing that was read, and heard nothing, before the session takes over', async () => {
    const server = await serve(good, { greet: '* OK ready\r\n' });
    const { socket } = await connect(server);
    expect(socket.readableFlowing).not.toBe(true);
    expect(server.received()).toBe(0);
    const [greeting] = await once(socket, 'data');
    expect(String(greeting)).toBe('* OK ready\r\n');
  });

  test('is verified through an intermediate, and through one that it forgot to send it is not', async () => {
    const middle = issue(authority, { ca: true, cn: 'Middle' });
    const leaf = issue(middle, { names: ['mail.example.org'] });
    expect((await connect(await serve(leaf))).protection.trust).toEqual({ kind: 'verified' });
    const { desk, state } = await openDesk();
    const alone = await serve({ chainPem: leaf.certPem, keyPem: leaf.keyPem });
    expect(await failure(connect(alone, { desk }))).toBeInstanceOf(CertificateQuestioned);
    expect(state.all('questions')[0]?.problems).toEqual(['unknown-issuer']);
  });

  test('is asked for by its name in A-labels, without a trailing dot', async () => {
    const leaf = issue(authority, { names: ['xn--bcher-kva.example'] });
    const server = await serve(leaf);
    for (const host of ['bücher.example', 'xn--bcher-kva.example', 'Bücher.Example.']) {
      await connect(server, { server: host });
    }
    expect((await server.accepted(3)).map(({ servername }) => servername)).toEqual(
      Array(3).fill('xn--bcher-kva.example'),
    );
  });

  test('is not asked for by name when it is an address', async () => {
    const server = await serve(issue(authority, { ips: ['127.0.0.1', '::1'], cn: 'x' }));
    for (const host of ['127.0.0.1', '::1', '0:0::1']) await connect(server, { server: host });
    expect((await server.accepted(3)).map(({ servername }) => servername)).toEqual([false, false, false]);
  });

  test('is judged anew on every connection, and no session is resumed', async () => {
    const server = await serve(good);
    await connect(server);
    await connect(server);
    expect((await server.accepted(2)).map((socket) => socket.isSessionReused())).toEqual([false, false]);
  });

  test('cannot be made by anyone else', () => {
    const make = VerifiedSocket as unknown as new () => VerifiedSocket;
    // The brand is a private field, which an object that merely looks alike does not have.
    expect(() => Object.create(make.prototype).socket).toThrow(TypeError);
  });
});

describe('what is refused', () => {
  test.each([
    ['self-signed', selfSigned({ names: ['mail.example.org'] }), ['self-signed']],
    ['of an unknown authority', issue(createAuthority(), { names: ['mail.example.org'] }), ['unknown-issuer']],
    ['for another host', issue(authority, { names: ['imap.example.org'] }), ['name-mismatch']],
    [
      'wrong in every way at once',
      selfSigned({ names: ['a.test'], eku: ['clientAuth'], notAfter: new Date(Date.now() - 2000) }),
      ['expired', 'name-mismatch', 'self-signed', 'wrong-usage'],
    ],
  ])('a certificate %s becomes a question', async (_, identity, problems) => {
    const server = await serve(identity);
    const { desk, state, events } = await openDesk();
    const error = await failure(connect(server, { desk }));
    expect(error).toBeInstanceOf(CertificateQuestioned);
    const { questionId } = error as CertificateQuestioned;
    expect(state.get('questions', questionId)).toMatchObject({ problems, offers: ['reject', 'once', 'always'] });
    expect(events).toMatchObject([{ event: 'certificate-pending', id: questionId, problems }]);
    expect(server.received()).toBe(0);
  });

  test.each([
    ['weak-key', selfSigned({ names: ['mail.example.org'], key: 'rsa1024' }), 'certificate-rejected'],
    [
      'weak-signature',
      selfSigned({ names: ['mail.example.org'], key: 'rsa2048', hash: 'sha1' }),
      'certificate-rejected',
    ],
    [
      'weak-signature',
      selfSigned({ names: ['mail.example.org'], key: 'rsa2048', hash: 'md5' }),
      'certificate-rejected',
    ],
  ])('%s is refused without a question', async (_, identity, reason) => {
    const server = await serve(identity);
    const { desk, state } = await openDesk();
    expect(await failure(connect(server, { desk }))).toMatchObject({ name: 'Refused', reason });
    expect(state.all('questions')).toEqual([]);
  });

  test('a certificate that the library can read and we cannot', async () => {
    const extensions = Array.from({ length: 101 }, (_, n) => ({ oid: `1.2.3.${n}`, value: Buffer.from([5, 0]) }));
    const server = await serve(issue(authority, { names: ['mail.example.org'], extensions }));
    expect(await failure(connect(server))).toMatchObject({ name: 'Refused', reason: 'certificate-rejected' });
  });

  test('a chain of a hundred links becomes a question like any other', async () => {
    let top = authority;
    for (let link = 0; link < 99; link += 1) top = issue(top, { ca: true, cn: `Link ${link}` });
    const server = await serve(issue(top, { names: ['mail.example.org'] }));
    const { desk, state } = await openDesk();
    expect(await failure(connect(server, { desk }))).toBeInstanceOf(CertificateQuestioned);
    expect(state.all('questions')[0]?.problems).toEqual(['unknown-issuer']);
  });

  test('a certificate whose key the server does not have', async () => {
    // OpenSSL refuses to serve with another key, so a bare TCP server replays what the honest one said to another
    // client.
    const honest = await serve(good, { maxVersion: 'TLSv1.2' });
    const replayed = await recordedHandshake(honest.port);
    const thief = await serveTcp((socket) => socket.once('data', () => socket.write(replayed)));
    expect(await failure(connect(thief))).toMatchObject({ reason: 'tls-handshake-failed' });
  });
});

describe('two intermediates of one key', () => {
  const keys = keyPair();
  const middle = { ca: true, cn: 'Middle', key: keys } as const;
  const rsaRoot = createAuthority({ cn: 'RSA Root', key: 'rsa2048' });
  const honest = issue(rsaRoot, middle);
  const leaf = issue(honest, { names: ['mail.example.org'] });
  const bad: [string, Identity][] = [
    ['is signed with SHA-1', issue(rsaRoot, { ...middle, hash: 'sha1' })],
    ['has expired', issue(rsaRoot, { ...middle, notAfter: new Date(Date.now() - 86_400_000) })],
    ['forbids the name', issue(rsaRoot, { ...middle, nameConstraints: { excluded: [{ dns: 'mail.example.org' }] } })],
  ];
  const serving = (...presented: Identity[]) =>
    serve({ chainPem: [leaf, ...presented].map(({ certPem }) => certPem).join(''), keyPem: leaf.keyPem });

  test.each(bad)('honest: 93: the good one counts, in whatever order, where the other %s', async (_, other) => {
    for (const presented of [
      [other, honest],
      [honest, other],
    ]) {
      const { protection } = await connect(await serving(...presented), { trusted: [rsaRoot.certPem] });
      expect(protection.trust).toEqual({ kind: 'verified' });
    }
  });

  test.each(bad)('93: without the good one it is refused, where the other %s', async (_, other) => {
    const error = await failure(connect(await serving(other), { trusted: [rsaRoot.certPem] }));
    expect(error instanceof CertificateQuestioned || (error as Error).name === 'Refused').toBe(true);
  });
});

describe('keys that TLS libraries see in different ways', () => {
  const names = ['mail.example.org'];

  test.each<[string, Identity]>([
    ['on the curve P-521', issue(authority, { names, key: 'ec521' })],
    ['of RSA, for key exchange alone', issue(authority, { names, key: 'rsa2048', keyUsage: ['keyEncipherment'] })],
  ])('honest: 94: a key %s is accepted', async (_, identity) => {
    for (const maxVersion of ['TLSv1.2', 'TLSv1.3'] as const) {
      const { protection } = await connect(await serve(identity, { maxVersion }));
      expect(protection.trust).toEqual({ kind: 'verified' });
    }
  });

  test('94: a key on a curve of its own is refused, and no question is asked', async () => {
    const { desk, state } = await openDesk();
    const server = await serve(issue(authority, { names, key: 'ec-explicit' }));
    expect(await failure(connect(server, { desk }))).toMatchObject({ name: 'Refused', reason: 'certificate-rejected' });
    expect(state.all('questions')).toEqual([]);
  });
});

test('a path that needs the last of a hundred presented certificates is found', async () => {
  const middle = issue(authority, { ca: true, cn: 'Middle' });
  const leaf = issue(middle, { names: ['mail.example.org'] });
  const others = Array.from({ length: 99 }, (_, n) => createAuthority({ cn: `Other ${n}` }));
  const chainPem = [leaf, ...others, middle].map(({ certPem }) => certPem).join('');
  const { protection } = await connect(await serve({ chainPem, keyPem: leaf.keyPem }));
  expect(protection.trust).toEqual({ kind: 'verified' });
});

/** The server's side of one TLS 1.2 handshake, as it was sent. */
function recordedHandshake(port: number): Promise<Buffer> {
  return new Promise((resolve) => {
    const chunks: Buffer[] = [];
    const line = net.createServer((near) => {
      const far = net.connect(port, '127.0.0.1');
      near.pipe(far);
      far.on('data', (chunk) => chunks.push(chunk));
      far.pipe(near);
      near.on('error', () => {});
      far.on('error', () => {});
    });
    line.listen(0, '127.0.0.1', () => {
      const secure = tls.connect({ port: (line.address() as net.AddressInfo).port, rejectUnauthorized: false });
      secure.once('secureConnect', () => {
        secure.destroy();
        line.close();
        resolve(Buffer.concat(chunks));
      });
    });
  });
}

describe('client certificates', () => {
  const clientAuthority = createAuthority();
  const client = issue(clientAuthority, { cn: 'client', eku: ['clientAuth'] });
  const asking = { requestCert: true, rejectUnauthorized: false, ca: [clientAuthority.certPem] };

  test('none is sent when none is configured', async () => {
    const server = await serve(good, asking);
    await connect(server);
    const [peer] = await server.accepted(1);
    expect(peer?.getPeerX509Certificate()).toBeUndefined();
  });

  test('the configured one is sent', async () => {
    const server = await serve(good, asking);
    await connect(server, { clientCertificate: { certificate: client.chainPem, key: client.keyPem } });
    const [peer] = await server.accepted(1);
    expect(peer?.authorized).toBe(true);
  });
});

describe('the end of an attempt', () => {
  test("the signal's own reason is thrown, and the transport is destroyed", async () => {
    const silent = await serveTcp(() => {});
    const controller = new AbortController();
    const attempt = failure(connect(silent, { signal: controller.signal }));
    const reason = new Error('the deadline');
    setImmediate(() => controller.abort(reason));
    expect(await attempt).toBe(reason);
  });

  test('an attempt that is over before it begins sends nothing', async () => {
    let bytes = 0;
    const server = await serveTcp((socket) =>
      socket.on('data', (chunk) => {
        bytes += chunk.length;
      }),
    );
    expect(await failure(connect(server, { signal: AbortSignal.abort('over') }))).toBe('over');
    expect(bytes).toBe(0);
  });

  test('the transport is destroyed when the verdict is no', async () => {
    const server = await serve(selfSigned({ names: ['mail.example.org'] }), { maxVersion: 'TLSv1.2' });
    await failure(connect(server));
    const [peer] = await server.accepted(1);
    if (peer && !peer.destroyed) await once(peer, 'close');
    expect(peer?.destroyed).toBe(true);
  });
});

test('a renegotiation is refused', async () => {
  const server = await serve(good, { maxVersion: 'TLSv1.2', secureOptions: constants.SSL_OP_NO_TICKET });
  const { socket } = await connect(server);
  const finished = socket.getFinished();
  const [peer] = await server.accepted(1);
  if (!peer) throw new Error('no connection');
  const outcome = new Promise<Error | null>((resolve) => {
    peer.renegotiate({}, resolve);
    peer.once('error', resolve);
    peer.once('close', () => resolve(new Error('closed')));
  });
  socket.resume();
  expect(await outcome).toBeInstanceOf(Error);
  expect(socket.getFinished()).toEqual(finished);
});
