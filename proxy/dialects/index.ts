import type { Protocol } from '../contract/index.ts';
import type { Dialect } from './dialect.ts';
import { imap } from './imap/imap.ts';
import { ldap } from './ldap/ldap.ts';
import { nntp } from './nntp/nntp.ts';
import { pop3 } from './pop3/pop3.ts';
import { smtp } from './smtp/smtp.ts';

/** The dialect of each protocol. */
export const dialects: Record<Protocol, Dialect> = { smtp, imap, pop3, nntp, ldap };
