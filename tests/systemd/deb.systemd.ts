import { copyFileSync, mkdirSync, readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { beforeAll, describe, expect, test } from 'vitest';
import { packageFor } from '../packaging/package-for.ts';
import { scratchDirectory } from '../support/clean-up.ts';
import { bootSystemd, type LiveSystemd } from '../support/live-systemd.ts';
import { freePort } from '../support/ports.ts';
import { mustRun, runProgram } from '../support/programs.ts';
import { until } from '../support/service.ts';
import { root } from '../support/sources.ts';

// The deb: built, checked with Debian's own tools, and installed under a running systemd. A stand-in replaces fpm,
// which writes the deb; the real fpm 1.17, where it was tried, made the same from the same arguments, plus a changelog
// of its own.

const folder = scratchDirectory('deb');
const deb = join(folder, 'out', `postern_${manifestVersion()}_amd64.deb`);
const unpacked = join(folder, 'unpacked');
const text = (path: string) => readFileSync(join(unpacked, path), 'utf8');

function manifestVersion(): string {
  return JSON.parse(readFileSync(join(root, 'package.json'), 'utf8')).version;
}

beforeAll(async () => {
  await packageFor('deb', folder);
  await mustRun('dpkg-deb', ['--raw-extract', deb, unpacked]);
});

test('puts each file where the system looks for it', () => {
  const files = readdirSync(unpacked, { recursive: true, withFileTypes: true })
    .filter((entry) => !entry.isDirectory())
    .map((entry) => join(entry.parentPath, entry.name).slice(unpacked.length));
  expect(
    files.filter((file) => !/^\/(?:opt|DEBIAN)\/|^\/usr\/lib\/postern\/dist\/main\/parts\//.test(file)).sort(),
  ).toEqual([
    '/usr/bin/postern',
    '/usr/lib/postern/dist/main/cli.js',
    '/usr/lib/postern/notify/mail',
    '/usr/lib/postern/package.json',
    '/usr/lib/postern/service',
    '/usr/lib/systemd/system/postern.service',
    '/usr/lib/systemd/system/postern.service.d/journal.conf',
    '/usr/lib/sysusers.d/postern.conf',
    '/usr/lib/tmpfiles.d/postern.conf',
    '/usr/share/applications/org.postern.Postern.desktop',
    '/usr/share/doc/postern/copyright',
    '/usr/share/doc/postern/examples/msmtprc',
    '/usr/share/doc/postern/examples/postern-work-imap.socket',
    '/usr/share/doc/postern/licences.txt',
    '/usr/share/icons/hicolor/scalable/apps/postern-desktop.svg',
    '/usr/share/metainfo/org.postern.Postern.metainfo.xml',
  ]);
  const isProgram = (file: string) => (statSync(join(unpacked, file)).mode & 0o777).toString(8);
  expect(['usr/bin/postern', 'usr/lib/postern/service', 'usr/lib/postern/notify/mail'].map(isProgram)).toEqual([
    ...['755', '755', '755'],
  ]);
});

test('lintian finds nothing but what comes with an app in /opt and with its makers', async () => {
  const { stdout } = await runProgram('lintian', ['--tag-display-limit', '0', '--allow-root', deb]);
  const tags = [...stdout.toString().matchAll(/^[EW]: postern: (\S+)/gm)].map(([, tag]) => tag);
  expect([...new Set(tags)].sort()).toEqual([
    // electron-builder's scripts.
    'command-with-path-in-maintainer-script',
    // electron-builder's description: one long line that begins with a blank.
    'description-starts-with-leading-spaces',
    // A third-party app belongs there (FHS 3.0, 3.13); Debian's own must not be there.
    'dir-or-file-in-opt',
    'extended-description-line-too-long',
    // postinst and postrm are electron-builder's.
    'maintainer-script-calls-systemctl',
    'maintainer-script-ignores-errors',
    // Needed by the keychain; Electron itself needs the same.
    'missing-dependency-on-libc',
    // Debian's own packages have one; here dpkg knows the version, and CHANGELOG.md has the rest.
    'no-changelog',
    // `postern --help`.
    'no-manual-page',
    'postrm-removes-alternative',
    'unknown-field',
    // The stand-in for Electron.
    'unusual-interpreter',
  ]);
});

test('desktop entry and description for software centres are sound, and one name goes through', async () => {
  const entry = 'usr/share/applications/org.postern.Postern.desktop';
  await mustRun('desktop-file-validate', [join(unpacked, entry)]);
  const about = join(unpacked, 'usr/share/metainfo/org.postern.Postern.metainfo.xml');
  await mustRun('appstreamcli', ['validate', '--no-net', about]);
  expect(text(entry)).toMatch(/^Exec=\/opt\/Postern\/postern-desktop %U$/m);
  expect(text(entry)).toMatch(/^Icon=postern-desktop$/m);
  expect(text(entry)).toMatch(/^StartupWMClass=org\.postern\.Postern$/m);
  expect(text(entry)).not.toContain('no-sandbox');
});

test('gives Chromium its sandbox: by an AppArmor rule for this program, or by the helper’s mode', async () => {
  for (const script of ['postinst', 'postrm', 'prerm']) await mustRun('sh', ['-n', join(unpacked, 'DEBIAN', script)]);
  expect(text('DEBIAN/postinst')).toContain("chmod 4755 '/opt/Postern/chrome-sandbox'");
  expect(text('DEBIAN/postinst')).toContain("APPARMOR_PROFILE_SOURCE='/opt/Postern/resources/apparmor-profile'");
  expect(text('opt/Postern/resources/apparmor-profile')).toMatch(
    /^profile "postern-desktop" "\/opt\/Postern\/postern-desktop" flags=\(unconfined\) \{\n {2}userns,$/m,
  );
});

describe('installed', () => {
  let systemd: LiveSystemd;
  const show = async (property: string) =>
    (await systemd.run(`systemctl show --value --property=${property} postern`)).trim();

  beforeAll(async () => {
    const port = await freePort();
    systemd = await bootSystemd((place) => {
      for (const each of ['srv', 'usr/bin']) mkdirSync(join(place, each), { recursive: true });
      copyFileSync(deb, join(place, 'srv', 'postern.deb'));
      copyFileSync(process.execPath, join(place, 'usr/bin/node'));
      const relay = {
        name: 'imap',
        protocol: 'imap',
        tls: 'implicit',
        server: 'localhost',
        address: '127.0.0.1',
        port: 9,
      };
      const accounts = [{ name: 'Work', relays: [{ ...relay, listen: `127.0.0.1:${port}` }] }];
      writeFileSync(join(place, 'srv', 'config.json'), JSON.stringify({ version: 1, accounts }));
    });
  });

  test('the user, the folders and the unit are there, and nothing is started', async () => {
    // Electron's libraries are not needed here: only the service runs.
    await systemd.run('dpkg --force-depends --install /srv/postern.deb');
    expect(await systemd.run('stat -c "%U %G %a" /etc/postern /var/lib/postern')).toBe(
      'root postern 750\npostern postern 700\n',
    );
    expect((await systemd.attempt('systemctl is-enabled postern')).stdout.toString()).toBe('disabled\n');
    expect(await show('ActiveState')).toBe('inactive');
  });

  test('it starts with the configuration, on the system’s Node.js; without one it says what is missing', async () => {
    await systemd.run('install -m 640 -g postern /srv/config.json /etc/postern/config.json');
    await systemd.run('systemctl enable --now postern');
    expect(await show('StatusText')).toBe('1 relay listening');
    const { stderr } = await systemd.attempt('mkdir -p /srv/empty; PATH=/srv/empty /usr/lib/postern/service run');
    expect(stderr).toContain('the service needs Node.js 20.19 or newer');
  });

  test('an upgrade starts the one that runs anew; removed, it ends, and the configuration stays', async () => {
    const before = await show('MainPID');
    await systemd.run('dpkg --force-depends --install /srv/postern.deb');
    await until(async () => (await show('StatusText')) === '1 relay listening', 'it runs again');
    expect(await show('MainPID')).not.toBe(before);
    await systemd.run('dpkg --force-depends --remove postern');
    expect(await show('ActiveState')).toBe('inactive');
    expect(await systemd.run('ls /etc/postern')).toBe('config.json\n');
  });
});
