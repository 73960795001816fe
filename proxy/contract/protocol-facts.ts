import type { Protocol, TlsMode } from './protocol.ts';

/** What a relay is for, from the program's side. */
export type Purpose = 'incoming' | 'outgoing' | 'news';

/** What is known of a protocol wherever no dialect speaks. */
export interface ProtocolFacts {
  /** As people write it. */
  name: string;
  purpose: Purpose;
  /** Where servers speak it, by how TLS begins there. */
  ports: Record<TlsMode, number>;
  /** The port of a program that has no field for one. */
  plainPort: number;
  /** Where a relay listens unless something else does: the plain port moved above 1024, where no privilege is needed. */
  suggestedPort: number;
  /** How TLS usually begins. */
  usualMode: TlsMode;
  /** The services that name its servers in the DNS. */
  services: Record<TlsMode, string>;
  /** What servers of a domain are usually called: those worth a guess. */
  usualNames: readonly string[];
}

/**
 * RFC 8314 §3.2, §3.3, RFC 6409 §3.1, RFC 3501, RFC 1939, RFC 3977, RFC 4642, RFC 6186 §3. A news server is
 * somebody else's as often as not: it is looked for where the domain names one, and never guessed.
 */
export const protocolFacts: Record<Protocol, ProtocolFacts> = {
  smtp: {
    name: 'SMTP',
    purpose: 'outgoing',
    ports: { implicit: 465, starttls: 587 },
    plainPort: 25,
    suggestedPort: 1587,
    usualMode: 'starttls',
    services: { implicit: '_submissions', starttls: '_submission' },
    usualNames: ['smtp', 'mail'],
  },
  imap: {
    name: 'IMAP',
    purpose: 'incoming',
    ports: { implicit: 993, starttls: 143 },
    plainPort: 143,
    suggestedPort: 1143,
    usualMode: 'implicit',
    services: { implicit: '_imaps', starttls: '_imap' },
    usualNames: ['imap', 'mail'],
  },
  pop3: {
    name: 'POP3',
    purpose: 'incoming',
    ports: { implicit: 995, starttls: 110 },
    plainPort: 110,
    suggestedPort: 1110,
    usualMode: 'implicit',
    services: { implicit: '_pop3s', starttls: '_pop3' },
    usualNames: ['pop', 'pop3', 'mail'],
  },
  nntp: {
    name: 'NNTP',
    purpose: 'news',
    ports: { implicit: 563, starttls: 119 },
    plainPort: 119,
    suggestedPort: 1119,
    usualMode: 'implicit',
    services: { implicit: '_nntps', starttls: '_nntp' },
    usualNames: [],
  },
};
