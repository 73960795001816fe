/** The protocols that Postern relays: mail, news, and the address book. */
export const protocols = ['smtp', 'imap', 'pop3', 'nntp', 'ldap'] as const;
export type Protocol = (typeof protocols)[number];

/**
 * How the connection to the server becomes TLS: from its first byte (RFC 8314 §3), or by a mandatory
 * STARTTLS / STLS (RFC 3207, RFC 2595). There is no third value.
 */
export const tlsModes = ['implicit', 'starttls'] as const;
export type TlsMode = (typeof tlsModes)[number];

/**
 * What becomes of a directory's referral to a server that a program would speak plaintext to: it is taken out, or it ends
 * the session. It is never followed.
 */
export const referralChoices = ['remove', 'refuse'] as const;
export type Referrals = (typeof referralChoices)[number];
