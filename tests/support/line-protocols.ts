import { type Protocol, protocols } from '../../proxy/contract/index.ts';

/**
 * The protocols that talk in lines, after a greeting: what is played as lines is played for these. LDAP's messages have
 * their own server (`fake-ldap.ts`) and their own rows of the hostile cases (`threats/ldap.test.ts`).
 */
export type LineProtocol = Exclude<Protocol, 'ldap'>;
export const lineProtocols = protocols.filter((each): each is LineProtocol => each !== 'ldap');
/** One of mail, and news: for what does not depend on the protocol, and takes long. Both answer in one line. */
export const mailAndNews = ['pop3', 'nntp'] as const;
