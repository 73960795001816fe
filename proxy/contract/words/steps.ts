/** What is expected of a server. Completes "… took more than 15 s". */
export const awaited = {
  connection: 'the connection',
  'plaintext-greeting': 'its greeting',
  greeting: 'its greeting',
  'rest-of-greeting': 'the rest of its greeting',
  'tls-handshake': 'the TLS handshake',
  ehlo: 'its answer to EHLO',
  starttls: 'its answer to STARTTLS',
  stls: 'its answer to STLS',
  capability: 'its answer to CAPABILITY',
  capa: 'its answer to CAPA',
  capabilities: 'its answer to CAPABILITIES',
  'mode-reader': 'its answer to MODE READER',
  answer: 'its answer',
} as const satisfies Record<string, string>;

/** A step of an attempt, or of the sign-in, that depends on the server. */
export type AwaitedStep = keyof typeof awaited;

/** What a server did that its protocol does not allow at that point. Follows "What answers at …". */
export const misbehaviours = {
  'greeting-not-imap': 'gave a greeting that is not IMAP',
  'greeting-not-pop3': 'gave a greeting that is not POP3',
  'greeting-not-nntp': 'gave a greeting that is not NNTP',
  'turned-away': 'turned the connection away',
  'not-imap': 'gave an answer that is not IMAP',
  'not-pop3': 'gave an answer that is not POP3',
  'not-smtp': 'gave an answer that is not SMTP',
  'not-nntp': 'gave an answer that is not NNTP',
  'not-ldap': 'gave an answer that is not LDAP',
  contradiction: 'gave an answer that contradicts itself',
  'odd-ehlo': 'gave an answer to EHLO that SMTP does not allow',
  'odd-starttls': 'gave an answer to STARTTLS that NNTP does not allow',
  'odd-start-tls': 'gave an answer to StartTLS that LDAP does not allow',
  'odd-stls': 'gave an answer to STLS that POP3 does not allow',
  unasked: 'gave an answer that nobody had asked for',
  'endless-line': 'sent a line without end',
  'endless-answer': 'gave an answer without end',
  'went-on': 'went on with a sign-in that had been cancelled',
} as const satisfies Record<string, string>;

export type Misbehaviour = keyof typeof misbehaviours;
