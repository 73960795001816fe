import { once } from 'node:events';
import { createServer } from 'node:net';
import { expect, test } from 'vitest';
import { type Stage, setStage, visit } from './support/stage.ts';

/** A sign-in in progress, with the address that the browser would be sent to after consent. */
async function begun(stage: Stage): Promise<{ url: URL; end: Promise<void> }> {
  let open: (url: string) => void = () => {};
  const opened = new Promise<string>((done) => {
    open = done;
  });
  const end = stage.consents.signIn(stage.account, { device: false }, ({ url }) => open(url));
  end.catch(() => undefined);
  return { url: new URL(await opened), end };
}

test.each<[string, (answer: URL) => URL]>([
  ['another state', (answer) => changed(answer, 'state', 'x'.repeat(43))],
  ['no state', (answer) => changed(answer, 'state', null)],
  ['another issuer', (answer) => changed(answer, 'iss', 'https://evil.example')],
  ['no issuer, where this one names itself', (answer) => changed(answer, 'iss', null)],
  ['a state twice', (answer) => new URL(`${answer.href}&state=y`)],
  ['no code and no error', (answer) => new URL(`${answer.origin}${answer.pathname}?x=1`)],
  [
    'an error with another state',
    (answer) => new URL(`${answer.origin}${answer.pathname}?error=access_denied&state=y`),
  ],
])('101: an answer with %s is ignored, and the honest one still counts', async (_, forge) => {
  const stage = await setStage();
  const { url, end } = await begun(stage);
  const answer = new URL(await stage.issuer.consentAs('alice@example.test', url.href));
  expect((await visit(forge(answer).href)).status).toBe(404);
  expect(stage.issuer.grants).toEqual([]);
  expect((await visit(answer.href)).status).toBe(200);
  await end;
  await stage.grant();
});

test('101: the first answer is the only one: the same once more finds nothing', async () => {
  const stage = await setStage();
  const { url, end } = await begun(stage);
  const answer = await stage.issuer.consentAs('alice@example.test', url.href);
  const statuses = (
    await Promise.all([visit(answer), visit(answer)].map((each) => each.catch(() => ({ status: 0 }))))
  ).map(({ status }) => status);
  await end;
  expect(statuses.filter((status) => status === 200)).toHaveLength(1);
  expect(stage.issuer.grants).toEqual(['authorization_code']);
  // The address is no longer served.
  await expect(visit(answer)).rejects.toThrow(/ECONNREFUSED/);
});

test('101: a code of somebody else’s consent buys nothing: PKCE binds it to its own request', async () => {
  const stage = await setStage();
  const first = await begun(stage);
  const stolen = new URL(await stage.issuer.consentAs('mallory@example.test', first.url.href)).searchParams.get('code');
  const { url, end } = await begun(stage);
  const state = url.searchParams.get('state') ?? '';
  const back = new URL(url.searchParams.get('redirect_uri') ?? '');
  const forged = `${back.href}?${new URLSearchParams({ code: stolen ?? '', state, iss: stage.issuer.url })}`;
  const page = await visit(forged);
  expect(page.text).toContain('That did not work');
  await expect(end).rejects.toMatchObject({ reason: 'configuration' });
  expect(stage.vault.records.size).toBe(0);
});

test('a person who says no', async () => {
  const stage = await setStage();
  const { url, end } = await begun(stage);
  const back = url.searchParams.get('redirect_uri');
  const state = url.searchParams.get('state') ?? '';
  const said = new URLSearchParams({ error: 'access_denied', state, iss: stage.issuer.url });
  const { text } = await visit(`${back}?${said}`);
  expect(text).toContain('You can close this page.');
  await expect(end).rejects.toMatchObject({ reason: 'denied' });
});

/** Where the browser would be sent to by a provider of the table. */
async function asked(provider: string): Promise<{ url: URL; give: () => void }> {
  const stage = await setStage({ signIn: { provider, issuer: undefined, clientId: 'ours' } });
  const { url, end } = await begun(stage);
  end.catch(() => undefined);
  return { url, give: () => stage.consents.cancel() };
}

test('a provider that compares the address: without a path at Microsoft, as somebody registers it', async () => {
  const { url, give } = await asked('microsoft');
  expect(url.searchParams.get('redirect_uri')).toMatch(/^http:\/\/localhost:\d+$/);
  give();
});

test('a provider that compares even the port: there it is, and is said where another program has it', async () => {
  const other = createServer().listen(21587, '127.0.0.1');
  await once(other, 'listening');
  const stage = await setStage({ signIn: { provider: 'mail-ru', issuer: undefined, clientId: 'ours' } });
  await expect(stage.consents.signIn(stage.account, { device: false }, () => undefined)).rejects.toMatchObject({
    reason: 'return-port-taken',
  });
  other.close();
  await once(other, 'close');
  const { url, give } = await asked('mail-ru');
  expect(url.href.split('?')[0]).toBe('https://oauth.mail.ru/login');
  expect(url.searchParams.get('redirect_uri')).toBe('http://localhost:21587/');
  expect(url.searchParams.get('code_challenge_method')).toBe('S256');
  give();
});

function changed(url: URL, name: string, value: string | null): URL {
  const next = new URL(url);
  if (value === null) next.searchParams.delete(name);
  else next.searchParams.set(name, value);
  return next;
}
