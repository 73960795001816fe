/** Gives tokens for accounts of the kind `oauth`. Who implements it knows the issuer; who asks knows the mail server. */
export interface AccessTokens {
  /**
   * A token that should be good for some minutes still, got anew where the last one is not.
   *
   * @param account its name
   * @throws NoToken, or the signal's reason
   */
  current(account: string, signal: AbortSignal): Promise<string>;
  /**
   * Another token than the one that the mail server has just turned down.
   *
   * @param refused that one; a newer one that is there already is given at once
   * @throws NoToken, or the signal's reason
   */
  renewed(account: string, refused: string, signal: AbortSignal): Promise<string>;
}

/** Why there is no token now. */
export type NoTokenBecause =
  /** A person has to consent, for the first time or once more. */
  | 'consent-needed'
  /** The issuer or the way to it is out of order. The consent is kept. */
  | 'issuer-unavailable';

/** There is no token now. The message holds no secret. */
export class NoToken extends Error {
  override readonly name = 'NoToken';
  readonly because: NoTokenBecause;
  /** As a person knows it; where it is known. */
  readonly issuer: string | undefined;

  constructor(because: NoTokenBecause, issuer?: string, options?: ErrorOptions) {
    super(because, options);
    this.because = because;
    this.issuer = issuer;
  }
}
