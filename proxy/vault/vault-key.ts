import { randomBytes } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { readPrivateBytes, writeFileAtomically } from '../config/atomic-file.ts';
import type { VaultKeyPlace } from '../contract/index.ts';
import type { Keychain } from './keychain.ts';
import { vaultKey } from './sealing.ts';
import { VaultUnavailable } from './secret-store.ts';

/** How to reach the places where a key may be kept. */
export interface KeyPlaces {
  dataDirectory: string;
  keychain: Keychain;
  /** The folder that systemd has put the service's credentials in (`$CREDENTIALS_DIRECTORY`). */
  credentialsDirectory: string | undefined;
}

/** The name of the credential (`LoadCredentialEncrypted=postern-vault-key:…`). */
const credentialName = 'postern-vault-key';
/** A shorter one could be a word that somebody made up. */
const minSecretBytes = 16;
const maxSecretBytes = 4096;

/**
 * Makes the key of a new vault: from systemd's credential, if there is one; else a random one in the system's keychain;
 * and where there is none, as on a machine without a desktop, in `vault.key` beside the vault.
 *
 * @throws VaultUnavailable, or the system's error when the disk does not accept it
 */
export async function makeKey(id: string, places: KeyPlaces): Promise<{ place: VaultKeyPlace; key: Buffer }> {
  const given = await credential(places);
  if (given) return { place: 'systemd-credential', key: vaultKey(given, id) };
  const secret = randomBytes(32);
  if (await keep(places.keychain, id, secret)) return { place: 'keychain', key: vaultKey(secret, id) };
  // A vault that was set aside may still open with the existing one.
  const there = await readKeyFile(places).catch(() => null);
  if (!there) await writeFileAtomically(keyFile(places), `${secret.toString('base64')}\n`);
  return { place: 'file', key: vaultKey(there ?? secret, id) };
}

/**
 * Fetches the key of a vault from the place that the vault names.
 *
 * @throws VaultUnavailable
 */
export async function fetchKey(id: string, place: VaultKeyPlace, places: KeyPlaces): Promise<Buffer> {
  return vaultKey(await secretIn(id, place, places), id);
}

async function secretIn(id: string, place: VaultKeyPlace, places: KeyPlaces): Promise<Buffer> {
  switch (place) {
    case 'systemd-credential': {
      const given = await credential(places);
      if (given) return given;
      throw new VaultUnavailable('key-locked', `systemd gave this service no credential named ${credentialName}.`);
    }
    case 'keychain': {
      let text: string | null;
      try {
        text = await places.keychain.read(entryName(id));
      } catch (error) {
        throw new VaultUnavailable('key-locked', 'The keychain of this system is locked, or there is none here.', {
          cause: error,
        });
      }
      if (text !== null) return Buffer.from(text, 'base64');
      throw new VaultUnavailable('key-missing', 'The keychain of this system does not hold its key.');
    }
    case 'file': {
      const secret = await readKeyFile(places);
      if (secret) return secret;
      throw new VaultUnavailable('key-missing', `${keyFile(places)} is not there.`);
    }
  }
}

/** @returns false when there is no keychain, or it does not return what was stored */
async function keep(keychain: Keychain, id: string, secret: Buffer): Promise<boolean> {
  const text = secret.toString('base64');
  try {
    await keychain.write(entryName(id), text);
    return (await keychain.read(entryName(id))) === text;
  } catch {
    return false;
  }
}

/** @returns null when there is none, or it contains no key */
async function readKeyFile(places: KeyPlaces): Promise<Buffer | null> {
  const text = await readPrivateBytes(keyFile(places), maxSecretBytes);
  const secret = Buffer.from(text?.toString('latin1') ?? '', 'base64');
  return secret.length >= minSecretBytes ? secret : null;
}

async function credential({ credentialsDirectory }: KeyPlaces): Promise<Buffer | null> {
  if (credentialsDirectory === undefined) return null;
  let bytes: Buffer;
  try {
    // In a folder of systemd's own, which nobody else sees; permissions there are systemd's concern.
    bytes = await readFile(join(credentialsDirectory, credentialName));
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return null;
    const message = `The systemd credential ${credentialName} cannot be read.`;
    throw new VaultUnavailable('key-locked', message, { cause: error });
  }
  if (bytes.length >= minSecretBytes) return bytes;
  const message = `The systemd credential ${credentialName} is too short: at least ${minSecretBytes} random bytes are needed.`;
  throw new VaultUnavailable('key-missing', message);
}

const entryName = (id: string) => `vault ${id}`;
const keyFile = ({ dataDirectory }: KeyPlaces) => join(dataDirectory, 'vault.key');
