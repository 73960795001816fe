import { describe, expect, test } from 'vitest';
import { NoToken } from '../../proxy/gate/access-tokens.ts';
import { createAccessTokens } from '../../proxy/oauth/access-tokens.ts';
import { honestHalf } from '../support/honest-half.ts';
import { createAuthority, issue } from '../support/pki.ts';
import { type Stage, setStage } from './support/stage.ts';

const never = new AbortController().signal;

async function signedIn(more: Parameters<typeof setStage>[0] = {}) {
  const stage = await setStage(more);
  await stage.signInAs('alice@example.test');
  stage.told.length = 0;
  stage.issuer.grants.length = 0;
  const tokens = createAccessTokens({
    ...stage,
    signInOf: (name) => (name === stage.account.name ? stage.account.signIn : null),
    now: () => stage.clock.now,
  });
  return { ...stage, tokens };
}

/** Advances the clock, by an hour unless told otherwise. */
function later({ clock }: Pick<Stage, 'clock'>, seconds = 3600): void {
  clock.now = new Date(clock.now.getTime() + seconds * 1000);
}

function answering(stage: Stage, status: number, body: object): void {
  stage.issuer.intercept = (request, response) => {
    if (request.url !== '/token') return false;
    stage.issuer.grants.push('intercepted');
    response.writeHead(status, { 'Content-Type': 'application/json' }).end(JSON.stringify(body));
    return true;
  };
}

describe('a token that is good', () => {
  test('honest: 103: is handed out without a question, until less than five minutes of it are left', async () => {
    const stage = await signedIn();
    const { accessToken } = await stage.grant();
    expect(await stage.tokens.current('Mail', 'localhost', never)).toBe(accessToken);
    later(stage, 3600 - 301);
    expect(await stage.tokens.current('Mail', 'localhost', never)).toBe(accessToken);
    expect(stage.issuer.grants).toEqual([]);
    later(stage, 2);
    expect(await stage.tokens.current('Mail', 'localhost', never)).not.toBe(accessToken);
    expect(stage.issuer.grants).toEqual(['refresh_token']);
  });

  test('serves to its end while the issuer is out of order', async () => {
    const stage = await signedIn();
    const { accessToken } = await stage.grant();
    later(stage, 3600 - 120);
    await stage.issuer.stop();
    expect(await stage.tokens.current('Mail', 'localhost', never)).toBe(accessToken);
  });

  test('of a clock that was wrong: one from the future is renewed', async () => {
    const stage = await signedIn();
    const { accessToken } = await stage.grant();
    later(stage, -7200);
    // The issuer's own certificate is judged by this clock, too: it is a day old.
    expect(await stage.tokens.current('Mail', 'localhost', never)).not.toBe(accessToken);
  });
});

test('100: a token goes to the servers that were consented for, and to no other', async () => {
  const stage = await signedIn();
  later(stage);
  for (const server of ['evil.test', 'localhost.evil.test', '']) {
    await expect(stage.tokens.current('Mail', server, never)).rejects.toMatchObject({ because: 'consent-needed' });
    await expect(stage.tokens.renewed('Mail', server, 'x', never)).rejects.toBeInstanceOf(NoToken);
  }
  expect(new Set(stage.told)).toEqual(new Set(['need Mail servers-changed']));
  expect(stage.issuer.grants).toEqual([]);
  await honestHalf('honest: 100: its own server, however it is spelled', async () => {
    expect(await stage.tokens.current('Mail', 'LOCALHOST.', never)).toBe((await stage.grant()).accessToken);
  });
});

test('103: ten sessions at the moment of expiry: one question, and each gets what it brought', async () => {
  const stage = await signedIn();
  later(stage);
  const given = await Promise.all(Array.from({ length: 10 }, () => stage.tokens.current('Mail', 'localhost', never)));
  expect(new Set(given)).toEqual(new Set([(await stage.grant()).accessToken]));
  expect(stage.issuer.grants).toEqual(['refresh_token']);
});

