import { login, oauthBearer, plain, type SaslClient, xoauth2 } from './mechanism.ts';
import { scramSha256 } from './scram.ts';

/** The credential for one server. */
export type Credential =
  | { kind: 'password'; user: string; password: string }
  | { kind: 'token'; user: string; token: string };

/** What a server offers, inside TLS. */
export interface Offer {
  /** SASL mechanisms, in any case. */
  mechanisms: readonly string[];
  /** Whether the protocol's own command for user name and password is accepted. */
  command: boolean;
  /** Whether the server has said so itself; otherwise the command is worth a try. */
  stated: boolean;
}

/**
 * The suitable ways to sign in, best first: one that does not reveal the password before those that send it.
 *
 * @returns mechanisms, or `command` for the protocol's own; none where nothing is suitable
 */
export function fittingWays(
  credential: Credential,
  { mechanisms, command }: Omit<Offer, 'stated'>,
  place: { server: string; port: number },
): (SaslClient | 'command')[] {
  const offered = new Set(mechanisms.map((name) => name.toUpperCase()));
  const { user } = credential;
  const known =
    credential.kind === 'token'
      ? [oauthBearer(user, credential.token, place), xoauth2(user, credential.token)]
      : [scramSha256(user, credential.password), plain(user, credential.password), login(user, credential.password)];
  const fitting = known.filter(({ name }) => offered.has(name));
  return command && credential.kind === 'password' ? [...fitting, 'command'] : fitting;
}
