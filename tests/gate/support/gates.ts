import type { Admission, SignInByPostern as SignIn } from '../../../proxy/contract/index.ts';
import type { OwnSignIn } from '../../../proxy/dialects/front.ts';
import type { AccessTokens } from '../../../proxy/gate/access-tokens.ts';
import { createAccountGate } from '../../../proxy/gate/account-gate.ts';
import { createSignIns } from '../../../proxy/gate/sign-ins.ts';
import { writeStoredPassword } from '../../../proxy/gate/stored-password.ts';
import { createStateStore } from '../../../proxy/state/store.ts';
import { memorySecrets } from '../../vault/support/memory-secrets.ts';
import { scriptedTokens } from './scripted-tokens.ts';

export const localPassword = 'ahdf73xyakrtwmnp';
export const longPassword = `application password ${'long '.repeat(60)}✓`;

/** A gate with all its dependencies in memory, for the account `A` at mail.example.org. */
export function gateFor(
  signIn: SignIn = { kind: 'stored', user: 'alice' },
  { tokens = scriptedTokens(null), server = 'mail.example.org' }: { tokens?: AccessTokens; server?: string } = {},
) {
  const state = createStateStore({ version: '', startedAt: '', paused: false, questionsDropped: 0, warnings: [] });
  const secrets = memorySecrets();
  const signIns = createSignIns(
    state,
    () => undefined,
    () => new Date(0),
  );
  const clock = { now: 0, decisionMilliseconds: 0 };
  const account = { name: 'A', signIn, relays: [] };
  signIns.settle([account]);
  void secrets.write('A', 'local-password', localPassword);
  const relay = { name: 'r', protocol: 'smtp', listen: 1, port: 1, tls: 'implicit' } as const;
  void secrets.write('A', 'upstream-password', writeStoredPassword(longPassword, { relays: [{ ...relay, server }] }));
  const gate = createAccountGate('A', signIn, {
    secrets,
    tokens,
    signIns,
    decisionMilliseconds: () => clock.decisionMilliseconds,
    now: () => clock.now,
  });
  const own = (admit: Admission = 'password'): OwnSignIn => ({ gate, admit, port: 587 });
  return { gate, own, state, secrets, signIns, clock };
}
