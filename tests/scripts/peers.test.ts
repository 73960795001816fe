import { chmodSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { delimiter, dirname, join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { scratchDirectory } from '../support/clean-up.ts';
import { needLinux } from '../support/needs.ts';
import { runProgram } from '../support/programs.ts';
import { repositoryFiles, root, textOf } from '../support/sources.ts';

interface Here {
  missing: string[];
  uid: number | undefined;
  has(program: string): boolean;
  maySudo(): boolean;
}
// Plain JavaScript without types, so its parameters and results are declared here.
const { missingPeers, installation } = (await import(new URL('../../scripts/peers.mjs', import.meta.url).href)) as {
  missingPeers(find: (program: string) => string | null, list: string): string[];
  installation(here: Here): { command: string[]; words: string } | null;
};

test('a line of the list names one program, or several of which one is enough', () => {
  const there = ['curl', 'google-chrome'];
  const find = (program: string) => (there.includes(program) ? `/usr/bin/${program}` : null);
  const list = '# a comment\n\nchromium|google-chrome chromium\ncurl curl\nmutt  mutt\n- libsasl2-modules\n';
  expect(missingPeers(find, list)).toEqual(['mutt']);
  expect(missingPeers(() => null, list)).toEqual(['chromium', 'curl', 'mutt']);
});

test('every program that a test asks for by name comes here by a list, or with every Debian', () => {
  const lists = ['scripts/peers.txt', 'scripts/guest-peers.txt', 'scripts/systemd-peers.txt'].map(textOf);
  const listed = lists.flatMap((list) => list.match(/^[^#\s]\S*/gm) ?? []).flatMap((names) => names.split('|'));
  const everywhere = new Set(['script', 'setpriv', 'sh', 'no-such-program-anywhere']);
  const asked = repositoryFiles()
    .filter((file) => file.startsWith('tests/') && file.endsWith('.ts'))
    .flatMap((file) => [...textOf(file).matchAll(/needProgram\('([^']+)'\)/g)].map(([, program = '']) => program));
  expect(asked.length).toBeGreaterThan(5);
  expect(asked.filter((program) => !listed.includes(program) && !everywhere.has(program))).toEqual([]);
});

describe('how the missing programs come here', () => {
  const script = join(root, 'scripts', 'install-peers');
  const here = (more: Partial<Here> & { programs?: string[] }): Here => ({
    missing: ['mutt', 'curl'],
    uid: 1000,
    has: (program) => (more.programs ?? ['apt-get', 'sudo']).includes(program),
    maySudo: () => true,
    ...more,
  });

  test.each<[string, Here, string[] | null]>([
    ['root on Debian or Ubuntu: installed', here({ uid: 0, programs: ['apt-get'] }), [script]],
    ['sudo that asks for no password: installed', here({}), ['sudo', '-n', script]],
    ['sudo that wants a password: not asked for one', here({ maySudo: () => false }), null],
    ['no sudo', here({ programs: ['apt-get'] }), null],
    ['another system, also as root', here({ uid: 0, programs: ['sudo'] }), null],
    ['Windows', here({ uid: undefined, programs: [] }), null],
    ['nothing is missing', here({ uid: 0, missing: [] }), null],
  ])('%s', (_name, each, command) => {
    const plan = installation(each);
    expect(plan?.command ?? null).toEqual(command);
    if (plan) expect(plan.words).toContain('mutt, curl');
  });
});

describe('install-peers', () => {
  /** A system that already has everything except these packages. */
  function system(options: {
    uid: number;
    lacks: string[];
    unknown?: string;
    broken?: boolean;
    notUnpacked?: boolean;
  }) {
    needLinux();
    const folder = scratchDirectory('packages');
    const record = join(folder, 'apt.log');
    writeFileSync(record, '');
    const program = (name: string, script: string) => {
      writeFileSync(join(folder, name), `#!/bin/sh\n${script}\n`);
      chmodSync(join(folder, name), 0o755);
    };
    program('id', `echo ${options.uid}`);
    program('dpkg-query', `case " ${options.lacks.join(' ')} " in *" $4 "*) exit 1;; *) printf installed;; esac`);
    program(
      'apt-get',
      `echo "$@" >>${record}; ${options.broken ? 'echo "E: no such mirror"; exit 100' : ''}
      case "$*" in
        "-s install"*) echo "Inst libneeded (1.0 x)"; echo "Inst newer [1.0] (1.1 x)"; echo "Inst \${4} (3.6 x)";;
        *" download "*) touch libneeded.deb other.deb;;
      esac`,
    );
    program('apt-cache', `[ "$2" = "${options.unknown ?? ''}" ] || echo "$2 | 1.0"`);
    program('debconf-set-selections', 'cat >/dev/null');
    const place = join(folder, 'peers');
    program('dpkg-deb', `mkdir -p "$3/usr/lib/cyrus/bin"; echo unpacked "$2" >>${record}`);
    const list = readFileSync(join(root, 'scripts', 'peers.txt'), 'utf8').replaceAll(
      '/usr/local/lib/postern-peers',
      place,
    );
    writeFileSync(join(folder, 'peers.txt'), list);
    for (const [file] of options.notUnpacked ? [] : list.matchAll(/^\S+(?= +unpacked:)/gm)) {
      mkdirSync(dirname(file), { recursive: true });
      writeFileSync(file, '', { mode: 0o755 });
    }
    const run = () =>
      runProgram('sh', [join(root, 'scripts', 'install-peers'), join(folder, 'peers.txt')], {
        env: { PATH: `${folder}${delimiter}${process.env.PATH}` },
      });
    return { run, place, asked: () => readFileSync(record, 'utf8') };
  }

  test('installs what is missing and nothing else', async () => {
    const { run, asked } = system({ uid: 0, lacks: ['mutt', 'curl'] });
    const ran = await run();
    expect([ran.code, ran.stdout.toString()]).toEqual([0, 'install-peers: installed curl mutt\n']);
    expect(asked()).toBe('-q -y update\n-q -y install --no-install-recommends curl mutt\n');
  });

  test('does nothing where everything is there', async () => {
    const { run, asked } = system({ uid: 1000, lacks: [] });
    const ran = await run();
    expect([ran.code, ran.stdout.toString(), asked()]).toEqual([0, 'install-peers: every package is there\n', '']);
  });

  test('without root it says which packages are missing', async () => {
    const { run, asked } = system({ uid: 1000, lacks: ['mutt'] });
    const ran = await run();
    expect([ran.code, ran.stderr, asked()]).toEqual([1, 'install-peers: run me as root, to install: mutt\n', '']);
  });

  test('a package that the system does not have does not keep the others away', async () => {
    const { run, asked } = system({ uid: 0, lacks: ['chromium', 'mutt'], unknown: 'chromium' });
    const ran = await run();
    expect([ran.code, ran.stderr]).toEqual([0, 'install-peers: this system has no package chromium\n']);
    expect(asked()).toContain('install --no-install-recommends mutt\n');
  });

  test('what cannot be installed beside the others is unpacked with what it needs', async () => {
    const { run, asked, place } = system({ uid: 0, lacks: [], notUnpacked: true });
    const ran = await run();
    expect([ran.code, ran.stderr]).toEqual([0, '']);
    expect(ran.stdout.toString()).toContain(`install-peers: unpacked cyrus-imapd into ${place}\n`);
    expect(asked()).toContain('-q -y download libneeded cyrus-imapd\n');
    expect(asked()).toMatch(/unpacked .*libneeded\.deb\n/);
    expect(asked()).not.toContain('-y install');
  });

  test('without root it says what would be unpacked', async () => {
    const { run } = system({ uid: 1000, lacks: [], notUnpacked: true });
    const ran = await run();
    expect([ran.code, ran.stderr]).toEqual([
      1,
      'install-peers: run me as root, to install: courier-imap courier-pop cyrus-imapd cyrus-nntpd cyrus-pop3d exim4-daemon-light inn2\n',
    ]);
  });

  test('a package manager that fails is heard', async () => {
    const { run } = system({ uid: 0, lacks: ['mutt'], broken: true });
    const ran = await run();
    expect([ran.code, ran.stderr]).toEqual([1, 'E: no such mirror\ninstall-peers: apt-get update failed; see above\n']);
  });
});
