/** Longest text in an answer of ours. A reply line may have 512 octets (RFC 5321 §4.5.3.1.5). */
const maxTextLength = 400;

/**
 * Makes a message fit for an answer in any of the protocols: one line of printable ASCII, bounded.
 *
 * @param message words for a person
 */
export function protocolText(message: string): string {
  const ascii = message.replace(/[^\x20-\x7e]+/g, ' ').trim();
  return ascii.length > maxTextLength ? `${ascii.slice(0, maxTextLength - 3)}...` : ascii;
}

/** Begins every answer that Postern gives by itself, so that nobody takes it for the server's. */
export const ourName = 'Postern';
