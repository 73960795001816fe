import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { createKnownLists, type KnownLists, type Link, listName } from '../../../proxy/trust/revocation/known-lists.ts';
import { openListFiles } from '../../../proxy/trust/revocation/list-files.ts';
import { UnusableList } from '../../../proxy/trust/revocation/revocation-list.ts';
import { scratchDirectory } from '../../support/clean-up.ts';
import { createAuthority, der, issue, type RevocationListOptions, revocationList } from '../../support/pki.ts';
import { day, from, hour, linkOf, seconds } from './support.ts';

const authority = createAuthority({ cn: 'Root' });
const url = 'http://lists.test/1';
const leaf = issue(authority, { names: ['a.test'], lists: [url] });
const link = linkOf(leaf);
const at = seconds();
const listing = { revoked: [{ serial: leaf, reason: 1, at: new Date('2026-11-01T00:00:00Z') }] };
const revokedAt = seconds(new Date('2026-11-01T00:00:00Z'));

function open(directory = join(scratchDirectory('known'), 'crls')): { lists: KnownLists; directory: string } {
  return { lists: createKnownLists(openListFiles(directory)), directory };
}

const take = (lists: KnownLists, options: RevocationListOptions = {}, of: Link = link, place = url) =>
  lists.take(of, place, revocationList(authority, options), at);

/** Why it was rejected. */
async function turnedDown(taking: Promise<void>): Promise<string> {
  const error = await taking.then(
    () => null,
    (reason: unknown) => reason,
  );
  if (!(error instanceof UnusableList)) throw new Error('it was taken');
  return error.message;
}

describe('what is known', () => {
  test('is nothing without a list', async () => {
    const { lists } = open();
    expect(await lists.ask(link, at)).toEqual({ kind: 'unknown' });
    expect(await lists.age(link, url)).toBeNull();
    expect(lists.version).toBe(0);
  });

  test('is good until the list ends', async () => {
    const { lists } = open();
    const nextUpdate = from(day);
    await take(lists, { nextUpdate });
    expect(await lists.ask(link, at)).toEqual({ kind: 'good', until: seconds(nextUpdate), fetchedAt: at });
    expect(await lists.age(link, url)).toEqual({ fetchedAt: at, nextUpdate: seconds(nextUpdate), flaw: null });
    expect(lists.version).toBe(1);
    const over = seconds(nextUpdate) + 301;
    expect(await lists.ask(link, over)).toEqual({ kind: 'unknown' });
  });

  test('is nothing by a list without a number, but for what it says is revoked', async () => {
    const { lists, directory } = open();
    await take(lists, { number: null, ...listing });
    expect(await lists.ask(link, at)).toMatchObject({ kind: 'revoked' });
    const other = linkOf(issue(authority, { names: ['b.test'], lists: [url] }));
    expect(await lists.ask(other, at)).toEqual({ kind: 'unknown' });
    expect((await lists.age(link, url))?.flaw).toContain('number');
    await lists.written();
    const again = open(directory).lists;
    expect(await again.ask(other, at)).toEqual({ kind: 'unknown' });
    expect(await again.ask(link, at)).toMatchObject({ kind: 'revoked' });
  });

  test('is revoked, and stays so when the list has ended', async () => {
    const { lists } = open();
    await take(lists, listing);
    const answer = { kind: 'revoked', at: revokedAt, fetchedAt: at };
    expect(await lists.ask(link, at)).toEqual(answer);
    expect(await lists.ask(link, at + 400 * 86_400)).toEqual(answer);
  });

  test('ends when a newer list does not name the certificate any more', async () => {
    const { lists } = open();
    await take(lists, { ...listing, thisUpdate: from(-2 * hour) });
    await take(lists, { thisUpdate: from(-hour) });
    expect(await lists.ask(link, at)).toMatchObject({ kind: 'good' });
  });

  test('is asked for by another certificate of the same issuer later', async () => {
    const { lists } = open();
    const other = issue(authority, { names: ['b.test'], lists: [url] });
    await take(lists, { revoked: [{ serial: other }] });
    expect(await lists.ask(link, at)).toMatchObject({ kind: 'good' });
    expect(await lists.ask(linkOf(other), at)).toMatchObject({ kind: 'revoked' });
    await lists.written();
    const third = issue(authority, { names: ['c.test'], lists: [url] });
    expect(await lists.ask(linkOf(third), at)).toMatchObject({ kind: 'good' });
    expect(await lists.ask(linkOf(other), at)).toMatchObject({ kind: 'revoked' });
  });

  test('is the most that any of its addresses says', async () => {
    const { lists } = open();
    const both = issue(authority, { names: ['b.test'], lists: [url, `${url}b`] });
    await take(lists, { nextUpdate: from(day) }, linkOf(both));
    await take(lists, { nextUpdate: from(3 * day) }, linkOf(both), `${url}b`);
    expect(await lists.ask(linkOf(both), at)).toMatchObject({ kind: 'good', until: seconds(from(3 * day)) });
    await take(lists, { revoked: [{ serial: both }] }, linkOf(both));
    expect(await lists.ask(linkOf(both), at)).toMatchObject({ kind: 'revoked' });
  });

  test('of one issuer says nothing of another with the same name, address and serial number', async () => {
    const { lists } = open();
    const imposter = createAuthority({ cn: 'Root' });
    const twin = issue(imposter, { names: ['a.test'], lists: [url], serial: link.certificate.serial });
    await take(lists, listing);
    expect(await lists.ask(linkOf(twin), at)).toEqual({ kind: 'unknown' });
  });
});

