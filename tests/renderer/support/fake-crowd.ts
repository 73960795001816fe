import { type Configuration, configurationSchema } from '../../../proxy/contract/index.ts';
import type { StateStore } from '../../../proxy/state/store.ts';
import { certificate, question } from './fake-certificates.ts';
import { ago, freshStore, relay, session } from './fake-state.ts';

/** 200 accounts with 10,000 events, 500 sessions and 40 questions; or fewer, with as much for each. */
export function crowdedStore(count = 200): { store: StateStore; configuration: Configuration } {
  const accounts = Array.from({ length: count }, (_, index) => ({
    name: `Account ${index + 1}`,
    relays: [
      relay(`Account ${index + 1}`, 'imap', `imap${index + 1}.example.org`, 20_000 + index * 2),
      relay(`Account ${index + 1}`, 'smtp', `smtp${index + 1}.example.org`, 20_001 + index * 2),
    ],
  }));
  const configuration = configurationSchema.parse({ version: 1, accounts });
  const store = freshStore(configuration);
  for (let index = 0; index < count * 2.5; index += 1) {
    const account = configuration.accounts[index % count];
    const [imap] = account?.relays ?? [];
    if (account && imap) store.set('sessions', `s${index}`, session(`s${index}`, imap.name, account.name));
  }
  for (let number = 1; number <= count * 50; number += 1) {
    store.set('activity', String(number), {
      number,
      at: ago(count * 50 - number),
      relay: `account-${(number % count) + 1}-imap`,
      account: `Account ${(number % count) + 1}`,
      kind: 'refused',
      reason: 'upstream-timeout',
      message: '',
      code: 'server-timeout',
      facts: { server: `event-${number}.example.org`, port: 993 },
    });
  }
  for (let index = 0; index < count / 5; index += 1) {
    const id = `bbbbbbbb${String(index).padStart(2, '0')}`;
    const [account, relays] = [`Account ${index + 1}`, [`account-${index + 1}-imap`]];
    store.set('questions', id, question(id, `imap${index + 1}.example.org`, { account, relays }));
  }
  for (let index = 0; index < count * 2; index += 1) {
    const id = `cccccccc${String(index).padStart(3, '0')}`;
    const host = `imap${index + 1}.example.org`;
    store.set('servers', id, {
      id,
      account: `Account ${index + 1}`,
      host,
      port: 993,
      certificate: certificate(host),
      lastVerifiedAt: ago(index),
    });
  }
  return { store, configuration };
}
