import {
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  statSync,
  symlinkSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { maxListBytes, openListFiles } from '../../../proxy/trust/revocation/list-files.ts';
import { scratchDirectory } from '../../support/clean-up.ts';

const posix = process.platform !== 'win32';
const place = () => join(scratchDirectory('crls'), 'crls');
const now = Date.UTC(2026, 10, 20);

describe('a stored list', () => {
  test('is there for the next start, with the time at which it was stored', async () => {
    const directory = place();
    await openListFiles(directory).write('a', Buffer.from([0, 255, 10, 13]), now);
    expect(await openListFiles(directory).read('a')).toEqual({ bytes: Buffer.from([0, 255, 10, 13]), savedAt: now });
  });

  test.runIf(posix)('is for its user alone', async () => {
    const directory = place();
    await openListFiles(directory).write('a', Buffer.from('x'), now);
    expect(statSync(directory).mode & 0o777).toBe(0o700);
    expect(statSync(join(directory, 'a.crl')).mode & 0o777).toBe(0o600);
  });

  test.runIf(posix)('that is a link is not followed, to read or to write', async () => {
    const directory = place();
    const elsewhere = join(scratchDirectory('elsewhere'), 'file');
    writeFileSync(elsewhere, 'theirs');
    mkdirSync(directory, { recursive: true });
    symlinkSync(elsewhere, join(directory, 'a.crl'));
    const files = openListFiles(directory);
    expect(await files.read('a')).toBeNull();
    await files.write('a', Buffer.from('ours'), now);
    expect(readFileSync(elsewhere, 'utf8')).toBe('theirs');
    expect(statSync(elsewhere).mtimeMs).not.toBe(now);
    expect((await files.read('a'))?.bytes.toString()).toBe('ours');
  });

  test('that is too large is not read', async () => {
    const directory = place();
    mkdirSync(directory, { recursive: true });
    writeFileSync(join(directory, 'a.crl'), Buffer.alloc(maxListBytes + 1), { mode: 0o600 });
    expect(await openListFiles(directory).read('a')).toBeNull();
  });

  test('that is not there is none, and no folder is made for it', async () => {
    const directory = place();
    const files = openListFiles(directory);
    expect(await files.read('a')).toBeNull();
    expect(existsSync(directory)).toBe(false);
  });

  test('that cannot be written is no error', async () => {
    const directory = place();
    writeFileSync(directory, 'a file in the place of the folder');
    const files = openListFiles(directory);
    await files.write('a', Buffer.from('x'), now);
    expect(await files.read('a')).toBeNull();
  });
});

test('the oldest lists beyond a hundred go, and what is no list stays', async () => {
  const directory = place();
  const files = openListFiles(directory);
  mkdirSync(directory, { recursive: true });
  writeFileSync(join(directory, 'notes.txt'), 'mine');
  for (let number = 0; number < 100; number += 1) {
    writeFileSync(join(directory, `old-${number}.crl`), 'x', { mode: 0o600 });
    utimesSync(join(directory, `old-${number}.crl`), now / 1000 + number, now / 1000 + number);
  }
  await files.write('new', Buffer.from('y'), now + 500_000);
  const names = readdirSync(directory);
  expect(names).toHaveLength(101);
  expect(names).toContain('notes.txt');
  expect(names).toContain('new.crl');
  expect(names).not.toContain('old-0.crl');
});