describe('a list is not taken', () => {
  test.each<[string, Uint8Array, string]>([
    ['that is none', Buffer.from('<html>not found</html>'), 'cannot be read'],
    ['that is empty', Buffer.alloc(0), 'cannot be read'],
    ['with entries that are none', withBrokenEntry(), 'has entries that cannot be read'],
    ['of another authority', revocationList(createAuthority({ cn: 'Other' }), listing), 'comes from another authority'],
    ['that is too old', revocationList(authority, { nextUpdate: from(-hour), ...listing }), 'is too old'],
    [
      'of another place',
      revocationList(authority, { scope: { urls: [`${url}x`] }, ...listing }),
      'is not about this certificate',
    ],
    [
      'of authorities',
      revocationList(authority, { scope: { authorities: true }, ...listing }),
      'is not about this certificate',
    ],
  ])('%s', async (_, bytes, why) => {
    const { lists } = open();
    expect(await turnedDown(lists.take(link, url, Buffer.from(bytes), at))).toBe(why);
    expect(await lists.ask(link, at)).toEqual({ kind: 'unknown' });
    expect(lists.version).toBe(0);
  });

  test.each<[string, RevocationListOptions, RevocationListOptions]>([
    ['by its date', { thisUpdate: from(-hour) }, { thisUpdate: from(-2 * hour) }],
    ['by its number', { thisUpdate: from(-2 * hour), number: 9 }, { thisUpdate: from(-hour), number: 8 }],
  ])('that is older than the one that is known, %s; in this run or the next', async (_, newer, older) => {
    const { lists, directory } = open();
    await take(lists, { ...listing, ...newer });
    expect(await turnedDown(take(lists, older))).toBe('is older than the one that is known already');
    await lists.written();
    const next = open(directory).lists;
    expect(await turnedDown(take(next, older))).toBe('is older than the one that is known already');
    expect(await next.ask(link, at)).toMatchObject({ kind: 'revoked' });
  });
});

describe('at the next start', () => {
  test('what was revoked still is, without the network', async () => {
    const { lists, directory } = open();
    await take(lists, listing);
    await lists.written();
    expect(await open(directory).lists.ask(link, at)).toEqual({ kind: 'revoked', at: revokedAt, fetchedAt: at });
  });

  test('a list that was the same again is as fresh as the last time', async () => {
    const { lists, directory } = open();
    const same = revocationList(authority);
    await lists.take(link, url, same, at - 3600);
    await lists.take(link, url, same, at);
    await lists.written();
    expect(await open(directory).lists.age(link, url)).toMatchObject({ fetchedAt: at });
  });

  test.each<[string, (bytes: Buffer) => Buffer]>([
    ['shortened', (bytes) => bytes.subarray(0, 100)],
    ['emptied', () => Buffer.alloc(0)],
    ['replaced by a forgery', () => revocationList(createAuthority({ cn: 'Root' }))],
    ['changed in the signature', (bytes) => bytes.fill(1, bytes.length - 4)],
  ])('a file that was %s says nothing, and the next list is taken', async (_, change) => {
    const { lists, directory } = open();
    await take(lists, listing);
    await lists.written();
    const [name = ''] = readdirSync(directory);
    expect(name).toBe(`${listName(link, url)}.crl`);
    writeFileSync(join(directory, name), change(readFileSync(join(directory, name))));
    const next = open(directory).lists;
    expect(await next.ask(link, at)).toEqual({ kind: 'unknown' });
    await take(next, listing);
    expect(await next.ask(link, at)).toMatchObject({ kind: 'revoked' });
  });

  test('a disk that takes nothing costs the memory of it alone', async () => {
    const directory = join(scratchDirectory('known'), 'crls');
    writeFileSync(directory, 'a file in the place of the folder');
    const { lists } = open(directory);
    await take(lists, listing);
    await lists.written();
    expect(await lists.ask(link, at)).toMatchObject({ kind: 'revoked' });
    expect(await open(directory).lists.ask(link, at)).toEqual({ kind: 'unknown' });
  });
});

/** Properly signed, but with something among the entries that is not an entry. */
function withBrokenEntry(): Buffer {
  return revocationList(authority, { revoked: [{ serial: leaf, extensions: [der(0x02, Buffer.from([1]))] }] });
}
