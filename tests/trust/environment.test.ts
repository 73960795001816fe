import { execFile } from 'node:child_process';
import { existsSync } from 'node:fs';
import { mkdtemp, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { expect, test } from 'vitest';
import { createAuthority, issue, writeFiles } from '../support/pki.ts';
import { serve } from './support.ts';

const run = promisify(execFile);

/** Connects as the product does, with Mozilla's and the system's authorities, and prints the outcome. */
const child = `
import { once } from 'node:events';
import net from 'node:net';
import { createStateStore } from ${JSON.stringify(new URL('../../proxy/state/store.ts', import.meta.url))};
import { createTlsContexts, secureUpstream } from ${JSON.stringify(new URL('../../proxy/trust/tls/secure-upstream.ts', import.meta.url))};
import { createTrustDesk } from ${JSON.stringify(new URL('../../proxy/trust/decisions/trust-desk.ts', import.meta.url))};
import { createLiveGrounds } from ${JSON.stringify(new URL('../../proxy/trust/decisions/live-grounds.ts', import.meta.url))};
import { openTrustStore } from ${JSON.stringify(new URL('../../proxy/trust/decisions/trust-store.ts', import.meta.url))};
import { readFileSync } from 'node:fs';
const [port, directory, extra] = process.argv.slice(2);
const state = createStateStore({ version: '0', startedAt: '', paused: false, questionsDropped: 0, warnings: [] });
const store = await openTrustStore(directory, state);
const desk = createTrustDesk({ store, state, emit: () => {}, now: () => new Date(), grounds: createLiveGrounds() });
const transport = net.connect({ host: '127.0.0.1', port: Number(port), allowHalfOpen: true });
await once(transport, 'connect');
const context = createTlsContexts({ authorities: extra ? [readFileSync(extra, 'utf8')] : [], clientCertificates: new Map() }).of('r');
try {
  const { socket, protection } = await secureUpstream(transport, { account: 'a', relay: 'r', server: 'mail.example.org', port: 993 }, context, desk, new AbortController().signal);
  socket.write('a secret line');
  await new Promise((resolve) => socket.end(resolve));
  console.log(protection.trust.kind);
} catch (error) {
  console.log(error.name, JSON.stringify(state.all('questions').map(({ problems }) => problems)));
}
process.exit(0);
`;

async function outcome(port: number, environment: Record<string, string>, extra?: string): Promise<string> {
  const directory = await mkdtemp(join(tmpdir(), 'postern-environment-'));
  const script = join(directory, 'child.mjs');
  await writeFile(script, child);
  const { stdout } = await run(process.execPath, [script, String(port), directory, ...(extra ? [extra] : [])], {
    env: { PATH: process.env.PATH ?? '', ...environment },
  });
  return stdout.trim();
}

test('no variable makes a stranger trusted', async () => {
  const stranger = createAuthority();
  const leaf = issue(stranger, { names: ['mail.example.org'] });
  const directory = await mkdtemp(join(tmpdir(), 'postern-roots-'));
  const { root } = writeFiles(directory, leaf);
  const { port } = await serve(leaf);
  const refused = 'CertificateQuestioned [["unknown-issuer"]]';
  const environments: Record<string, string>[] = [
    { NODE_TLS_REJECT_UNAUTHORIZED: '0' },
    { NODE_EXTRA_CA_CERTS: root },
    { SSL_CERT_FILE: root },
    { SSL_CERT_FILE: root, NODE_USE_SYSTEM_CA: '1' },
    { SSL_CERT_FILE: root, NODE_OPTIONS: '--use-openssl-ca' },
    { SSL_CERT_FILE: root, NODE_OPTIONS: '--use-system-ca' },
    { SSL_CERT_DIR: directory, NODE_OPTIONS: '--use-openssl-ca' },
    { NODE_OPTIONS: '--tls-min-v1.0 --tls-cipher-list=ALL' },
  ];
  const outcomes: string[] = [];
  for (const environment of environments) outcomes.push(await outcome(port, environment));
  expect(outcomes).toEqual(environments.map(() => refused));
  // The honest twin: once configured, the same authority is trusted.
  expect(await outcome(port, {}, root)).toBe('verified');
});

test('no variable makes the keys of a connection leak', async () => {
  const trusted = createAuthority();
  const leaf = issue(trusted, { names: ['mail.example.org'] });
  const directory = await mkdtemp(join(tmpdir(), 'postern-keys-'));
  const { root } = writeFiles(directory, leaf);
  const { port } = await serve(leaf);
  const keys = join(directory, 'keys.log');
  const environment = { NODE_OPTIONS: `--tls-keylog=${keys}`, SSLKEYLOGFILE: keys };
  expect(await outcome(port, environment, root)).toBe('verified');
  expect(existsSync(keys)).toBe(false);
});
