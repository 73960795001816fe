import { canonicalServer, type SignInByPostern, type SignInNeed } from '../contract/index.ts';
import { Refused } from '../net/refused.ts';
import type { Credential } from '../sasl/choice.ts';
import { type SecretStore, VaultUnavailable } from '../vault/secret-store.ts';
import { type AccessTokens, NoToken } from './access-tokens.ts';
import { createGuesses, type Guesses } from './guesses.ts';
import { type LocalProof, provesLocalPassword } from './local-password.ts';
import type { SignIns } from './sign-ins.ts';
import { readStoredPassword } from './stored-password.ts';

/** Checks local passwords for one account, and supplies the credentials for its servers. */
export interface AccountGate {
  readonly guesses: Guesses;
  /** @throws Refused when the vault cannot be opened */
  admits(proof: LocalProof): Promise<boolean>;
  /**
   * What to sign in with at a server of this account. If a person has to supply it first, the mail program is held.
   *
   * @param server its name; what is kept goes only to the servers that it was given for
   * @throws Refused, or the signal's reason
   */
  credential(server: string, signal: AbortSignal): Promise<Credential>;
  /** A fresh one in place of a token that the server refused; null when there is none to be had. @throws as above */
  renewed(refused: Credential, server: string, signal: AbortSignal): Promise<Credential | null>;
  /** The server accepted it. */
  accepted(): void;
  /** The server refused it, and nothing better is at hand. */
  refused(credential: Credential): void;
}

export interface GateContext {
  secrets: SecretStore;
  tokens: AccessTokens;
  signIns: SignIns;
  /** How long a mail program is held while a person is needed. */
  decisionMilliseconds(): number;
  /** Milliseconds of a clock that never jumps. */
  now(): number;
}

/** How long a refused password is not tried again, in milliseconds: servers lock out clients that repeat it. */
const restMilliseconds = 5 * 60_000;

export function createAccountGate(account: string, signIn: SignInByPostern, context: GateContext): AccountGate {
  const { secrets, tokens, signIns, now } = context;
  const { user } = signIn;
  /** The password that was refused last, and until when it is not tried again. */
  let turnedDown: { password: string; until: number } | null = null;

  async function ofVault<T>(work: () => Promise<T>): Promise<T> {
    try {
      return await work();
    } catch (error) {
      if (!(error instanceof VaultUnavailable)) throw error;
      throw needed('vault-unavailable', error);
    }
  }

  function needed(need: SignInNeed, cause?: unknown): Refused {
    signIns.need(account, need);
    return new Refused('sign-in-needed', { code: 'sign-in-needed', facts: { need } }, {}, { cause });
  }

  /** @throws Refused: `sign-in-needed` when a person has to act */
  async function atHand(server: string, signal: AbortSignal): Promise<Credential> {
    if (signIn.kind === 'oauth') return ofIssuer(() => tokens.current(account, server, signal));
    const stored = readStoredPassword(await ofVault(() => secrets.read(account, 'upstream-password')));
    if (!stored) throw needed('password-missing');
    if (!stored.servers.includes(canonicalServer(server))) throw needed('servers-changed');
    const { password } = stored;
    if (turnedDown && turnedDown.password === password && now() < turnedDown.until) throw needed('password-refused');
    return { kind: 'password', user, password };
  }

  async function ofIssuer(work: () => Promise<string>): Promise<Credential> {
    try {
      return { kind: 'token', user, token: await ofVault(work) };
    } catch (error) {
      if (!(error instanceof NoToken)) throw error;
      if (error.because === 'consent-needed') {
        // Code with more context has reported it already.
        throw needed(signIns.needed(account) ?? 'consent-missing', error);
      }
      const facts = error.issuer === undefined ? {} : { issuer: error.issuer };
      throw new Refused('upstream-unreachable', { code: 'issuer-unavailable', facts }, {}, { cause: error });
    }
  }

  return {
    guesses: createGuesses(now),
    admits: async (proof) => provesLocalPassword(await ofVault(() => secrets.read(account, 'local-password')), proof),
    async credential(server, signal) {
      const until = now() + context.decisionMilliseconds();
      for (;;) {
        try {
          return await atHand(server, signal);
        } catch (error) {
          if (!(error instanceof Refused) || error.reason !== 'sign-in-needed') throw error;
          if (!(await signIns.untilGiven(account, Math.max(0, until - now()), signal))) throw error;
        }
      }
    },
    async renewed(refused, server, signal) {
      return refused.kind === 'token' ? ofIssuer(() => tokens.renewed(account, server, refused.token, signal)) : null;
    },
    accepted() {
      turnedDown = null;
      signIns.accepted(account);
    },
    refused(credential) {
      if (credential.kind !== 'password') return;
      turnedDown = { password: credential.password, until: now() + restMilliseconds };
      signIns.need(account, 'password-refused');
    },
  };
}
