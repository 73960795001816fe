/** What a secret is for. It can only be read back for that. */
export const secretPurposes = [
  'local-password',
  'upstream-password',
  'oauth-tokens',
  'oauth-client',
  'oauth-registration',
] as const;
export type SecretPurpose = (typeof secretPurposes)[number];

/** Keeps texts that nobody else may read, each for one account and one purpose. */
export interface SecretStore {
  /**
   * @param account its name
   * @returns null when nothing is stored
   * @throws VaultUnavailable
   */
  read(account: string, purpose: SecretPurpose): Promise<string | null>;
  /**
   * Stores a text, replacing the one before. Resolves when it is on disk; a crash before that leaves the old one.
   *
   * @throws VaultUnavailable, SecretTooLong, or the system's error when the disk does not accept it
   */
  write(account: string, purpose: SecretPurpose, text: string): Promise<void>;
  /**
   * Forgets the text for a purpose, or all of an account's. Needs no key.
   *
   * @throws the system's error when the disk does not accept it
   */
  remove(account: string, purpose?: SecretPurpose): Promise<void>;
}

/** Why what is stored cannot be read. */
export type VaultTrouble =
  /** The system keeps the key and does not hand it over: its keychain is locked, or no longer exists. */
  | 'key-locked'
  /** The key that the vault was sealed with no longer exists. */
  | 'key-missing'
  /** The record was changed, or sealed with another key. */
  | 'record-damaged';

/** Nothing can be read or stored. The message is a sentence for a person and contains no secret. */
export class VaultUnavailable extends Error {
  override readonly name = 'VaultUnavailable';
  readonly trouble: VaultTrouble;

  constructor(trouble: VaultTrouble, message: string, options?: ErrorOptions) {
    super(message, options);
    this.trouble = trouble;
  }
}

/** A text that is not kept: with it, the vault could not be read again, and all that it holds would be lost. */
export class SecretTooLong extends Error {
  override readonly name = 'SecretTooLong';

  constructor() {
    super('What was to be stored is too long for the vault.');
  }
}
