import * as z from 'zod';
import { type VaultKeyPlace, vaultKeyPlaces } from '../contract/index.ts';
import { open, seal } from './sealing.ts';
import { type SecretPurpose, secretPurposes } from './secret-store.ts';

const base64 = (max: number) =>
  z
    .string()
    .max(max)
    .regex(/^[A-Za-z0-9+/]*={0,2}$/);
/** The longest text of a record. Tokens have a few thousand characters; a set of them with its metadata stays far below. */
export const maxSecretBytes = 150_000;
/** In Base64. */
const sealed = { nonce: base64(16), text: base64((maxSecretBytes / 3) * 4), tag: base64(24) };
const maxRecords = 10_000;

const fileSchema = z.strictObject({
  version: z.literal(1),
  /** Tells apart vaults and the keys that belong to them. */
  id: z.string().regex(/^[0-9a-f]{32}$/),
  /** Where the key is kept. */
  key: z.enum(vaultKeyPlaces),
  /** Opens only with the right key. */
  check: z.strictObject(sealed),
  records: z
    .array(z.strictObject({ account: z.string().min(1).max(100), purpose: z.enum(secretPurposes), ...sealed }))
    .max(maxRecords),
});

/** What `vault.json` holds. */
export type VaultFile = Omit<z.output<typeof fileSchema>, 'version'>;
/** One sealed secret. */
export type VaultRecord = VaultFile['records'][number];

/** @returns null when any part of the text is not what Postern writes */
export function parseVaultFile(json: string): VaultFile | null {
  try {
    const { version: _, ...file } = fileSchema.parse(JSON.parse(json));
    return file;
  } catch {
    return null;
  }
}

export function writeVaultFile(file: VaultFile): string {
  return `${JSON.stringify({ version: 1, ...file }, null, 2)}\n`;
}

/** Whether what is written could be read back. @param maxBytes the longest file that is read */
export function canBeRead({ records }: VaultFile, json: string, maxBytes: number): boolean {
  return records.length <= maxRecords && Buffer.byteLength(json) <= maxBytes;
}

/** An empty vault. */
export function newVault(id: string, place: VaultKeyPlace, key: Buffer): VaultFile {
  return { id, key: place, check: seal(key, checkPlace(id), id), records: [] };
}

/** Whether this is the key that the vault was sealed with. */
export function fits(key: Buffer, { id, check }: VaultFile): boolean {
  return open(key, checkPlace(id), check) === id;
}

export function sealRecord(
  key: Buffer,
  id: string,
  account: string,
  purpose: SecretPurpose,
  text: string,
): VaultRecord {
  return { account, purpose, ...seal(key, recordPlace(id, account, purpose), text) };
}

/** @returns null when the record was changed, or was for another account or purpose */
export function openRecord(key: Buffer, id: string, record: VaultRecord): string | null {
  return open(key, recordPlace(id, record.account, record.purpose), record);
}

const checkPlace = (id: string) => [id, 'check'];
const recordPlace = (id: string, account: string, purpose: SecretPurpose) => [id, 'record', account, purpose];
