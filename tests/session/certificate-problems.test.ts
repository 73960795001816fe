import { once } from 'node:events';
import type { AddressInfo } from 'node:net';
import { createServer } from 'node:tls';
import { expect, onTestFinished, test } from 'vitest';
import type { CertificateProblem } from '../../proxy/contract/index.ts';
import { type Core, relayTo, startCore } from '../support/core.ts';
import {
  type CertificateOptions,
  createAuthority,
  type Identity,
  issue,
  ocspResponse,
  selfSigned,
} from '../support/pki.ts';
import { RawClient } from '../support/raw-client.ts';

// A refusal about a certificate says what is wrong with it, so that a program can distinguish the causes.

const authority = createAuthority();
const names = ['localhost'];
const weak = (options: CertificateOptions) => issue(authority, { names, ...options });

async function startServer(identity: Identity, staple?: Uint8Array): Promise<number> {
  const options = { cert: identity.chainPem, key: identity.keyPem, ciphers: 'DEFAULT:@SECLEVEL=0' };
  const server = createServer(options, (socket) => {
    socket.on('error', () => {});
    socket.write('* OK ready\r\n');
  });
  server.on('tlsClientError', () => {});
  if (staple) server.on('OCSPRequest', (_certificate, _issuer, answer) => answer(null, Buffer.from(staple)));
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  onTestFinished(() => {
    server.close();
  });
  return (server.address() as AddressInfo).port;
}

/** Connects once, and returns what the event and the state say about the refusal. */
async function refusal(core: Core) {
  const from = core.events.length;
  const client = await RawClient.connect(core.port('relay'));
  await client.line();
  const event = await core.event('refused', () => true, from);
  return { event, state: core.proxy.state.get('relays', 'relay')?.lastRefusal };
}

async function startRelay(port: number, seconds = 0): Promise<Core> {
  const relays = [relayTo({ port, protocol: 'imap', tls: 'implicit' })];
  return startCore({ authority, relays, settings: { certificateDecisionSeconds: seconds } });
}

const revokedOne = weak({});
test.each<[string, Identity, CertificateProblem[], Uint8Array?]>([
  ['that nobody may decide about: a weak key', weak({ key: 'rsa1024' }), ['weak-key']],
  [
    'that nobody may decide about: a weak signature',
    selfSigned({ names, key: 'rsa2048', hash: 'sha1' }),
    ['self-signed', 'weak-signature'],
  ],
  [
    'that nobody may decide about: revoked',
    revokedOne,
    ['revoked'],
    ocspResponse(authority, revokedOne, { status: 'revoked' }),
  ],
  ['that nobody has decided about', selfSigned({ names }), ['self-signed']],
])('of a certificate %s', async (_, identity, problems, staple) => {
  const { event, state } = await refusal(await startRelay(await startServer(identity, staple)));
  expect(event).toMatchObject({ problems });
  expect(state).toMatchObject({ reason: event.reason, problems });
});

test('of a certificate that a person has rejected, at once and ever after', async () => {
  const core = await startRelay(await startServer(selfSigned({ names })), 60);
  const client = await RawClient.connect(core.port('relay'));
  const { id, problems } = await core.event('certificate-pending');
  await core.proxy.commands.reject({ id });
  await client.line();
  expect(await core.event('refused')).toMatchObject({ reason: 'certificate-rejected', problems });
  const later = await refusal(core);
  expect(later.event).toMatchObject({ reason: 'certificate-rejected', problems });
  expect(later.state).toMatchObject({ problems });
});

test('but not of anything else', async () => {
  const core = await startRelay(1);
  const { event, state } = await refusal(core);
  expect(event.reason).toBe('upstream-unreachable');
  expect(event).not.toHaveProperty('problems');
  expect(state).not.toHaveProperty('problems');
});
