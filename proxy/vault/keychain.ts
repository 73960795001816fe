/**
 * The system's store for a user's secrets: macOS's keychain, Windows's credential manager, the Secret Service on Linux.
 */
export interface Keychain {
  /**
   * @returns null when there is no such entry
   * @throws when the keychain is locked, or there is none
   */
  read(name: string): Promise<string | null>;
  /** @throws when the keychain is locked, or there is none */
  write(name: string, text: string): Promise<void>;
}

/** The name under which the system shows the entry to its user. */
const service = 'Postern';

/** How long to wait, in milliseconds: an unlock dialogue may be open with nobody there to answer it. */
const patience = 20_000;

/** The system's own keychain. The library, which contains native code, is loaded on first use. */
export const systemKeychain: Keychain = {
  read: async (name) => (await (await entry(name)).getPassword(AbortSignal.timeout(patience))) ?? null,
  write: async (name, text) => (await entry(name)).setPassword(text, AbortSignal.timeout(patience)),
};

async function entry(name: string) {
  const { AsyncEntry } = await import('@napi-rs/keyring');
  // By default the library falls back to the kernel's key ring, which is empty after the next boot.
  return new AsyncEntry(service, name, { linux: { store: 'secret-service' } });
}
