import type { LocalTls } from '../local-tls.ts';

/** How a mail program has to ask for encryption, where what it sends does not leave this computer. */
export const plainLegWords =
  'Between the program and Postern there is no encryption, so the program must ask for none. Postern encrypts the rest.';

/** The same for one relay of an account that devices use. Follows its name and a colon. */
export const ownLegWords: Record<LocalTls | 'here', string> = {
  here: 'no encryption on the way to Postern, so ask for none; it does not leave this computer.',
  off: 'no encryption on the way to Postern, so ask for none: what it sends crosses the local network as it is.',
  offer: 'if it can, choose STARTTLS (often just “TLS”); without, what it sends crosses the local network as it is.',
  require: 'choose STARTTLS (often just “TLS”) where this card says none: nothing is taken without.',
  implicit: 'choose SSL/TLS (not STARTTLS) where this card says none: nothing is taken without.',
};
