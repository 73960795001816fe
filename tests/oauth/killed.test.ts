import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync, readdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { expect, test } from 'vitest';
import { awaitReturn } from '../../main/return-address.ts';
import { NoToken } from '../../proxy/gate/access-tokens.ts';
import { createAccessTokens } from '../../proxy/oauth/access-tokens.ts';
import { createConsents } from '../../proxy/oauth/consents.ts';
import { readGrant } from '../../proxy/oauth/grant.ts';
import { createStateStore } from '../../proxy/state/store.ts';
import { openVault } from '../../proxy/vault/vault.ts';
import { bundled } from '../support/bundled.ts';
import { scratchDirectory } from '../support/clean-up.ts';
import { noKeychain } from '../vault/support/keychains.ts';
import { setStage, walk } from './support/stage.ts';

const rounds = 100;

test('103: killed a hundred times, at any moment of a renewal: the account works or asks, and the vault is whole', async () => {
  const stage = await setStage();
  const dataDirectory = join(scratchDirectory('killed'), 'data');
  mkdirSync(dataDirectory, { mode: 0o700 });
  writeFileSync(join(dataDirectory, 'root.pem'), stage.authority.certPem);
  const { user } = stage.account.signIn;
  const open = async () => {
    const state = createStateStore({ version: '', startedAt: '', paused: false, questionsDropped: 0, warnings: [] });
    const vault = await openVault({ dataDirectory, keychain: noKeychain, credentialsDirectory: undefined }, state);
    return { state, vault };
  };
  const program = await bundled('tests/oauth/support/renew-forever.ts');
  const outcomes = { works: 0, asks: 0 };
  for (let round = 0; round < rounds; round += 1) {
    const { vault } = await open();
    if (typeof (await readGrant(vault, 'Mail', stage.account.signIn)) === 'string') {
      const consents = createConsents({
        ...stage,
        vault,
        awaitReturn,
        now: () => new Date(),
        tryToken: async () => undefined,
      });
      await consents.signIn(stage.account, { device: false }, (step) => void walk(stage.issuer, user, step));
    }
    // Killed immediately after the issuer's answer in every other round, otherwise wherever it happens to be.
    const child = spawn(process.execPath, [program, dataDirectory, stage.issuer.url, user], {
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    let renewals = 0;
    stage.issuer.intercept = (request, response) => {
      if (request.url === '/token' && round % 2 === 0 && renewals >= 1 + (round % 3)) {
        response.once('finish', () => child.kill('SIGKILL'));
      }
      return false;
    };
    createInterface({ input: child.stdout }).on('line', () => {
      renewals += 1;
      if (round % 2 === 1 && renewals > round % 4) child.kill('SIGKILL');
    });
    await once(child, 'exit');
    stage.issuer.intercept = null;

    const after = await open();
    expect(after.state.get('core', 'core')?.warnings).toEqual([]);
    const told: string[] = [];
    const tokens = createAccessTokens({
      ...{ ...stage, vault: after.vault },
      signIns: { need: (_, reason) => told.push(reason), warn: () => undefined },
      signInOf: () => stage.account.signIn,
      now: () => new Date(Date.now() + 86_400_000),
    });
    const outcome = await tokens
      .current('Mail', 'localhost', new AbortController().signal)
      .catch((error: unknown) => error);
    if (typeof outcome === 'string') {
      outcomes.works += 1;
      expect(outcome.split('.')).toHaveLength(3);
    } else {
      outcomes.asks += 1;
      expect(outcome).toBeInstanceOf(NoToken);
      expect(told).toEqual(['consent-gone']);
    }
  }
  // Both outcomes occurred.
  expect([outcomes.works > 0, outcomes.asks > 0]).toEqual([true, true]);
  expect(readdirSync(dataDirectory).filter((name) => name.includes('unusable'))).toEqual([]);
});
