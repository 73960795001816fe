import type { Keychain } from '../../../proxy/vault/keychain.ts';

/** A keychain in memory, which can be locked, or emptied as if on another computer. */
export function memoryKeychain(): Keychain & { entries: Map<string, string>; locked: boolean; asked: number } {
  const keychain = {
    entries: new Map<string, string>(),
    locked: false,
    asked: 0,
    async read(name: string) {
      keychain.asked += 1;
      if (keychain.locked) throw new Error('locked');
      return keychain.entries.get(name) ?? null;
    },
    async write(name: string, text: string) {
      if (keychain.locked) throw new Error('locked');
      keychain.entries.set(name, text);
    },
  };
  return keychain;
}

/** A machine without a keychain. */
export const noKeychain: Keychain = {
  read: () => Promise.reject(new Error('none')),
  write: () => Promise.reject(new Error('none')),
};
