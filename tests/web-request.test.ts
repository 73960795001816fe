/** A web server of the person's choice: verified as a mail server is, and no question is asked about it. */
import { once } from 'node:events';
import { createServer } from 'node:https';
import type { AddressInfo } from 'node:net';
import { expect, test } from 'vitest';
import { httpExchange } from '../main/http-exchange.ts';
import { atEnd } from './support/clean-up.ts';
import { startCore } from './support/core.ts';
import { createAuthority, type Identity, issue, selfSigned } from './support/pki.ts';

const authority = createAuthority();

async function webServer(identity: Identity): Promise<{ url: string; bodies: string[] }> {
  const bodies: string[] = [];
  const server = createServer({ cert: identity.chainPem, key: identity.keyPem }, async (request, response) => {
    let body = '';
    for await (const chunk of request) body += chunk;
    bodies.push(body);
    if (request.url === '/elsewhere') response.writeHead(307, { Location: '/other' });
    response.end('taken');
  });
  server.on('tlsClientError', () => undefined);
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  atEnd(() => {
    server.closeAllConnections();
    server.close();
  });
  return { url: `https://localhost:${(server.address() as AddressInfo).port}/hook`, bodies };
}

const post = { method: 'POST', headers: {}, body: 'canary' };
const core = () => startCore({ accounts: [], authority, httpExchange, resolve: async () => ['127.0.0.1'] });

test('the honest one is asked', async () => {
  const [{ proxy }, { url, bodies }] = [await core(), await webServer(issue(authority, { names: ['localhost'] }))];
  const response = await proxy.fetch(url, post);
  expect([response.status, await response.text(), bodies]).toEqual([200, 'taken', ['canary']]);
});

test('one that does not verify hears nothing, and no question comes of it', async () => {
  const wrong = issue(authority, { names: ['other.example'] });
  for (const identity of [selfSigned({ names: ['localhost'] }), wrong]) {
    const [{ proxy }, { url, bodies }] = [await core(), await webServer(identity)];
    await expect(proxy.fetch(url, post)).rejects.toThrow(/certificate/);
    expect([bodies, proxy.state.all('questions')]).toEqual([[], []]);
  }
});

test('a redirect is not followed with what was posted, and plaintext is not spoken', async () => {
  const [{ proxy }, { url, bodies }] = [await core(), await webServer(issue(authority, { names: ['localhost'] }))];
  expect((await proxy.fetch(url.replace('/hook', '/elsewhere'), post)).status).toBe(307);
  expect(bodies).toEqual(['canary']);
  await expect(proxy.fetch(url.replace('https:', 'http:'), post)).rejects.toThrow(/without encryption/);
});

test('nobody is asked while Postern is paused', async () => {
  const [{ proxy }, { url, bodies }] = [await core(), await webServer(issue(authority, { names: ['localhost'] }))];
  await proxy.commands.pause({});
  await expect(proxy.fetch(url, post)).rejects.toThrow(/paused/);
  await proxy.commands.resume({});
  expect((await proxy.fetch(url, post)).status).toBe(200);
  expect(bodies).toEqual(['canary']);
});
