import { randomBytes } from 'node:crypto';
import { copyFile, rename as renameFile } from 'node:fs/promises';
import { join } from 'node:path';
import { readPrivateFile, UnusableFile, writeFileAtomically } from '../config/atomic-file.ts';
import { setAsideName } from '../log/set-aside.ts';
import { createTurns } from '../state/in-turn.ts';
import type { StateStore } from '../state/store.ts';
import { settleWarning } from '../state/warning.ts';
import { type SecretPurpose, type SecretStore, SecretTooLong, VaultUnavailable } from './secret-store.ts';
import {
  canBeRead,
  fits,
  maxSecretBytes,
  newVault,
  openRecord,
  parseVaultFile,
  sealRecord,
  type VaultFile,
  type VaultRecord,
  writeVaultFile,
} from './vault-file.ts';
import { fetchKey, type KeyPlaces, makeKey } from './vault-key.ts';

/** The secrets of all accounts, in `vault.json`. */
export interface Vault extends SecretStore {
  /** The accounts that something is stored for. Needs no key. */
  accounts(): string[];
  /** Whether something is stored for this. Needs no key. */
  holds(account: string, purpose: SecretPurpose): boolean;
  /**
   * Reseals an account's secrets under another name: a record opens only under its own account's name.
   *
   * @throws VaultUnavailable; nothing has changed then
   */
  rename(from: string, to: string): Promise<void>;
  /** Fetches the key, if there is a vault, so that its condition is known. Never rejects. */
  tryKey(): Promise<void>;
}

/**
 * Opens `vault.json` in the data directory; the key is fetched when it is first needed. A vault that cannot be used
 * (damaged, or brought here without its key) is set aside under a dated name, with a warning in the state: the accounts
 * ask again. One whose key is merely locked stays, and is tried again at each use.
 *
 * @param maxFileBytes the longest file that is read, and so the longest that is written
 */
