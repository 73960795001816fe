// A program that stores one secret again and again until it is killed. A line on stdout reports each finished write.
import { createStateStore } from '../../../proxy/state/store.ts';
import { openVault } from '../../../proxy/vault/vault.ts';
import { noKeychain } from './keychains.ts';

const [, , dataDirectory = ''] = process.argv;
const state = createStateStore({ version: '', startedAt: '', paused: false, questionsDropped: 0, warnings: [] });
const vault = await openVault({ dataDirectory, keychain: noKeychain, credentialsDirectory: undefined }, state);
for (let number = 1; ; number += 1) {
  await vault.write('A', 'oauth-tokens', String(number).padStart(3000, '0'));
  process.stdout.write(`${number}\n`);
}
