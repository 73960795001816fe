import { Refused } from '../../net/refused.ts';
import { ourName } from '../words.ts';

/** What the program is told where a referral was all that the server answered. */
export const referralWords = `${ourName}: the server refers to another server without encryption. It is not asked.`;

/** The server sends the program to another server, to which it would speak in plaintext. */
export function plaintextReferral(server: string): Refused {
  return new Refused('referral-to-plaintext', { code: 'plaintext-referral' }, { server });
}
