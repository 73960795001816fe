/** Longest text in an answer of ours. A reply line may have 512 octets (RFC 5321 §4.5.3.1.5), its code included. */
const maxTextLength = 440;

/** Typographic signs and what stands for them where there is ASCII alone. */
const signs: Record<string, string> = { '’': "'", '‘': "'", '“': '"', '”': '"', '–': '-', '—': '-', '…': '...' };

/**
 * Makes a message fit for an answer in any of the protocols: one line of printable ASCII, bounded. Letters lose their
 * marks; what has no likeness in ASCII becomes a blank.
 *
 * @param message words for a person
 */
export function protocolText(message: string): string {
  const plain = Array.from(message, (letter) => signs[letter] ?? letter).join('');
  const ascii = plain
    .normalize('NFKD')
    .replace(/\p{M}+/gu, '')
    .replace(/[^\x20-\x7e]+/g, ' ')
    .trim();
  if (ascii.length <= maxTextLength) return ascii;
  // Whole sentences, as many as there is room for.
  const end = ascii.lastIndexOf('. ', maxTextLength);
  return end > 0 ? ascii.slice(0, end + 1) : `${ascii.slice(0, maxTextLength - 3)}...`;
}

/** Begins every answer that Postern gives by itself, so that nobody takes it for the server's. */
export const ourName = 'Postern';
