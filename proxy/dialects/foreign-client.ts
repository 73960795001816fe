import { Refused } from '../net/refused.ts';
import { recogniseForeign } from '../protocols/foreign.ts';

/**
 * The refusal for a local program that speaks no mail protocol, or null while it may be one.
 *
 * @param bytes the first bytes that it sent
 */
export function foreignClient(bytes: Uint8Array): Refused | null {
  switch (recogniseForeign(bytes)) {
    case 'tls':
      return new Refused(
        'client-not-mail',
        'The mail program tries to encrypt by itself. Set its connection security to "none" for this server: Postern does the encryption from here on.',
      );
    case 'http':
      return new Refused(
        'client-not-mail',
        'A web browser or web page tried to talk to this mail port. Nothing of it was passed on.',
      );
    case 'other':
      return new Refused(
        'client-not-mail',
        'The program that connected does not speak a mail protocol. Nothing of it was passed on.',
      );
    case null:
      return null;
  }
}
