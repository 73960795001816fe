import { once } from 'node:events';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { type AddressInfo, createServer } from 'node:net';
import { beforeAll, describe, expect, test } from 'vitest';
import type { NoToken } from '../../proxy/gate/access-tokens.ts';
import { createAccessTokens } from '../../proxy/oauth/access-tokens.ts';
import { pollSeconds } from '../../proxy/oauth/consent-by-device.ts';
import type { Grant } from '../../proxy/oauth/grant.ts';
import { atEnd } from '../support/clean-up.ts';
import { type Stage, setStage } from './support/stage.ts';

// An issuer that verifies, and means no good, or has gone wrong: what it says stays within bounds.

const never = new AbortController().signal;
type Said = { status?: number; headers?: Record<string, string>; body: unknown };

let stage: Stage;
let kept: [string, string][];
beforeAll(async () => {
  stage = await setStage();
  await stage.signInAs('alice@example.test');
  kept = [...stage.vault.records];
});

/** Has the issuer answer what is sent to this path, and the path itself, in its own way. @returns what it hears there */
function answering(path: string, { status = 200, headers = {}, body }: Said): string[] {
  const heard: string[] = [];
  stage.issuer.intercept = (request: IncomingMessage, response: ServerResponse) => {
    if (request.url !== path) return false;
    request.on('data', (part) => heard.push(String(part)));
    response.writeHead(status, { 'Content-Type': 'application/json', ...headers }).end(JSON.stringify(body));
    return true;
  };
  return heard;
}

/** Asks for a token where the one of the consent is over. @returns it, or why there is none; and what is kept then */
async function renewed(): Promise<{ token: string; grant: Grant; before: Grant }> {
  restore(kept);
  const before = await stage.grant();
  const tokens = createAccessTokens({
    ...stage,
    signInOf: () => stage.account.signIn,
    now: () => new Date(Date.now() + 86_400_000),
  });
  const token = await tokens.current('Mail', 'localhost', never).catch(({ because }: NoToken) => because);
  return { token, grant: await stage.grant(), before };
}

function restore(records: [string, string][]): void {
  stage.vault.records.clear();
  for (const [name, text] of records) stage.vault.records.set(name, text);
}

describe('tokens', () => {
  test.each([
    ['that would end a part of the sign-in', 'x\x01auth=Bearer y'],
    ['that would end the line', 'x\r\nQUIT'],
    ['with a blank', 'x y'],
    ['that is empty', ''],
    ['of a megabyte', 'x'.repeat(100_000)],
    ['that is no text', 7],
  ])('one %s is not taken, and the consent is kept', async (_, access_token) => {
    answering('/token', { body: { access_token, token_type: 'Bearer', expires_in: 60 } });
    const { token, grant, before } = await renewed();
    expect(token).toBe('issuer-unavailable');
    expect(grant).toEqual(before);
  });

  test.each([0, 1e300])('one that lasts %d seconds is taken, and the date is one', async (expires_in) => {
    answering('/token', { body: { access_token: 'good', token_type: 'Bearer', expires_in } });
    const { token, grant } = await renewed();
    expect([token, Number.isNaN(Date.parse(grant.accessUntil ?? ''))]).toEqual(['good', false]);
  });

  test('102: an endpoint for tokens that leads to another host: what is sent to one is not sent to the other', async () => {
    const elsewhere = createServer().listen(0, '127.0.0.1');
    await once(elsewhere, 'listening');
    atEnd(() => void elsewhere.close());
    let visits = 0;
    elsewhere.on('connection', () => {
      visits += 1;
    });
    const { port } = elsewhere.address() as AddressInfo;
    for (const status of [301, 302, 307, 308]) {
      const headers = { Location: `https://localhost:${port}/token` };
      const heard = answering('/token', { status, headers, body: {} });
      const { token, grant, before } = await renewed();
      expect(token).toBe('issuer-unavailable');
      expect(heard.join()).toContain('refresh_token');
      expect(grant).toEqual(before);
    }
    expect(visits).toBe(0);
  });
});

describe('registration', () => {
  test.each([
    ['a client id as long as a book', { client_id: 'x'.repeat(100_000) }],
    ['a client id that would be more than one parameter in a log', { client_id: 'x\r\ny' }],
    ['a secret as long as a book', { client_id: 'x', client_secret: 'y'.repeat(100_000), client_secret_expires_at: 0 }],
  ])('%s is not taken', async (_, client) => {
    restore([]);
    answering('/reg', { status: 201, body: client });
    await expect(stage.consents.signIn(stage.account, { device: false }, () => undefined)).rejects.toMatchObject({
      reason: 'issuer-unavailable',
    });
    expect(stage.vault.records.size).toBe(0);
  });
});

describe('a code for another machine', () => {
  test.each([
    [5, 5],
    [0.001, 1],
    [1e10, 300],
  ])('asked about every %d seconds: every %d', (interval, seconds) => {
    expect(pollSeconds(interval)).toBe(seconds);
  });

  test('that is valid for ever is valid for a day', async () => {
    answering('/device/auth', {
      body: {
        ...{ device_code: 'd', user_code: 'ABCD-EFGH', verification_uri: 'https://localhost/device' },
        ...{ expires_in: 1e300, interval: 1e10 },
      },
    });
    let shown: { expiresAt?: string } = {};
    const signIn = stage.consents.signIn(stage.account, { device: true }, (step) => {
      shown = step as typeof shown;
      stage.consents.cancel();
    });
    await expect(signIn).rejects.toMatchObject({ reason: 'cancelled' });
    expect(Date.parse(shown.expiresAt ?? '') - Date.now()).toBeLessThanOrEqual(86_400_000);
  });

  test.each(['http://localhost/device', 'javascript:alert(1)', 'file:///etc/passwd', ''])(
    'whose page is %j is shown to nobody',
    async (verification_uri) => {
      answering('/device/auth', {
        body: { device_code: 'd', user_code: 'c', verification_uri, expires_in: 60 },
      });
      const told: unknown[] = [];
      await expect(
        stage.consents.signIn(stage.account, { device: true }, (step) => void told.push(step)),
      ).rejects.toMatchObject({ name: 'ConsentFailed' });
      expect(told).toEqual([]);
    },
  );
});
