import { existsSync, mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { scratchDirectory } from './clean-up.ts';
import { needProgram } from './needs.ts';
import { type Identity, writeFiles } from './pki.ts';
import { freePort } from './ports.ts';
import { mustRun } from './programs.ts';
import { accepts, startService } from './service.ts';

/** A real OpenLDAP server with a directory of its own. */
export interface Slapd {
  ports: { ldap: number; ldaps: number };
}

/** The top of its directory; people are below `ou=people`. */
export const directoryTop = 'dc=example,dc=test';
export const personDn = (uid: string) => `uid=${uid},ou=people,${directoryTop}`;

/** A person, perhaps with a photo. */
export interface Person {
  uid: string;
  password?: string;
  photo?: Buffer;
  /** More lines of the entry, those with classes first: slapadd wants all of them together. */
  more?: readonly string[];
}

/**
 * Starts it on 127.0.0.1, for LDAPS and for LDAP with StartTLS. Anybody may search; whoever signs in may read passwords'
 * owners. What is below `ou=elsewhere` is at another server, by a referral of its own.
 *
 * @param options `config`: more lines of its configuration; `overlays`: such behind those of the database
 */
export async function startSlapd(options: {
  identity: Identity;
  people: readonly Person[];
  referrals?: readonly string[];
  config?: readonly string[];
  overlays?: readonly string[];
}): Promise<Slapd> {
  const slapd = needProgram('slapd');
  const directory = scratchDirectory('slapd');
  const at = (name: string) => join(directory, name);
  mkdirSync(at('data'));
  const files = writeFiles(directory, options.identity);
  const lines = [
    ...['core', 'cosine', 'inetorgperson'].map((name) => `include /etc/ldap/schema/${name}.schema`),
    ...['modulepath /usr/lib/ldap', 'moduleload back_mdb.la'],
    ...[`pidfile ${at('slapd.pid')}`, 'sizelimit unlimited'],
    ...[`TLSCertificateFile ${files.certificate}`, `TLSCertificateKeyFile ${files.key}`],
    ...(options.config ?? []),
    ...['database mdb', 'maxsize 104857600', `suffix "${directoryTop}"`, `directory ${at('data')}`],
    ...['access to attrs=userPassword by anonymous auth by * none', 'access to * by * read'],
    ...(options.overlays ?? []),
  ];
  writeFileSync(at('slapd.conf'), `${lines.join('\n')}\n`);
  writeFileSync(at('data.ldif'), entries(options.people, options.referrals ?? []));
  await mustRun(needProgram('slapadd'), ['-q', '-f', at('slapd.conf'), '-l', at('data.ldif')]);
  const ports = { ldap: await freePort(), ldaps: await freePort() };
  const places = `ldap://127.0.0.1:${ports.ldap}/ ldaps://127.0.0.1:${ports.ldaps}/`;
  await startService(slapd, ['-f', at('slapd.conf'), '-h', places, '-d', '0'], {
    isReady: async () => existsSync(at('slapd.pid')) && (await accepts(ports.ldap)) && (await accepts(ports.ldaps)),
  });
  return { ports };
}

function entries(people: readonly Person[], referrals: readonly string[]): string {
  const all: string[][] = [
    [`dn: ${directoryTop}`, 'objectClass: dcObject', 'objectClass: organization', 'dc: example', 'o: Example'],
    [`dn: ou=people,${directoryTop}`, 'objectClass: organizationalUnit', 'ou: people'],
    ...people.map(({ uid, password, photo, more = [] }) => [
      ...[
        `dn: ${personDn(uid)}`,
        'objectClass: inetOrgPerson',
        ...more,
        `uid: ${uid}`,
        `cn: ${uid} Lovelace`,
        'sn: Lovelace',
      ],
      `mail: ${uid}@example.test`,
      ...(password === undefined ? [] : [`userPassword: ${password}`]),
      ...(photo === undefined ? [] : [`jpegPhoto:: ${photo.toString('base64')}`]),
    ]),
  ];
  if (referrals.length > 0) {
    all.push([
      ...[`dn: ou=elsewhere,${directoryTop}`, 'objectClass: referral', 'objectClass: extensibleObject'],
      ...['ou: elsewhere', ...referrals.map((each) => `ref: ${each}`)],
    ]);
  }
  return `${all.map((entry) => entry.join('\n')).join('\n\n')}\n`;
}
