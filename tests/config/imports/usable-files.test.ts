import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { beforeAll, expect, test } from 'vitest';
import type { Imported } from '../../../proxy/config/imports/imported.ts';
import { withUsableFiles } from '../../../proxy/config/imports/usable-files.ts';
import { scratchDirectory } from '../../support/clean-up.ts';
import { createAuthority, issue, writeFiles } from '../../support/pki.ts';

const folder = scratchDirectory('usable');
const file = join(folder, 'stunnel.conf');
let paths: ReturnType<typeof writeFiles>;
beforeAll(() => {
  paths = writeFiles(folder, issue(createAuthority(), { names: ['mail.example.org'] }));
});

const imported = (authorities: string[], certificate?: { certificate: string; key: string }): Imported => ({
  program: 'stunnel',
  relays: [
    {
      ...{ section: 'imap', protocol: 'imap', listen: '127.0.0.1:1993', server: 'x.test', port: 993, tls: 'implicit' },
      ...(certificate && { clientCertificate: certificate }),
    },
  ],
  certificateAuthorities: authorities,
  notes: [{ place: '', message: 'first' }],
});

test('files that are what they should be stay', async () => {
  const given = imported([paths.root], { certificate: paths.certificate, key: paths.key });
  expect(await withUsableFiles(given, file)).toEqual(given);
});

test('others are left out, each with a note, and the rest stays', async () => {
  const given = imported([join(folder, 'nowhere.pem'), paths.root, paths.key], {
    certificate: paths.certificate,
    key: paths.root,
  });
  const { certificateAuthorities, relays, notes } = await withUsableFiles(given, file);
  expect(certificateAuthorities).toEqual([paths.root]);
  expect(relays).toEqual(imported([]).relays);
  expect(notes.map(({ place }) => place)).toEqual(['', 'CAfile', 'CAfile', '[imap] cert']);
  expect(notes.slice(1).every(({ message }) => message.startsWith('not carried: '))).toBe(true);
  expect(JSON.stringify(notes)).not.toContain(readFileSync(paths.key, 'utf8').split('\n')[1]);
});

test('a path that begins in a folder that is not known leads nowhere, whatever lies in ours', async () => {
  const given = imported(['package.json', 'C:\\stunnel\\ca.pem'], { certificate: 'a.pem', key: 'a.pem' });
  const { certificateAuthorities, relays, notes } = await withUsableFiles(given, 'stunnel.conf');
  expect(certificateAuthorities).toEqual([]);
  expect(relays).toEqual(imported([]).relays);
  expect(notes.map(({ message }) => message.includes('without its folder'))).toEqual([false, true, false, true]);
});
