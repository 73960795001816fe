/** The protocols that Postern relays: mail, and news. */
export const protocols = ['smtp', 'imap', 'pop3', 'nntp'] as const;
export type Protocol = (typeof protocols)[number];

/**
 * How the connection to the server becomes TLS: from its first byte (RFC 8314 §3), or by a mandatory
 * STARTTLS / STLS (RFC 3207, RFC 2595). There is no third value.
 */
export const tlsModes = ['implicit', 'starttls'] as const;
export type TlsMode = (typeof tlsModes)[number];
