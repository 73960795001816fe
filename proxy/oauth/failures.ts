import { type SignInFailure, signInFailureText } from '../contract/index.ts';

/**
 * What can go wrong between Postern and an issuer. None of these carries a token, a code, or text from the issuer: its
 * error codes are kept only if they are among the few that the standards define, and its descriptions are left out.
 */

/** Why an issuer is not contacted, or its answer not accepted. */
export const issuerFaults = {
  'not-encrypted': ({ host }: IssuerFacts) =>
    `${host ?? 'The issuer'} was to be asked over http, without encryption. Postern speaks https alone.`,
  'unknown-provider': () =>
    `Postern knows no such provider. "provider" names a row of its own table; an issuer’s address goes into "issuer".`,
  'no-address': () => 'The issuer names something that is no https address.',
  redirected: ({ host }: IssuerFacts) => `${host ?? 'The issuer'} leads from one address to the next without an end.`,
  elsewhere: ({ host, other }: IssuerFacts) =>
    `${host ?? 'The issuer'} leads to another host, ${other ?? 'which it does not name'}. Postern does not follow.`,
  'other-issuer': ({ host }: IssuerFacts) =>
    `The metadata at ${host ?? 'the issuer'} are those of another issuer (RFC 8414 §3.3).`,
  'no-metadata': ({ host }: IssuerFacts) =>
    `${host ?? 'The issuer'} publishes no metadata (RFC 8414, OpenID Connect Discovery). Compare the address with what its administrator says.`,
  'no-endpoint': ({ host, what }: IssuerFacts) => `${host ?? 'The issuer'} has no ${what ?? 'such'} endpoint.`,
  'no-client-id': ({ host }: IssuerFacts) =>
    `${host ?? 'The issuer'} gives programs no client id by itself. Write the one that you were given as "clientId" into the account.`,
  'not-understood': ({ host }: IssuerFacts) => `What ${host ?? 'the issuer'} answered is not what the standard says.`,
} as const;
export type IssuerFault = keyof typeof issuerFaults;
export interface IssuerFacts {
  host?: string;
  other?: string;
  what?: string;
}

/** An issuer that must not be asked or believed. The message is for people. */
export class IssuerRefused extends Error {
  override readonly name = 'IssuerRefused';
  readonly fault: IssuerFault;

  constructor(fault: IssuerFault, facts: IssuerFacts) {
    super(issuerFaults[fault](facts));
    this.fault = fault;
  }
}

/** An error that an issuer answered with (RFC 6749 §5.2, RFC 8628 §3.5): `code` is one defined by the standards. */
export class IssuerAnswered extends Error {
  override readonly name = 'IssuerAnswered';
  readonly code: string;
  readonly status: number;

  constructor(code: string, status: number) {
    super(`The issuer answered “${code}”.`);
    this.code = code;
    this.status = status;
  }
}

/** A failed consent. The message is for people. */
export class ConsentFailed extends Error {
  override readonly name = 'ConsentFailed';
  readonly reason: SignInFailure;

  /** @param detail another sentence or two after the reason's own */
  constructor(reason: SignInFailure, detail?: string) {
    super(signInFailureText(reason, detail));
    this.reason = reason;
  }
}
