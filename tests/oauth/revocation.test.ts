import { expect, test } from 'vitest';
import { prepareRevocation } from '../../proxy/oauth/revocation.ts';
import { setStage } from './support/stage.ts';

test('is told to the issuer although the record is gone by then; without the issuer it does not fail', async () => {
  const stage = await setStage();
  await stage.signInAs('alice@example.test');
  const prepared = () => prepareRevocation('Mail', stage.account.signIn, stage);
  const [revoke, again] = [await prepared(), await prepared()];
  await stage.vault.remove('Mail');
  expect(stage.issuer.asked).not.toContain('POST /token/revocation');
  expect(await revoke?.()).toBe('revoked');
  expect(stage.issuer.asked).toContain('POST /token/revocation');
  await stage.issuer.stop();
  expect(await again?.()).toBe('forgotten');
  expect(await prepared()).toBeNull();
});

test('an issuer without a place for it is not asked', async () => {
  const stage = await setStage();
  await stage.signInAs('alice@example.test');
  const { server } = await stage.issuers.find(stage.account.signIn);
  Reflect.deleteProperty(server, 'revocation_endpoint');
  expect(await (await prepareRevocation('Mail', stage.account.signIn, stage))?.()).toBe('forgotten');
});
