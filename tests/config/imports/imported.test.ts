import { expect, test } from 'vitest';
import { type Imported, mergeImport } from '../../../proxy/config/imports/imported.ts';
import { checkConfiguration } from '../../../proxy/config/load.ts';
import type { Configuration } from '../../../proxy/contract/index.ts';

const empty = checkConfiguration({ version: 1, accounts: [] }, 'x');

function relay(section: string, listen: string | number, server: string): Imported['relays'][number] {
  return { section, protocol: 'imap', listen, server, port: 993, tls: 'implicit' };
}

function merge(configuration: Configuration, relays: Imported['relays'], certificateAuthorities: string[] = []) {
  return mergeImport(configuration, { program: 'stunnel', relays, certificateAuthorities, notes: [] });
}

test('one domain is one account; an address or a short name stands for itself', () => {
  const { added, configuration } = merge(empty, [
    relay('a', 1, 'imap.example.org'),
    relay('b', 2, 'mail.corp.example'),
    relay('c', 3, 'smtp.example.org'),
    relay('d', 4, 'nas.lan'),
    relay('e', 5, '10.0.0.1'),
    relay('f', 6, '2001:db8::1'),
  ]);
  expect(added.map(({ name, relays }) => [name, relays.map((each) => each.name)])).toEqual([
    ['example.org', ['a', 'c']],
    ['corp.example', ['b']],
    ['nas.lan', ['d']],
    ['10.0.0.1', ['e']],
    ['2001:db8::1', ['f']],
  ]);
  expect(checkConfiguration(configuration, 'merged').accounts).toEqual(added);
});

test('what is there already is kept; names become unique, a taken place is left out', () => {
  const before = merge(empty, [relay('mail', '127.0.0.1:1143', 'imap.example.org')], ['a.pem']).configuration;
  const { added, configuration, notes, addedAuthorities } = merge(
    before,
    [
      relay('mail', '127.0.0.1:1144', 'imap.example.org'),
      relay('again', 1143, 'imap.example.org'),
      relay('twice', 1144, 'imap.example.org'),
      relay('my  mail!', 1145, 'imap.example.org'),
      relay('!!!', 1146, 'imap.example.org'),
    ],
    ['a.pem', 'b.pem', 'b.pem'],
  );
  expect(configuration.accounts[0]).toEqual(before.accounts[0]);
  expect(added.map(({ name, relays }) => [name, relays.map((each) => each.name)])).toEqual([
    ['example.org-2', ['mail-2', 'my-mail', 'example.org-imap']],
  ]);
  expect(notes).toEqual([
    { place: '[again]', message: 'left out: mail listens on 1143 already' },
    { place: '[twice]', message: 'left out: mail-2 listens on 1144 already' },
  ]);
  expect(addedAuthorities).toEqual(['b.pem']);
  expect(configuration.certificateAuthorities).toEqual(['a.pem', 'b.pem']);
  expect(() => checkConfiguration(configuration, 'merged')).not.toThrow();
});

test('nothing to add changes nothing', () => {
  expect(merge(empty, [])).toEqual({ configuration: empty, added: [], addedAuthorities: [], notes: [] });
});
