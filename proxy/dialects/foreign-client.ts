import { Refused } from '../net/refused.ts';
import { recogniseForeign } from '../protocols/foreign.ts';

/**
 * The refusal for a local program that speaks no mail protocol, or null while it may be one.
 *
 * @param bytes the first bytes that it sent
 */
export function foreignClient(bytes: Uint8Array): Refused | null {
  const spoke = recogniseForeign(bytes);
  return spoke && new Refused('client-not-mail', { code: 'not-a-mail-program', facts: { spoke } });
}
