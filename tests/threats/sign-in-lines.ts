import type { LineProtocol } from '../support/line-protocols.ts';
import { password, user } from './stage.ts';

/** What each mail program says up to its password, and the server's positive replies in between. */
export const signInLines: Record<LineProtocol, readonly [said: string, heard: RegExp][]> = {
  smtp: [
    ['EHLO me', /^250 /],
    ['AUTH LOGIN', /^334 /],
    [Buffer.from(user).toString('base64'), /^334 /],
    [Buffer.from(password).toString('base64'), /^235 /],
  ],
  imap: [
    ['a CAPABILITY', /^a OK/],
    [`b LOGIN ${user} ${password}`, /^b OK/],
  ],
  pop3: [
    ['CAPA', /^\.$/],
    [`USER ${user}`, /^\+OK/],
    [`PASS ${password}`, /^\+OK/],
  ],
  nntp: [
    ['CAPABILITIES', /^\.$/],
    [`AUTHINFO USER ${user}`, /^381/],
    [`AUTHINFO PASS ${password}`, /^281/],
  ],
};
