import { type Configuration, configurationSchema } from '../../../proxy/contract/index.ts';
import type { StateStore } from '../../../proxy/state/store.ts';
import { certificate, question } from './fake-certificates.ts';
import { ago, freshStore, relay, session } from './fake-state.ts';

/** 200 accounts, 10,000 events, 500 sessions, 40 questions. */
export function crowdedStore(): { store: StateStore; configuration: Configuration } {
  const accounts = Array.from({ length: 200 }, (_, index) => ({
    name: `Account ${index + 1}`,
    relays: [
      relay(`Account ${index + 1}`, 'imap', `imap${index + 1}.example.org`, 20_000 + index * 2),
      relay(`Account ${index + 1}`, 'smtp', `smtp${index + 1}.example.org`, 20_001 + index * 2),
    ],
  }));
  const configuration = configurationSchema.parse({ version: 1, accounts });
  const store = freshStore(configuration);
  for (let index = 0; index < 500; index += 1) {
    const account = configuration.accounts[index % 200];
    const [imap] = account?.relays ?? [];
    if (account && imap) store.set('sessions', `s${index}`, session(`s${index}`, imap.name, account.name));
  }
  for (let number = 1; number <= 10_000; number += 1) {
    store.set('activity', String(number), {
      number,
      at: ago(10_000 - number),
      relay: `account-${(number % 200) + 1}-imap`,
      account: `Account ${(number % 200) + 1}`,
      kind: 'refused',
      reason: 'upstream-timeout',
      message: '',
      code: 'server-timeout',
      facts: { server: `event-${number}.example.org`, port: 993 },
    });
  }
  for (let index = 0; index < 40; index += 1) {
    const id = `bbbbbbbb${String(index).padStart(2, '0')}`;
    const [account, relays] = [`Account ${index + 1}`, [`account-${index + 1}-imap`]];
    store.set('questions', id, question(id, `imap${index + 1}.example.org`, { account, relays }));
  }
  for (let index = 0; index < 400; index += 1) {
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
