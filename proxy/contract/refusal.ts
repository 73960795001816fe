/** Why a session was not established. These words are relied on by scripts: add, never rename. */
export const refusalReasons = [
  /** STARTTLS was not offered, was asked for all the same, and was refused. */
  'starttls-not-offered',
  /** STARTTLS was offered and was refused. */
  'starttls-refused',
  /** Bytes followed the go-ahead for TLS: an injection. */
  'plaintext-after-starttls',
  /** An IMAP server claimed that we are signed in before TLS. */
  'preauth-before-tls',
  'tls-handshake-failed',
  'tls-too-old',
  'weak-cipher',
  /** The certificate has problems and nobody has decided about it yet. */
  'certificate-undecided',
  /** A person rejected the certificate, or its fault is one that nobody may accept. */
  'certificate-rejected',
  'certificate-revoked',
  'upstream-unreachable',
  'upstream-timeout',
  'upstream-closed',
  'upstream-protocol',
  /** The server refused the sign-in, for whatever reason. */
  'upstream-sign-in-failed',
  /** The server accepts only tokens, and was given a password. */
  'oauth-only',
  /** A directory refers to a server that the program would speak plaintext to. */
  'referral-to-plaintext',
  /** Postern signs in for the mail program, and waits for a person to supply what that takes. */
  'sign-in-needed',
  /** A mail program did not know the account's local password. */
  'local-password-wrong',
  /** Local passwords are being guessed. */
  'too-many-guesses',
  'client-not-mail',
  'client-other-user',
  'client-line-too-long',
  'too-many-connections',
  /** An address that may not use the relay. */
  'device-not-allowed',
  /** TLS between a device and Postern came to nothing. */
  'device-tls-failed',
  /** A device names a sender that its relay does not let through. */
  'sender-not-allowed',
  /** A device names a recipient in a way that would have the server forward the message. */
  'recipient-not-allowed',
  /** More recipients or messages than the relay lets through, or the server takes, at a time. */
  'rate-limited',
  /** The server takes no message as large as a device sent. */
  'message-too-large',
  /** A device's message has an end that servers would see in different places. */
  'ambiguous-end-of-data',
  /** A balancer that has to say whom it forwards did not, or not in the form of the PROXY protocol. */
  'proxy-header-invalid',
] as const;
export type RefusalReason = (typeof refusalReasons)[number];

/** Why a listener is not listening. */
export const relayFailureReasons = [
  'address-in-use',
  'permission-denied',
  'address-not-available',
  'listen-failed',
] as const;
export type RelayFailureReason = (typeof relayFailureReasons)[number];
