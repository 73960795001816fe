import { expect, test } from 'vitest';
import { findIssuer } from '../../proxy/oauth/issuer.ts';
import { createAuthority, issue } from '../support/pki.ts';
import { setStage } from './support/stage.ts';

type Answer = (url: string) => { status?: number; headers?: Record<string, string>; body?: object | string } | null;

async function withAnswers(answer: Answer, more: Parameters<typeof setStage>[0] = {}) {
  const stage = await setStage(more);
  stage.issuer.intercept = (request, response) => {
    const made = answer(request.url ?? '');
    if (!made) return false;
    const { status = 200, headers = {}, body = '' } = made;
    const text = typeof body === 'string' ? body : JSON.stringify(body);
    response.writeHead(status, { 'Content-Type': 'application/json', ...headers }).end(text);
    return true;
  };
  return { ...stage, find: () => findIssuer({ issuer: stage.issuer.url }, stage.fetch) };
}

const oauthPath = '/.well-known/oauth-authorization-server';
const oidcPath = '/.well-known/openid-configuration';

test('honest: 102: metadata by RFC 8414, or else by OpenID discovery', async () => {
  const stage = await withAnswers((url) => (url === oauthPath ? { status: 404 } : null));
  const { server } = await stage.find();
  expect(server.token_endpoint).toBe(`${stage.issuer.url}/token`);
  expect(server.registration_endpoint).toBe(`${stage.issuer.url}/reg`);
  expect(stage.issuer.asked).toEqual([`GET ${oauthPath}`, `GET ${oidcPath}`]);
  const { issuer } = stage;
  const metadata = { issuer: issuer.url, token_endpoint: `${issuer.url}/t` };
  const direct = await withAnswers(() => null);
  direct.issuer.intercept = (request, response) => {
    if (request.url !== oauthPath) return false;
    response.writeHead(200, { 'Content-Type': 'application/json' });
    response.end(JSON.stringify({ ...metadata, issuer: direct.issuer.url }));
    return true;
  };
  expect((await direct.find()).server.token_endpoint).toBe(`${issuer.url}/t`);
});

test('a web server that has a page for every address: the other kind is asked for', async () => {
  const page = { headers: { 'Content-Type': 'text/html' }, body: '<h1>Welcome</h1>' };
  const stage = await withAnswers((url) => (url === oauthPath ? page : null));
  expect((await stage.find()).server.token_endpoint).toBe(`${stage.issuer.url}/token`);
});

test.each<[string, Answer, string]>([
  [
    'the metadata of another issuer',
    () => ({ body: { issuer: 'https://evil.example', token_endpoint: 'https://evil.example/t' } }),
    'other-issuer',
  ],
  ['no metadata', () => ({ status: 404 }), 'no-metadata'],
  ['a page in their place', () => ({ headers: { 'Content-Type': 'text/html' }, body: '<h1>' }), 'no-metadata'],
  ['a redirect to another host', () => ({ status: 302, headers: { Location: 'https://evil.example/x' } }), 'elsewhere'],
  ['a redirect to http', () => ({ status: 302, headers: { Location: 'http://localhost/x' } }), 'not-encrypted'],
  ['redirects without an end', () => ({ status: 302, headers: { Location: '/x' } }), 'redirected'],
])('102: %s: refused by name', async (_, answer, fault) => {
  const stage = await withAnswers(answer);
  await expect(stage.find()).rejects.toMatchObject({ name: 'IssuerRefused', fault });
});

test.each([
  'token_endpoint',
  'authorization_endpoint',
  'device_authorization_endpoint',
  'registration_endpoint',
  'revocation_endpoint',
])('102: metadata that lead to http: %s', async (key) => {
  const stage = await setStage();
  stage.issuer.intercept = (_, response) => {
    const { url } = stage.issuer;
    const metadata = { issuer: url, token_endpoint: `${url}/token`, [key]: 'http://localhost/token' };
    response.writeHead(200, { 'Content-Type': 'application/json' }).end(JSON.stringify(metadata));
    return true;
  };
  const found = findIssuer({ issuer: stage.issuer.url }, stage.fetch);
  await expect(found).rejects.toMatchObject({ fault: 'not-encrypted' });
});

test('102: an issuer over http is not asked', async () => {
  const { fetch } = await setStage();
  await expect(findIssuer({ issuer: 'http://localhost:1/' }, fetch)).rejects.toMatchObject({ fault: 'not-encrypted' });
});

test.each<[string, Parameters<typeof issue>[1], boolean]>([
  ['a certificate for another name', { names: ['other.test'] }, true],
  ['one that has ended', { names: ['localhost'], notAfter: new Date(Date.now() - 3_600_000) }, true],
  ['one of an authority that nobody knows', { names: ['localhost'] }, false],
])('102: %s: refused by the same judge as for mail', async (_, options, known) => {
  const stage = await setStage({ identity: (authority) => issue(known ? authority : createAuthority(), options) });
  const found = findIssuer({ issuer: stage.issuer.url }, stage.fetch);
  await expect(found).rejects.toMatchObject({ name: 'Refused', reason: expect.stringMatching(/^certificate-/) });
  expect(stage.issuer.asked).toEqual([]);
});

test("a row of Postern's own needs no metadata; a row that there is none of, and nothing at all", async () => {
  const { fetch, issuer } = await setStage();
  const { server, row } = await findIssuer({ provider: 'google' }, fetch);
  expect([server.issuer, server.token_endpoint, row?.id]).toEqual([
    'https://accounts.google.com',
    'https://oauth2.googleapis.com/token',
    'google',
  ]);
  await expect(findIssuer({ provider: 'no-such' }, fetch)).rejects.toMatchObject({ fault: 'unknown-provider' });
  expect(issuer.asked).toEqual([]);
});
