/**
 * Supplies tokens for accounts of the kind `oauth`. The implementation knows the issuer; the caller knows the mail
 * server.
 */
export interface AccessTokens {
  /**
   * A token that should still be good for some minutes, renewed where the last one is not.
   *
   * @param account its name
   * @param server where it is to be sent: only one of the servers that the person consented for gets a token
   * @throws NoToken, or the signal's reason
   */
  current(account: string, server: string, signal: AbortSignal): Promise<string>;
  /**
   * Another token than the one that the mail server has just refused.
   *
   * @param refused that one; if there is a newer one already, it is returned at once
   * @throws NoToken, or the signal's reason
   */
  renewed(account: string, server: string, refused: string, signal: AbortSignal): Promise<string>;
  /** Uses the consent, so that it does not end by disuse. The token is sent to no mail server. @throws as above */
  keepAlive(account: string, signal: AbortSignal): Promise<void>;
}

/** Why there is no token now. */
export type NoTokenBecause =
  /** A person has to consent, for the first time or again. */
  | 'consent-needed'
  /** The issuer, or the way to it, is out of order. The consent is kept. */
  | 'issuer-unavailable';

/** There is no token now. The message contains no secret. */
export class NoToken extends Error {
  override readonly name = 'NoToken';
  readonly because: NoTokenBecause;
  /** The name by which people know it, if known. */
  readonly issuer: string | undefined;

  constructor(because: NoTokenBecause, issuer?: string, options?: ErrorOptions) {
    super(because, options);
    this.because = because;
    this.issuer = issuer;
  }
}
