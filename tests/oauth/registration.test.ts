import { once } from 'node:events';
import { createServer } from 'node:net';
import { expect, test } from 'vitest';
import { atEnd } from '../support/clean-up.ts';
import { type Stage, setStage, walk } from './support/stage.ts';

const alice = 'alice@example.test';

/** Gives consent. @returns the parameters of the address at which it was asked for */
async function consented(stage: Stage, device = false): Promise<Record<string, string>> {
  let asked = new URL('https://nowhere.test');
  await stage.consents.signIn(stage.account, { device }, (step) => {
    asked = new URL(step.url);
    void walk(stage.issuer, alice, step);
  });
  return Object.fromEntries(asked.searchParams);
}

const registrations = ({ issuer }: Stage) => issuer.asked.filter((request) => request === 'POST /reg').length;

test('the client of the last consent is used again, with the address that it is registered with', async () => {
  const stage = await setStage();
  const first = await consented(stage);
  const second = await consented(stage);
  expect([second.client_id, second.redirect_uri]).toEqual([first.client_id, first.redirect_uri]);
  expect(second.state).not.toBe(first.state);
  expect(registrations(stage)).toBe(1);
  const { port } = new URL(first.redirect_uri ?? '');
  const taken = createServer().listen(Number(port), '127.0.0.1');
  atEnd(() => void taken.close());
  await once(taken, 'listening');
  const third = await consented(stage);
  expect(third.redirect_uri).not.toBe(first.redirect_uri);
  expect(registrations(stage)).toBe(2);
});

test('a client for a machine without a browser is another one', async () => {
  const stage = await setStage();
  await consented(stage);
  await consented(stage, true);
  expect(registrations(stage)).toBe(2);
});

test('one that led to no consent is not used again: perhaps the issuer has forgotten it', async () => {
  const stage = await setStage();
  await consented(stage);
  await expect(
    stage.consents.signIn(stage.account, { device: false }, () => stage.consents.cancel()),
  ).rejects.toMatchObject({ reason: 'cancelled' });
  await consented(stage);
  expect(registrations(stage)).toBe(2);
});

test('signing out leaves none of it here', async () => {
  const stage = await setStage();
  await consented(stage);
  await stage.consents.signOut('Mail', stage.account.signIn);
  expect(stage.vault.records.size).toBe(0);
});

test.each(['{', '{}', 'null'])('a record that is none: %j', async (text) => {
  const stage = await setStage();
  await stage.vault.write('Mail', 'oauth-registration', text);
  await consented(stage);
  expect(registrations(stage)).toBe(1);
});

test('an issuer that registers no programs: the client id is asked for by name', async () => {
  const stage = await setStage();
  const { server } = await stage.issuers.find({ issuer: stage.issuer.url });
  Reflect.deleteProperty(server, 'registration_endpoint');
  await expect(stage.signInAs(alice)).rejects.toMatchObject({
    reason: 'configuration',
    message: expect.stringContaining('"clientId"'),
  });
});
