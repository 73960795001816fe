/** What the system keeps for its user: macOS' keychain, Windows' credential manager, the Secret Service on Linux. */
export interface Keychain {
  /**
   * @returns null when there is no such entry
   * @throws when the keychain is locked, or there is none
   */
  read(name: string): Promise<string | null>;
  /** @throws when the keychain is locked, or there is none */
  write(name: string, text: string): Promise<void>;
}

/** Under this name the system shows the entry to its user. */
const service = 'Postern';

/** A dialogue for unlocking may be open, and nobody there to answer it, in milliseconds. */
const patience = 20_000;

/** The system's own keychain. The library, which holds native code, is loaded with the first question. */
export const systemKeychain: Keychain = {
  read: async (name) => (await (await entry(name)).getPassword(AbortSignal.timeout(patience))) ?? null,
  write: async (name, text) => (await entry(name)).setPassword(text, AbortSignal.timeout(patience)),
};

async function entry(name: string) {
  const { AsyncEntry } = await import('@napi-rs/keyring');
  // Left to itself the library falls back to the kernel's key ring, which is empty after the next start of the system.
  return new AsyncEntry(service, name, { linux: { store: 'secret-service' } });
}