export async function openVault(places: KeyPlaces, state: StateStore, maxFileBytes = 16 * 1024 * 1024): Promise<Vault> {
  const path = join(places.dataDirectory, 'vault.json');
  let file = await load();
  let key: Buffer | null = null;
  let fetching: Promise<void> | null = null;
  /** Changes run one after another: each builds on the result of the one before. */
  const inTurn = createTurns();
  showKey();

  function showKey(problem?: string): void {
    const vault = file && { key: file.key, ...(problem === undefined ? {} : { problem }) };
    const core = state.get('core', 'core');
    if (!core || JSON.stringify(core.vault) === JSON.stringify(vault ?? undefined)) return;
    const { vault: _, ...rest } = core;
    state.set('core', 'core', vault ? { ...rest, vault } : rest);
  }

  async function load(): Promise<VaultFile | null> {
    try {
      const text = await readPrivateFile(path, maxFileBytes);
      if (text === null) return null;
      const stored = parseVaultFile(text);
      if (stored) return stored;
      await setAside('is damaged');
    } catch (error) {
      await setAside(error instanceof UnusableFile ? 'cannot be used' : 'cannot be read');
    }
    return null;
  }

  /** @param move how: moved away, or copied if part of it is still of use */
  async function setAside(
    problem: string,
    loss = 'no stored password and no consent is at hand',
    move: typeof renameFile = renameFile,
  ): Promise<void> {
    const aside = setAsideName(path);
    const moved = await move(path, aside).then(
      () => ` It was set aside as ${aside}.`,
      () => '',
    );
    const warning = `${path} ${problem}, so ${loss}.${moved} Sign in again for the accounts that ask for it.`;
    settleWarning(state, warning, true);
  }

  /** The key of the existing vault; null when there is none, or none any more. @throws VaultUnavailable */
  async function currentKey(): Promise<Buffer | null> {
    if (key || !file) return key;
    // Callers wait until all of it is done, so that none builds on records that are about to go.
    fetching ??= unlock(file).finally(() => {
      fetching = null;
    });
    await fetching;
    return key;
  }

  async function unlock(stored: VaultFile): Promise<void> {
    try {
      const fetched = await fetchKey(stored.id, stored.key, places);
      if (!fits(fetched, stored)) throw new VaultUnavailable('key-missing', 'The key that is here is another one.');
      await dropDamaged(fetched, stored);
      key = fetched;
    } catch (error) {
      if (!(error instanceof VaultUnavailable)) throw unreadable(error);
      if (error.trouble === 'key-locked') {
        showKey(error.message);
        throw error;
      }
      file = null;
      await setAside(`cannot be opened (${error.message.replace(/\.$/, '')})`);
    }
    showKey();
  }

  /**
   * A record changed by somebody else opens with no key: it is dropped, and a copy of the file as it was is kept. At
   * every moment of this there is a vault with the intact records.
   */
  async function dropDamaged(fetched: Buffer, stored: VaultFile): Promise<void> {
    const whole = stored.records.filter((record) => openRecord(fetched, stored.id, record) !== null);
    if (whole.length === stored.records.length) return;
    const lost = new Set(stored.records.filter((record) => !whole.includes(record)).map(({ account }) => account));
    const names = [...lost].map((name) => JSON.stringify(name)).join(', ');
    await setAside('was changed by somebody else', `what it held for ${names} is gone`, copyFile);
    await save({ ...stored, records: whole });
  }

  async function save(next: VaultFile): Promise<void> {
    const json = writeVaultFile(next);
    if (!canBeRead(next, json, maxFileBytes)) throw new SecretTooLong();
    await writeFileAtomically(path, json);
    file = next;
  }

  const others = (account: string, purpose?: SecretPurpose) => (record: VaultRecord) =>
    record.account !== account || (purpose !== undefined && record.purpose !== purpose);

  const holds = (account: string, purpose: SecretPurpose) =>
    file?.records.some((record) => !others(account, purpose)(record)) ?? false;

  return {
    accounts: () => [...new Set(file?.records.map(({ account }) => account))],
    holds,
    async read(account, purpose) {
      if (!holds(account, purpose)) return null;
      const current = await currentKey();
      const record = file?.records.find((each) => !others(account, purpose)(each));
      return current && file && record ? openRecord(current, file.id, record) : null;
    },
    write: (account, purpose, text) =>
      inTurn(async () => {
        if (Buffer.byteLength(text) > maxSecretBytes) throw new SecretTooLong();
        let current = await currentKey();
        if (!current || !file) {
          const id = randomBytes(16).toString('hex');
          const made = await makeKey(id, places);
          current = made.key;
          await save(newVault(id, made.place, current));
          key = current;
          showKey();
        }
        const stored = file as VaultFile;
        const record = sealRecord(current, stored.id, account, purpose, text);
        await save({ ...stored, records: [...stored.records.filter(others(account, purpose)), record] });
      }),
    remove: (account, purpose) =>
      inTurn(async () => {
        await fetching?.catch(() => undefined);
        const records = file?.records.filter(others(account, purpose));
        if (file && records && records.length < file.records.length) await save({ ...file, records });
      }),
    rename: (from, to) =>
      inTurn(async () => {
        const current = file?.records.some(({ account }) => account === from) ? await currentKey() : null;
        if (!current || !file) return;
        const { id, records } = file;
        const moved = records
          .filter(({ account }) => account !== to)
          .flatMap((record) => {
            if (record.account !== from) return [record];
            const text = openRecord(current, id, record);
            return text === null ? [] : [sealRecord(current, id, to, record.purpose, text)];
          });
        await save({ ...file, records: moved });
      }),
    async tryKey() {
      await currentKey().catch(() => undefined);
    },
  };
}

function unreadable(error: unknown): VaultUnavailable {
  return new VaultUnavailable('key-locked', 'The key of the vault cannot be read.', { cause: error });
}
