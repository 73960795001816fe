import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { download } from '../../../main/download.ts';
import { resolveBySystem } from '../../../proxy/net/dial.ts';
import { createTrustDesk } from '../../../proxy/trust/decisions/trust-desk.ts';
import { serverId } from '../../../proxy/trust/decisions/trust-history.ts';
import { createRevocations } from '../../../proxy/trust/revocation/revocations.ts';
import { scratchDirectory } from '../../support/clean-up.ts';
import { issue, revocationList } from '../../support/pki.ts';
import { authority, connect, failure, openDesk, serve } from '../support.ts';
import { startListServer } from './support.ts';

/** Revocations, with a desk that consults them. */
async function stage() {
  const directory = join(scratchDirectory('revocations'), 'crls');
  const revoked: string[] = [];
  const faults: unknown[] = [];
  const base = await openDesk();
  const revocations = createRevocations({
    directory,
    servers: base.store.servers,
    download,
    resolve: resolveBySystem,
    now: () => new Date(),
    mayFetch: () => true,
    isConfigured: () => true,
    onRevoked: (fingerprint) => revoked.push(fingerprint),
    fault: (error) => faults.push(error),
  });
  onTestFinished(async () => {
    await revocations.close();
    expect(faults).toEqual([]);
  });
  const desk = createTrustDesk({ ...base, emit: () => {}, now: () => new Date(), revocations });
  return { desk, directory, revoked, revocations, store: base.store, state: base.state };
}

test('a verified server is looked after, and what turns up ends its trust at once', async () => {
  const { desk, revoked, store, state } = await stage();
  const lists = await startListServer();
  const leaf = issue(authority, { names: ['mail.example.org'], lists: [lists.url('/1')] });
  lists.put('/1', revocationList(authority, { revoked: [{ serial: leaf }] }));
  const server = await serve(leaf);
  const told = new Promise<void>((resolve) => {
    const stop = state.subscribe(() => {
      if (revoked.length === 0) return;
      stop();
      resolve();
    });
  });
  const { protection } = await connect(server, { desk });
  await told;
  expect(revoked).toEqual([leaf.fingerprint]);

  expect(desk.revokedMeanwhile('mail.example.org', protection)).toMatchObject({ reason: 'certificate-revoked' });
  const later = { ...protection, verifiedAt: new Date(Date.now() + 60_000).toISOString() };
  expect(desk.revokedMeanwhile('mail.example.org', later)).toBeNull();
  const another = { ...protection, certificate: { ...protection.certificate, fingerprint: 'x' } };
  expect(desk.revokedMeanwhile('mail.example.org', another)).toBeNull();

  expect(await failure(connect(server, { desk }))).toMatchObject({ name: 'Refused', reason: 'certificate-revoked' });
  const id = serverId({ server: 'mail.example.org', port: server.port });
  expect(store.servers.get(id)?.revocation).toMatchObject({ status: 'revoked', source: 'crl' });
});

test('a server that a person trusts is not looked after: nobody vouched for the addresses in its certificate', async () => {
  const { desk, state } = await stage();
  const lists = await startListServer();
  const leaf = issue(authority, { names: ['other.example.org'], lists: [lists.url('/1')] });
  const server = await serve(leaf);
  await failure(connect(server, { desk }));
  const [question] = state.all('questions');
  if (!question) throw new Error('no question');
  await desk.approve(question.id, 'once');
  expect((await connect(server, { desk })).protection.trust).toMatchObject({ kind: 'trusted-by-you' });
  await new Promise((resolve) => setImmediate(resolve));
  expect(lists.asked).toEqual([]);
});

test('nothing is read or made before a server was met, and the end needs nothing either', async () => {
  const { directory, revocations } = await stage();
  expect(revocations.revokedSince('x', new Date().toISOString())).toBe(false);
  await revocations.close();
  expect(existsSync(directory)).toBe(false);
});
