import type { Protocol } from './protocol.ts';

/**
 * Names the relays of an account by what is easy to type of its name: "Anna’s büro" has `anna-s-buro-imap`.
 *
 * @param taken the names that other relays have; each new one is added
 */
export function relayNames(account: string, taken: Set<string>): (protocol: Protocol) => string {
  const plain = account.normalize('NFKD').replace(/\p{M}/gu, '').toLowerCase();
  const words = plain.replace(/[^\p{L}\p{N}]+/gu, '-').replace(/^-|-$/g, '');
  const stem = words.slice(0, 80) || 'account';
  return (protocol) => {
    let name = `${stem}-${protocol}`;
    for (let number = 2; taken.has(name); number += 1) name = `${stem}-${protocol}-${number}`;
    taken.add(name);
    return name;
  };
}
