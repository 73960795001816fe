import { describe, expect, test, vi } from 'vitest';
import { ConsentFailed } from '../../proxy/oauth/failures.ts';
import { honestHalf } from '../support/honest-half.ts';
import { setStage, visit, walk } from './support/stage.ts';

describe('with a browser, at a real issuer', () => {
  test('honest: 101: a client of its own is registered, consent asked for, and one record kept', async () => {
    const stage = await setStage();
    await stage.signInAs('alice@example.test');
    const grant = await stage.grant();
    expect(grant).toMatchObject({ version: 1, ended: false, client: { secret: null } });
    expect(grant.refreshToken).not.toBeNull();
    expect(Date.parse(grant.accessUntil ?? '')).toBeGreaterThan(Date.now() + 3_500_000);
    expect(stage.issuer.asked).toContain('POST /reg');
    expect(stage.told).toEqual(['need Mail consent-missing at', 'given Mail']);
    expect([...stage.vault.records.keys()]).toEqual(['Mail/oauth-tokens', 'Mail/oauth-registration']);
  });

  test('the address for the browser has PKCE with S256, a state, and who is meant', async () => {
    const stage = await setStage();
    const asked: URL[] = [];
    await stage.consents.signIn(stage.account, { device: false }, (step) => {
      asked.push(new URL(step.url));
      void walk(stage.issuer, 'alice@example.test', step);
    });
    const query = Object.fromEntries(asked[0]?.searchParams ?? []);
    expect(query).toMatchObject({
      response_type: 'code',
      code_challenge_method: 'S256',
      login_hint: 'alice@example.test',
      scope: 'openid urn:ietf:params:oauth:scope:mail offline_access',
    });
    expect(query.code_challenge).toMatch(/^[\w-]{43}$/);
    expect(query.state).toMatch(/^[\w-]{43}$/);
    expect(query.redirect_uri).toMatch(/^http:\/\/127\.0\.0\.1:\d+\/[\w-]{32}$/);
  });

  test('the page at the end is shown when everything is done', async () => {
    const stage = await setStage();
    let page: Promise<string | null> | undefined;
    await stage.consents.signIn(stage.account, { device: false }, (step) => {
      page = walk(stage.issuer, 'alice@example.test', step);
    });
    expect(await page).toContain('You can close this page.');
    expect(await page).toContain('<h1>Signed in</h1>');
  });

  test('a second sign-in of the same account ends the first', async () => {
    const stage = await setStage();
    const first = stage.consents.signIn(stage.account, { device: false }, () => undefined);
    const ended = expect(first).rejects.toMatchObject({ reason: 'cancelled' });
    await stage.signInAs('alice@example.test');
    await ended;
    await stage.grant();
  });

  test('given up: nothing is kept, and the account still asks', async () => {
    const stage = await setStage();
    const begun = stage.consents.signIn(stage.account, { device: false }, () => stage.consents.cancel());
    await expect(begun).rejects.toMatchObject({ reason: 'cancelled' });
    expect(stage.vault.records.size).toBe(0);
    expect(stage.told.at(-1)).toBe('need Mail consent-missing');
  });
});

test('101: five minutes, and not one second more: then nothing is taken', async () => {
  const stage = await setStage();
  vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] });
  try {
    let opened = (_: string) => {};
    const asked = new Promise<string>((resolve) => {
      opened = resolve;
    });
    let ended: unknown = null;
    const begun = stage.consents.signIn(stage.account, { device: false }, ({ url }) => opened(url));
    begun.catch((error: unknown) => {
      ended = error;
    });
    const answer = await stage.issuer.consentAs('alice@example.test', await asked);
    vi.advanceTimersByTime(299_999);
    await new Promise((resolve) => setImmediate(resolve));
    expect(ended).toBeNull();
    vi.advanceTimersByTime(1);
    await expect(begun).rejects.toMatchObject({ reason: 'timeout' });
    await expect(visit(answer)).rejects.toMatchObject({ code: 'ECONNREFUSED' });
    expect(stage.issuer.grants).toEqual([]);
  } finally {
    vi.useRealTimers();
  }
});

