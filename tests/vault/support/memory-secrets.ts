import type { SecretPurpose, SecretStore } from '../../../proxy/vault/secret-store.ts';

/** A secret store in memory, which ends with the test. */
export function memorySecrets(): SecretStore & { stored: Map<string, string> } {
  const stored = new Map<string, string>();
  const key = (account: string, purpose: SecretPurpose) => `${purpose} of ${account}`;
  return {
    stored,
    read: async (account, purpose) => stored.get(key(account, purpose)) ?? null,
    write: async (account, purpose, text) => void stored.set(key(account, purpose), text),
    async remove(account, purpose) {
      for (const name of [...stored.keys()]) {
        if (purpose ? name === key(account, purpose) : name.endsWith(` of ${account}`)) stored.delete(name);
      }
    },
  };
}
