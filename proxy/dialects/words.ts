import type { Refused } from '../net/refused.ts';
import type { Farewell, Fault } from './grammar.ts';

/** Longest text in one of our answers. A reply line may have 512 octets (RFC 5321 §4.5.3.1.5), its code included. */
const maxTextLength = 440;

/** Typographic characters and their ASCII replacements. */
const signs: Record<string, string> = { '’': "'", '‘': "'", '“': '"', '”': '"', '–': '-', '—': '-', '…': '...' };

/**
 * Makes a message fit for an answer in any of the protocols: one line of printable ASCII, bounded. Letters lose their
 * accents; anything without an ASCII equivalent becomes a space.
 *
 * @param message words for a person
 */
export function protocolText(message: string): string {
  const ascii = asciiText(message);
  if (ascii.length <= maxTextLength) return ascii;
  // Whole sentences, as many as there is room for.
  const end = ascii.lastIndexOf('. ', maxTextLength);
  return end > 0 ? ascii.slice(0, end + 1) : `${ascii.slice(0, maxTextLength - 3)}...`;
}

function asciiText(message: string): string {
  const plain = Array.from(message, (letter) => signs[letter] ?? letter).join('');
  return plain
    .normalize('NFKD')
    .replace(/\p{M}+/gu, '')
    .replace(/[^\x20-\x7e]+/g, ' ')
    .trim();
}

/** Stands for a folder that cannot be said to a mail program, as in the help of the commands. */
const someFolder = ' --data-dir FOLDER';

/**
 * What a mail program is told of a refusal. A command in it is whole or has a placeholder: a folder whose name is not ASCII
 * would be another one once it is, and one that is too long would cost the sentence with the command.
 *
 * @param options what the command needs to reach this Postern: ` --data-dir /srv/mail`
 * @returns words for `protocolText`
 */
export function refusalWords(refused: Refused, options = ''): string {
  const whole = refused.messageWith(options);
  const isSayable = /^[\x20-\x7e]*$/.test(options) && asciiText(whole).length <= maxTextLength;
  return isSayable ? whole : refused.messageWith(someFolder);
}

/** Prefix of every answer of Postern's own, so that it is not taken for the server's. */
export const ourName = 'Postern';

/** Why a command is not passed on. */
export const faultWords: Record<Fault, string> = {
  'too-long': 'line too long.',
  malformed: 'a line may hold neither CR nor NUL.',
  unknown: 'no command was recognised.',
  'start-tls': 'not needed here. The connection to the mail server is protected already.',
  'tls-first': 'encryption first: this path takes nothing before STARTTLS.',
  'tls-late': 'too late for encryption. It has to be asked for before anything else.',
  'tls-already': 'this connection is encrypted already.',
  'bad-credentials': 'the sign-in data is too long or holds characters that are not allowed.',
};

/** Why the sign-in ends. */
export const farewellWords: Record<Farewell, string> = {
  idle: 'nothing was said for too long. Good-bye.',
  failures: 'too many commands that failed. Good-bye.',
  flood: 'more bytes were announced than any sign-in needs. Good-bye.',
  malformed: 'what was sent cannot be read. Good-bye.',
};
