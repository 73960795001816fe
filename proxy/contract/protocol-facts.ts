import { type Protocol, protocols, type TlsMode } from './protocol.ts';

/** What a relay can be for, from the program's side; a program has one of each at most, in this order. */
export const purposes = ['incoming', 'outgoing', 'news', 'address-book'] as const;
export type Purpose = (typeof purposes)[number];
/** The purposes of the servers of one account that discovery adds: people sign in to a directory under another name. */
export const foundPurposes: readonly Purpose[] = purposes.filter((purpose) => purpose !== 'address-book');

/** Whether a server that was found becomes an account of its own: a directory, which knows people by names of its own. */
export function isApart({ protocol }: { protocol: Protocol }): boolean {
  return !foundPurposes.includes(protocolFacts[protocol].purpose);
}

/** Whether a server reads or sends mail. */
export function isMail({ protocol }: { protocol: Protocol }): boolean {
  const { purpose } = protocolFacts[protocol];
  return purpose === 'incoming' || purpose === 'outgoing';
}

/** Of the servers that a search found, those that become accounts of their own: where none is for mail, all of them. */
export function serversApart<S extends { protocol: Protocol }>(found: readonly S[]): S[] {
  return found.some(isMail) ? found.filter(isApart) : [...found];
}

/** Facts about a protocol for everything but its dialect. */
export interface ProtocolFacts {
  /** Its name, as people write it. */
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
  /** Usual host names of a domain's servers, worth a guess. */
  usualNames: readonly string[];
  /** Which of a provider's permissions for tokens it takes; null where providers have none for it. */
  tokenScope: 'smtp' | 'imap' | 'pop3' | null;
  /** Names of sections for it in other programs' configurations. */
  sectionName: RegExp;
  /** Its names in `/etc/services` beside `smtp`, `imap` and the like, which stand for the plain port. */
  portNames: Record<string, number>;
}

/**
 * RFC 8314 §3.2, §3.3, RFC 6409 §3.1, RFC 3501, RFC 1939, RFC 3977, RFC 4642, RFC 4511 §5.2,
 * RFC 6186 §3. A news server or a directory is somebody else's as often as not: it is looked for where the domain names
 * one, and never guessed.
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
    tokenScope: 'smtp',
    sectionName: /smtp|submission/i,
    portNames: { smtps: 465, ssmtp: 465, submissions: 465, urd: 465, submission: 587 },
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
    tokenScope: 'imap',
    sectionName: /imap/i,
    portNames: { imap2: 143, imaps: 993 },
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
    tokenScope: 'pop3',
    sectionName: /pop/i,
    portNames: { pop3s: 995 },
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
    tokenScope: null,
    sectionName: /nntp|news/i,
    portNames: { nntps: 563 },
  },
  ldap: {
    name: 'LDAP',
    purpose: 'address-book',
    ports: { implicit: 636, starttls: 389 },
    plainPort: 389,
    suggestedPort: 1389,
    usualMode: 'implicit',
    services: { implicit: '_ldaps', starttls: '_ldap' },
    usualNames: [],
    tokenScope: null,
    sectionName: /ldap/i,
    portNames: { ldaps: 636 },
  },
};

/** The protocols of one purpose, the one that is better for a program first. */
export function protocolsFor(purpose: Purpose): Protocol[] {
  return protocols.filter((protocol) => protocolFacts[protocol].purpose === purpose);
}
