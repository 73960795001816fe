import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { chmodSync, copyFileSync, existsSync, readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { beforeEach, describe, expect, test } from 'vitest';
import { createStateStore, type StateStore } from '../../proxy/state/store.ts';
import type { Keychain } from '../../proxy/vault/keychain.ts';
import { SecretTooLong } from '../../proxy/vault/secret-store.ts';
import { openVault } from '../../proxy/vault/vault.ts';
import { maxSecretBytes } from '../../proxy/vault/vault-file.ts';
import { bundled } from '../support/bundled.ts';
import { scratchDirectory } from '../support/clean-up.ts';

import { memoryKeychain, noKeychain } from './support/keychains.ts';

let dataDirectory: string;
let state: StateStore;
let keychain: ReturnType<typeof memoryKeychain>;
const file = () => join(dataDirectory, 'vault.json');
const aside = () => readdirSync(dataDirectory).filter((name) => name.startsWith('vault.json.unusable-'));
const warnings = () => state.get('core', 'core')?.warnings ?? [];

beforeEach(() => {
  dataDirectory = scratchDirectory('vault');
  keychain = memoryKeychain();
});

function start(using: Keychain = keychain, maxFileBytes?: number) {
  state = createStateStore({ version: '', startedAt: '', paused: false, questionsDropped: 0, warnings: [] });
  return openVault({ dataDirectory, keychain: using, credentialsDirectory: undefined }, state, maxFileBytes);
}

test('honest: 106: what is stored is there after the next start, for its account and purpose, and no file is made before', async () => {
  const vault = await start();
  expect(await vault.read('A', 'local-password')).toBeNull();
  await vault.tryKey();
  expect([existsSync(file()), keychain.asked]).toEqual([false, 0]);
  expect(state.get('core', 'core')?.vault).toBeUndefined();
  await vault.write('A', 'local-password', 'one');
  expect([vault.holds('A', 'local-password'), vault.holds('A', 'oauth-tokens')]).toEqual([true, false]);
  await vault.write('A', 'local-password', 'two');
  await vault.write('B', 'oauth-tokens', '{"refresh":"three"}');
  expect(statSync(file()).mode & 0o777).toBe(0o600);
  expect(readFileSync(file(), 'utf8')).not.toMatch(/two|three/);
  const again = await start();
  expect(state.get('core', 'core')?.vault).toEqual({ key: 'keychain' });
  expect(again.accounts()).toEqual(['A', 'B']);
  expect(await again.read('A', 'local-password')).toBe('two');
  expect(await again.read('B', 'local-password')).toBeNull();
  expect(await again.read('B', 'oauth-tokens')).toBe('{"refresh":"three"}');
  await again.remove('B', 'local-password');
  await again.remove('A');
  expect((await start()).accounts()).toEqual(['B']);
});

test('106: a text that is too long is not taken, and all others are still there after the next start', async () => {
  const vault = await start();
  await vault.write('A', 'local-password', 'one');
  await vault.write('B', 'oauth-tokens', 'x'.repeat(maxSecretBytes));
  await expect(vault.write('B', 'oauth-tokens', 'x'.repeat(maxSecretBytes + 1))).rejects.toBeInstanceOf(SecretTooLong);
  await expect(vault.write('C', 'oauth-tokens', '✓'.repeat(maxSecretBytes / 2))).rejects.toThrow(/too long/);
  const again = await start();
  expect(warnings()).toEqual([]);
  expect(await again.read('A', 'local-password')).toBe('one');
  expect(await again.read('B', 'oauth-tokens')).toHaveLength(maxSecretBytes);
});

test('106: a vault that would be too large to be read is not written', async () => {
  const vault = await start(keychain, 4096);
  await vault.write('A', 'local-password', 'one');
  await expect(vault.write('B', 'oauth-tokens', 'x'.repeat(4096))).rejects.toBeInstanceOf(SecretTooLong);
  await vault.write('C', 'local-password', 'three');
  const again = await start(keychain, 4096);
  expect(warnings()).toEqual([]);
  expect(again.accounts()).toEqual(['A', 'C']);
  expect(await again.read('A', 'local-password')).toBe('one');
});

test('writes at the same time lose nothing', async () => {
  const vault = await start();
  const names = Array.from({ length: 20 }, (_, number) => `account ${number}`);
  await Promise.all(names.map((name) => vault.write(name, 'upstream-password', name)));
  const again = await start();
  for (const name of names) expect(await again.read(name, 'upstream-password')).toBe(name);
});

test('a renamed account keeps its secrets, under the new name alone', async () => {
  const vault = await start();
  await vault.write('A', 'local-password', 'one');
  await vault.rename('A', 'B');
  await vault.rename('nobody', 'C');
  const again = await start();
  expect(again.accounts()).toEqual(['B']);
  expect(await again.read('B', 'local-password')).toBe('one');
});

describe('106: a vault that does not open', () => {
  test('106: is set aside when it was cut, and everything else goes on', async () => {
    await (await start()).write('A', 'local-password', 'one');
    writeFileSync(file(), readFileSync(file(), 'utf8').slice(0, 100));
    const vault = await start();
    expect(await vault.read('A', 'local-password')).toBeNull();
    expect(aside()).toHaveLength(1);
    expect(warnings().join()).toMatch(/vault\.json is damaged.*set aside as.*Sign in again/);
    await vault.write('A', 'local-password', 'new');
    expect(await (await start()).read('A', 'local-password')).toBe('new');
    expect(warnings()).toEqual([]);
  });

  test('106: loses the record alone that somebody has changed or put in another place', async () => {
    const before = await start();
    await before.write('A', 'local-password', 'one');
    await before.write('B', 'local-password', 'two');
    // One account's record in place of another's.
    const stored = JSON.parse(readFileSync(file(), 'utf8'));
    writeFileSync(
      file(),
      JSON.stringify({ ...stored, records: [stored.records[0], { ...stored.records[0], account: 'B' }] }),
    );
    const vault = await start();
    expect(await vault.read('B', 'local-password')).toBeNull();
    expect(await vault.read('A', 'local-password')).toBe('one');
    expect(aside()).toHaveLength(1);
    expect(warnings().join()).toMatch(
      /was changed by somebody else, so what it held for "B" is gone\. It was set aside/,
    );
    expect((await start()).accounts()).toEqual(['A']);
  });

  test('106: what is asked for while a changed record goes is done on what is left', async () => {
    const before = await start();
    for (const name of ['A', 'B', 'C']) await before.write(name, 'local-password', name);
    const stored = JSON.parse(readFileSync(file(), 'utf8'));
    stored.records[1].account = 'elsewhere';
    writeFileSync(file(), JSON.stringify(stored));
    const vault = await start();
    await Promise.all([
      vault.read('A', 'local-password'),
      vault.write('D', 'local-password', 'new'),
      vault.read('C', 'local-password'),
      vault.remove('A'),
    ]);
    const again = await start();
    expect(again.accounts().sort()).toEqual(['C', 'D']);
    expect(await again.read('D', 'local-password')).toBe('new');
    expect(aside()).toHaveLength(1);
  });

  test('106: there is a vault at every moment while a changed record goes', async () => {
    const before = await start();
    for (const name of ['A', 'B']) await before.write(name, 'local-password', name);
    const stored = JSON.parse(readFileSync(file(), 'utf8'));
    stored.records[1].account = 'elsewhere';
    writeFileSync(file(), JSON.stringify(stored));
    const vault = await start();
    let gone = 0;
    let over = false;
    const looking = (async () => {
      while (!over) {
        if (!existsSync(file())) gone += 1;
        await new Promise(setImmediate);
      }
    })();
    await vault.read('A', 'local-password');
    over = true;
    await looking;
    expect(gone).toBe(0);
    expect(aside()).toHaveLength(1);
  });

  test('106: is set aside when it comes from another computer', async () => {
    await (await start()).write('A', 'local-password', 'one');
    const vault = await start(memoryKeychain());
    expect(await vault.read('A', 'local-password')).toBeNull();
    expect(aside()).toHaveLength(1);
    expect(warnings().join()).toMatch(/cannot be opened \(The keychain of this system does not hold its key\)/);
    expect(state.get('core', 'core')?.vault).toBeUndefined();
  });

  test('106: is set aside when the key beside it is another one, and opens again with its own', async () => {
    await (await start(noKeychain)).write('A', 'local-password', 'one');
    const key = join(dataDirectory, 'vault.key');
    copyFileSync(key, `${key}.own`);
    writeFileSync(key, Buffer.alloc(32, 1).toString('base64'));
    expect(await (await start(noKeychain)).read('A', 'local-password')).toBeNull();
    const [name = ''] = aside();
    copyFileSync(join(dataDirectory, name), file());
    copyFileSync(`${key}.own`, key);
    expect(await (await start(noKeychain)).read('A', 'local-password')).toBe('one');
    expect(state.get('core', 'core')?.vault).toEqual({ key: 'file' });
  });

  test('stays where it is while the keychain is locked, says so, and opens as soon as that does', async () => {
    await (await start()).write('A', 'local-password', 'one');
    keychain.locked = true;
    const vault = await start();
    await vault.tryKey();
    await expect(vault.read('A', 'local-password')).rejects.toMatchObject({ trouble: 'key-locked' });
    await expect(vault.write('A', 'local-password', 'two')).rejects.toMatchObject({ trouble: 'key-locked' });
    expect(await vault.read('nobody', 'local-password')).toBeNull();
    expect(state.get('core', 'core')?.vault).toEqual({
      key: 'keychain',
      problem: 'The keychain of this system is locked, or there is none here.',
    });
    expect(aside()).toEqual([]);
    keychain.locked = false;
    expect(await vault.read('A', 'local-password')).toBe('one');
    expect(state.get('core', 'core')?.vault).toEqual({ key: 'keychain' });
  });

  test('can be emptied without its key', async () => {
    await (await start()).write('A', 'local-password', 'one');
    keychain.locked = true;
    await (await start()).remove('A');
    expect((await start()).accounts()).toEqual([]);
  });

  test('what others may read is closed to them first', async () => {
    await (await start()).write('A', 'local-password', 'one');
    chmodSync(file(), 0o644);
    await start();
    expect(statSync(file()).mode & 0o777).toBe(0o600);
  });
});

test('ten readers at once ask the keychain once', async () => {
  await (await start()).write('A', 'local-password', 'one');
  const vault = await start();
  keychain.asked = 0;
  const read = await Promise.all(Array.from({ length: 10 }, () => vault.read('A', 'local-password')));
  expect(new Set(read)).toEqual(new Set(['one']));
  expect(keychain.asked).toBe(1);
});

test('killed a hundred times, at any moment: the vault is whole, and what was acknowledged is in it', async () => {
  const writer = await bundled('tests/vault/support/store-forever.ts');
  for (let round = 0; round < 100; round += 1) {
    const child = spawn(process.execPath, [writer, dataDirectory], { stdio: ['ignore', 'pipe', 'inherit'] });
    let acknowledged = 0;
    const lines = createInterface({ input: child.stdout });
    lines.on('line', (line) => {
      acknowledged = Number(line);
      if (acknowledged === 2 + (round % 5)) child.kill('SIGKILL');
    });
    await Promise.all([once(child, 'exit'), once(lines, 'close')]);
    const vault = await start(noKeychain);
    const stored = Number(await vault.read('A', 'oauth-tokens'));
    expect(stored).toBeGreaterThanOrEqual(acknowledged);
    expect(warnings()).toEqual([]);
  }
  expect(aside()).toEqual([]);
});