test('103: the new refresh token is stored before the access token is handed out', async () => {
  const stage = await signedIn();
  const before = await stage.grant();
  later(stage);
  let store = () => {};
  const { write } = stage.vault;
  const begun = new Promise<void>((begin) => {
    stage.vault.write = async (...args) => {
      begin();
      await new Promise<void>((done) => {
        store = done;
      });
      return write(...args);
    };
  });
  let given: string | null = null;
  const asked = stage.tokens.current('Mail', 'localhost', never).then((token) => {
    given = token;
  });
  await begun;
  expect(given).toBeNull();
  store();
  await asked;
  const after = await stage.grant();
  expect(after.refreshToken).not.toBe(before.refreshToken);
  expect(given).toBe(after.accessToken);
});

test('103: a disk that takes nothing: no token, and the consent is not given up', async () => {
  const stage = await signedIn();
  later(stage);
  const { write } = stage.vault;
  stage.vault.write = async () => {
    throw Object.assign(new Error('full'), { code: 'ENOSPC' });
  };
  await expect(stage.tokens.current('Mail', 'localhost', never)).rejects.toMatchObject({
    because: 'issuer-unavailable',
  });
  expect(stage.told.at(-1)).toBe('warn Mail What the provider gave could not be stored (ENOSPC).');
  stage.vault.write = write;
  expect((await stage.grant()).ended).toBe(false);
});

test('who leaves while the issuer is asked takes nothing from the others', async () => {
  const stage = await signedIn();
  later(stage);
  const leaving = new AbortController();
  const first = stage.tokens.current('Mail', 'localhost', leaving.signal);
  const second = stage.tokens.current('Mail', 'localhost', never);
  leaving.abort(new Error('left'));
  await expect(first).rejects.toThrow('left');
  expect(await second).toBe((await stage.grant()).accessToken);
});

describe('a token that the mail server turns down', () => {
  test('is renewed once; who comes with the old one then gets the new one at once', async () => {
    const stage = await signedIn();
    const { accessToken } = await stage.grant();
    const next = await stage.tokens.renewed('Mail', 'localhost', accessToken, never);
    expect(next).not.toBe(accessToken);
    expect(await stage.tokens.renewed('Mail', 'localhost', accessToken, never)).toBe(next);
    expect(stage.issuer.grants).toEqual(['refresh_token']);
  });

  test('and the next one too: the issuer is not worn out', async () => {
    const stage = await signedIn();
    const { accessToken } = await stage.grant();
    const next = await stage.tokens.renewed('Mail', 'localhost', accessToken, never);
    expect(await stage.tokens.renewed('Mail', 'localhost', next, never)).toBe(next);
    expect(stage.issuer.grants).toEqual(['refresh_token']);
  });
});

