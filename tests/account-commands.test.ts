import { beforeEach, describe, expect, test } from 'vitest';
import { createAccountCommands } from '../proxy/account-commands.ts';
import { type Configuration, configurationSchema } from '../proxy/contract/index.ts';
import { createSignIns } from '../proxy/gate/sign-ins.ts';
import { readStoredPassword } from '../proxy/gate/stored-password.ts';
import { createStateStore, type StateStore } from '../proxy/state/store.ts';
import { openVault, type Vault } from '../proxy/vault/vault.ts';
import { scratchDirectory } from './support/clean-up.ts';
import { memoryKeychain } from './vault/support/keychains.ts';

const relay = (name: string) =>
  ({ name, protocol: 'imap', listen: 0, server: `${name}.test`, port: 993, tls: 'implicit' }) as const;
const initial = configurationSchema.parse({
  version: 1,
  accounts: [
    { name: 'Club', signIn: { kind: 'stored', user: 'alice' }, relays: [relay('a'), relay('b')] },
    { name: 'Consent', signIn: { kind: 'oauth', user: 'bob', provider: 'x' }, relays: [] },
    { name: 'Old', relays: [] },
  ],
});

let state: StateStore;
let vault: Vault;
let configuration: Configuration;
let keychain: ReturnType<typeof memoryKeychain>;
let refuse: Error | null;
let commands: ReturnType<typeof createAccountCommands>;

beforeEach(async () => {
  state = createStateStore({ version: '', startedAt: '', paused: false, questionsDropped: 0, warnings: [] });
  keychain = memoryKeychain();
  const places = { dataDirectory: scratchDirectory('accounts'), keychain, credentialsDirectory: undefined };
  vault = await openVault(places, state);
  configuration = initial;
  refuse = null;
  const signIns = createSignIns(
    state,
    () => undefined,
    () => new Date(0),
  );
  signIns.settle(configuration.accounts);
  commands = createAccountCommands({
    vault,
    signIns,
    configuration: () => configuration,
    async change(make) {
      if (refuse) throw refuse;
      configuration = make(configuration);
    },
    withdrawn: async (name) => (name === 'Consent' ? 'revoked' : null),
    signOutByConsent: async () => ({ outcome: 'revoked' }),
  });
});

const needed = (name: string) => state.get('accounts', name)?.signIn.needed?.reason;

test('a password is stored with the servers of its account, and forgotten at the sign-out', async () => {
  await commands.storePassword({ account: 'Club', password: 'long one' });
  expect(readStoredPassword(await vault.read('Club', 'upstream-password'))).toEqual({
    password: 'long one',
    servers: ['a.test', 'b.test'],
  });
  expect(await commands.signOut({ account: 'Club' })).toEqual({ outcome: 'forgotten' });
  expect(await vault.read('Club', 'upstream-password')).toBeNull();
  expect(needed('Club')).toBe('password-missing');
  expect(await commands.signOut({ account: 'Consent' })).toEqual({ outcome: 'revoked' });
});

test('a local password is made once, and replaced where that is asked for', async () => {
  const { password } = await commands.localPassword({ account: 'Club' });
  expect(password).toHaveLength(16);
  expect(await commands.localPassword({ account: 'Club' })).toEqual({ password });
  await expect(commands.localPassword({ account: 'Club', form: 'short' })).rejects.toMatchObject({ code: 'bad-input' });
  const short = await commands.localPassword({ account: 'Club', replace: true, form: 'short' });
  expect(short.password).toHaveLength(8);
  expect(await commands.localPassword({ account: 'Club', form: 'short' })).toEqual(short);
  expect(await commands.localPassword({ account: 'Club' })).toEqual(short);
  expect(await vault.read('Consent', 'local-password')).toBeNull();
});

describe('under another name', () => {
  test('an account keeps its secrets', async () => {
    const { password } = await commands.localPassword({ account: 'Club' });
    await commands.renameAccount({ account: 'Club', to: 'Society' });
    expect(configuration.accounts.map(({ name }) => name)).toEqual(['Society', 'Consent', 'Old']);
    expect(await vault.read('Society', 'local-password')).toBe(password);
  });

  test('a configuration that is not saved leaves everything as it was', async () => {
    const { password } = await commands.localPassword({ account: 'Club' });
    refuse = new Error('disk full');
    await expect(commands.renameAccount({ account: 'Club', to: 'Society' })).rejects.toThrow('disk full');
    expect(await vault.read('Club', 'local-password')).toBe(password);
  });

  test('a name that is taken is refused', async () => {
    await expect(commands.renameAccount({ account: 'Club', to: 'Old' })).rejects.toMatchObject({ code: 'bad-input' });
  });
});

test('an account that is removed takes its secrets along', async () => {
  await commands.localPassword({ account: 'Club' });
  expect(await commands.removeAccount({ account: 'Club' })).toEqual({ consent: null });
  expect(configuration.accounts.map(({ name }) => name)).toEqual(['Consent', 'Old']);
  expect(vault.accounts()).toEqual([]);
  expect(await commands.removeAccount({ account: 'Consent' })).toEqual({ consent: 'revoked' });
});

describe('refused in words', () => {
  test.each([
    ['an account that is not there', () => commands.localPassword({ account: 'X' }), 'There is no account named “X”.'],
    ['a local password where the program signs in', () => commands.localPassword({ account: 'Old' }), /by itself/],
    [
      'a password to be kept where none is',
      () => commands.storePassword({ account: 'Old', password: 'x' }),
      /"stored"/,
    ],
    ['a password where a consent is', () => commands.storePassword({ account: 'Consent', password: 'x' }), /"stored"/],
  ])('%s', async (_, act, words) => {
    await expect(act()).rejects.toThrow(words);
  });

  test('a keychain that is locked', async () => {
    await commands.localPassword({ account: 'Club' });
    keychain.locked = true;
    const again = await openVault(
      { dataDirectory: scratchDirectory('accounts'), keychain, credentialsDirectory: undefined },
      state,
    );
    expect(again.accounts()).toEqual([]);
  });
});