test.each([-3, 3])('an issuer whose clock is wrong by %i hours keeps nobody from their mail', async (hours) => {
  const stage = await setStage();
  const shifted = (token: string) => {
    const [head, claims = '', ...rest] = token.split('.');
    const said = JSON.parse(Buffer.from(claims, 'base64url').toString());
    for (const key of ['iat', 'exp', 'auth_time']) if (key in said) said[key] += hours * 3600;
    return [head, Buffer.from(JSON.stringify(said)).toString('base64url'), ...rest].join('.');
  };
  let altered = 0;
  stage.issuer.intercept = (request, response) => {
    if (request.url !== '/token') return false;
    const { end } = response;
    response.end = ((body: Buffer | string) => {
      const said = JSON.parse(body.toString());
      altered += 'id_token' in said ? 1 : 0;
      const text = JSON.stringify({ ...said, id_token: shifted(said.id_token) });
      response.setHeader('Content-Length', Buffer.byteLength(text));
      return end.call(response, text, 'utf8');
    }) as typeof response.end;
    return false;
  };
  await stage.signInAs('alice@example.test');
  expect(altered).toBe(1);
  expect(Date.parse((await stage.grant()).accessUntil ?? '')).toBeGreaterThan(Date.now() + 3_500_000);
});

test('with a code, on another machine', async () => {
  const stage = await setStage();
  const shown: unknown[] = [];
  await stage.consents.signIn(stage.account, { device: true }, (step) => {
    shown.push(step);
    void walk(stage.issuer, 'alice@example.test', step);
  });
  expect(shown).toEqual([
    {
      event: 'device',
      url: expect.stringContaining(stage.issuer.url),
      code: expect.stringMatching(/^[A-Z]{4}-[A-Z]{4}$/),
      expiresAt: expect.any(String),
    },
  ]);
  expect((await stage.grant()).refreshToken).not.toBeNull();
});

test('signing out revokes at the issuer and forgets here; without the issuer it forgets all the same', async () => {
  const stage = await setStage();
  await stage.signInAs('alice@example.test');
  expect(await stage.consents.signOut('Mail', stage.account.signIn)).toBe('revoked');
  expect(stage.issuer.asked).toContain('POST /token/revocation');
  expect(stage.vault.records.size).toBe(0);
  await stage.signInAs('alice@example.test');
  await stage.issuer.stop();
  expect(await stage.consents.signOut('Mail', stage.account.signIn)).toBe('forgotten');
  expect(stage.vault.records.size).toBe(0);
});

test('105: who signed in is compared by signing in once: another mailbox keeps nothing, and says so', async () => {
  const seen: string[] = [];
  const stage = await setStage({
    async tryToken(_, token) {
      const { sub } = JSON.parse(Buffer.from(token.split('.')[1] ?? '', 'base64url').toString());
      seen.push(sub);
      if (sub !== 'alice@example.test') throw new ConsentFailed('wrong-mailbox');
    },
  });
  await expect(stage.signInAs('mallory@example.test')).rejects.toMatchObject({ reason: 'wrong-mailbox' });
  expect(stage.vault.records.size).toBe(0);
  await honestHalf('honest: 105: the one who was meant', async () => {
    await stage.signInAs('alice@example.test');
    await stage.grant();
  });
  expect(seen).toEqual(['mallory@example.test', 'alice@example.test']);
});

test('an issuer that is not there, and one that registers nobody', async () => {
  const stage = await setStage();
  stage.issuer.intercept = (request, response) => {
    if (request.url !== '/reg') return false;
    response.writeHead(403).end();
    return true;
  };
  await expect(stage.signInAs('alice@example.test')).rejects.toMatchObject({ reason: 'issuer-unavailable' });
  await stage.issuer.stop();
  await expect(stage.signInAs('alice@example.test')).rejects.toMatchObject({ reason: 'issuer-unavailable' });
});
