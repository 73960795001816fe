import { type Configuration, configurationSchema, type SignInState } from '../../../proxy/contract/index.ts';
import type { StateStore } from '../../../proxy/state/store.ts';
import { createFakeCore, type FakeCore } from './fake-core.ts';
import { freshStore, ordinaryConfiguration, relay } from './fake-state.ts';

/** Accounts that Postern signs in for, one for each way to sign in, and one that the mail program signs in for. */
const signingIn: Configuration = configurationSchema.parse({
  ...ordinaryConfiguration,
  accounts: [
    {
      name: 'Club',
      relays: [relay('Club', 'imap', 'imap.club.example', 1143), relay('Club', 'smtp', 'smtp.club.example', 1587)],
    },
    {
      name: 'Hotmail',
      signIn: { kind: 'oauth', user: 'alice@outlook.example', provider: 'microsoft', clientId: '0f0e0d0c' },
      relays: [relay('Hotmail', 'imap', 'imap.example.org', 1144), relay('Hotmail', 'smtp', 'smtp.example.org', 1588)],
    },
    {
      name: 'Long',
      signIn: { kind: 'stored', user: 'bob@example.net' },
      relays: [
        relay('Long', 'imap', 'imap.example.net', 1145),
        { ...relay('Long', 'smtp', 'smtp.example.net', 1589), admit: 'no-password' },
      ],
    },
  ],
});

/** The state of these accounts; any that is not given can sign in. */
function signInStore(states: Record<string, Partial<SignInState>> = {}): StateStore {
  const store = freshStore(signingIn);
  for (const { name, signIn } of signingIn.accounts) {
    const own = signIn && signIn.kind !== 'pass-through' ? signIn : null;
    const state = { kind: own?.kind ?? ('pass-through' as const), user: own?.user ?? null };
    store.set('accounts', name, { name, signIn: { ...state, ...states[name] } });
  }
  store.patch('core', 'core', { vault: { key: 'keychain' } });
  return store;
}

const since = new Date(Date.now() - 600_000).toISOString();

/** A core with accounts that wait for the person. */
export function waitingCore(): FakeCore {
  return createFakeCore(
    signInStore({
      Hotmail: { needed: { reason: 'consent-missing', since } },
      Long: { needed: { reason: 'password-refused', since } },
    }),
    signingIn,
  );
}

/** A core whose accounts can sign in, one of them not for long. */
export function signedInCore(): FakeCore {
  return createFakeCore(
    signInStore({
      Hotmail: { signedInAt: since, warnings: ['The consent ends on 3 December unless it is used before.'] },
      Long: { signedInAt: since },
    }),
    signingIn,
  );
}

/** What the person does at the provider, as far as the core learns of it. */
export interface HeldSignIn {
  /** The provider has finished: the sign-in succeeds, or fails with this message. */
  end(failure?: string): void;
}

/** Holds the core's next sign-in at the provider's page. */
export function holdSignIn(core: FakeCore): HeldSignIn {
  const { command } = core;
  const ended = Promise.withResolvers<string | undefined>();
  core.command = async (name, input, progress) => {
    if (name === 'cancelSignIn') ended.resolve('The sign-in was given up.');
    if (name !== 'signIn') return command(name, input, progress);
    const { account, device } = input as { account: string; device?: boolean };
    core.commands.push({ name, input });
    const step = device
      ? { event: 'device', url: 'https://issuer.example/device', code: 'WDJB-MJHT', expiresAt: since }
      : { event: 'open', url: 'https://issuer.example/authorize?state=x' };
    progress?.(step as never);
    const failure = await ended.promise;
    if (failure !== undefined) return { ok: false, failure: { code: 'failed', message: failure } };
    const row = core.store.get('accounts', account);
    if (row) {
      const { needed: _, ...signIn } = row.signIn;
      core.store.set('accounts', account, { ...row, signIn });
    }
    return { ok: true, value: { user: row?.signIn.user ?? '' } } as never;
  };
  return { end: ended.resolve };
}
