import type { AccountConfiguration, Configuration, RelayConfiguration } from './configuration.ts';
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

/**
 * What a person means by a name: an account with all of its relays, or one relay of it.
 *
 * @param name undefined for everything
 * @returns none where nothing has the name
 */
export function relaysNamed(
  { accounts }: Pick<Configuration, 'accounts'>,
  name: string | undefined,
): { account: AccountConfiguration; relays: RelayConfiguration[] }[] {
  return accounts.flatMap((account) => {
    if (name === undefined || name === account.name) return { account, relays: account.relays };
    const relays = account.relays.filter((relay) => relay.name === name);
    return relays.length > 0 ? { account, relays } : [];
  });
}