describe('104: what the issuer answers is told apart', () => {
  test('104: a consent that was taken back is a question, also after a restart', async () => {
    const stage = await signedIn();
    const { client, refreshToken } = await stage.grant();
    await stage.issuer.revoke(client.id, refreshToken ?? '');
    later(stage);
    await expect(stage.tokens.current('Mail', 'localhost', never)).rejects.toMatchObject({ because: 'consent-needed' });
    expect(stage.told).toEqual(['need Mail consent-gone']);
    await expect(stage.grant()).rejects.toThrow('consent-gone');
    // No token is left in storage, and the issuer is not asked again.
    expect(JSON.parse(stage.vault.writes.at(-1) ?? '')).toMatchObject({
      refreshToken: null,
      accessToken: '',
      ended: true,
    });
    await expect(stage.tokens.current('Mail', 'localhost', never)).rejects.toMatchObject({ because: 'consent-needed' });
    expect(stage.issuer.grants).toEqual(['refresh_token']);
  });

  test('104: that a consent is over says nothing of the one that was given meanwhile', async () => {
    const stage = await signedIn();
    const newer = { ...(await stage.grant()), refreshToken: 'newer', accessToken: 'the newer one' };
    later(stage);
    stage.issuer.intercept = (request, response) => {
      if (request.url !== '/token') return false;
      stage.vault.records.set('Mail/oauth-tokens', JSON.stringify(newer));
      response.writeHead(400, { 'Content-Type': 'application/json' }).end('{"error":"invalid_grant"}');
      return true;
    };
    expect(await stage.tokens.current('Mail', 'localhost', never)).toBe('the newer one');
    expect(await stage.grant()).toEqual(newer);
    expect(stage.told).toEqual([]);
  });

  test.each([
    [500, { error: 'server_error' }, 'out of order'],
    [503, {}, 'out of order'],
    [429, {}, 'out of order'],
    [400, { error: 'invalid_client' }, 'does not know the client id'],
    [401, { error: 'invalid_client' }, 'does not know the client id'],
    [400, { error: 'invalid_scope' }, 'one of the scopes'],
    [400, { error: 'unauthorized_client' }, 'may not do this'],
    [400, { error: '<b>made up</b>' }, 'another error'],
    [200, { hello: 'world' }, 'not what the standard says'],
  ])('104: %i %j keeps the consent', async (status, body, words) => {
    const stage = await signedIn();
    const before = await stage.grant();
    later(stage);
    answering(stage, status, body);
    await expect(stage.tokens.current('Mail', 'localhost', never)).rejects.toMatchObject({
      because: 'issuer-unavailable',
    });
    expect(await stage.grant()).toEqual(before);
    expect(stage.told.join()).toContain(words);
    expect(stage.told.join()).not.toContain('need');
    expect(stage.told.join()).not.toContain('made up');
  });

  test('104: no network: kept, and the issuer is left in peace for a while', async () => {
    const stage = await signedIn();
    later(stage);
    answering(stage, 503, {});
    for (let n = 0; n < 3; n += 1)
      await expect(stage.tokens.current('Mail', 'localhost', never)).rejects.toBeInstanceOf(NoToken);
    expect(stage.issuer.grants).toEqual(['intercepted']);
    expect((await stage.grant()).ended).toBe(false);
  });

  test('honest: 104: once the issuer is back, the same consent brings a token', async () => {
    const stage = await signedIn();
    later(stage);
    await stage.issuer.stop();
    await expect(stage.tokens.current('Mail', 'localhost', never)).rejects.toMatchObject({
      because: 'issuer-unavailable',
    });
    await stage.issuer.start();
    const again = createAccessTokens({ ...stage, signInOf: () => stage.account.signIn, now: () => stage.clock.now });
    expect(await again.current('Mail', 'localhost', never)).toBe((await stage.grant()).accessToken);
  });
});

test('102: an issuer whose certificate does not hold any more gets no refresh token', async () => {
  const stage = await signedIn();
  const before = await stage.grant();
  later(stage);
  await stage.issuer.stop();
  await stage.issuer.start(issue(createAuthority(), { names: ['localhost'] }));
  const asked = stage.issuer.asked.length;
  await expect(stage.tokens.current('Mail', 'localhost', never)).rejects.toMatchObject({
    because: 'issuer-unavailable',
  });
  expect(stage.issuer.asked).toHaveLength(asked);
  expect(await stage.grant()).toEqual(before);
});

test('signed out while the issuer was asked: what it gives then is not kept', async () => {
  const stage = await signedIn();
  later(stage);
  let release = () => {};
  const asked = new Promise<void>((begun) => {
    stage.issuer.intercept = (request) => {
      if (request.url === '/token') begun();
      return false;
    };
  });
  const { read } = stage.vault;
  const token = stage.tokens.current('Mail', 'localhost', never);
  await asked;
  stage.vault.read = async (...args) => {
    await new Promise<void>((done) => {
      release = done;
      stage.vault.records.clear();
      done();
    });
    return read(...args);
  };
  await expect(token).rejects.toMatchObject({ because: 'consent-needed' });
  release();
  expect(stage.vault.records.size).toBe(0);
});

test('an account whose user, issuer or client was changed asks anew; one without a consent says so', async () => {
  const stage = await signedIn();
  stage.account.signIn.user = 'bob@example.test';
  await expect(stage.tokens.current('Mail', 'localhost', never)).rejects.toMatchObject({ because: 'consent-needed' });
  expect(stage.told).toEqual(['need Mail consent-missing']);
  await expect(stage.tokens.current('Other', 'localhost', never)).rejects.toMatchObject({ because: 'consent-needed' });
});
