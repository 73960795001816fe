/** The files for systemd, checked with systemd's own programs. */
import { chmodSync, cpSync, existsSync, mkdirSync, readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { scratchDirectory } from '../support/clean-up.ts';
import { needRoot, needSystemdFolder } from '../support/needs.ts';
import { runProgram } from '../support/programs.ts';
import { root } from '../support/sources.ts';

const folder = join(root, 'deploy', 'systemd');
/** Templates belong to services that are created elsewhere: `npm run test:systemd` starts them. */
const units = readdirSync(folder).filter((name) => /^[^@]+\.(?:service|socket)$/.test(name));

/** A root file system with the units in it, and the command that they start. */
function rootWith(change: (text: string) => string = (text) => text): string {
  const place = scratchDirectory('root');
  for (const path of ['usr/lib/postern', 'bin', 'etc/systemd/system', 'usr/lib/systemd/system']) {
    mkdirSync(join(place, path), { recursive: true });
  }
  for (const name of units) {
    writeFileSync(join(place, 'etc/systemd/system', name), change(readFileSync(join(folder, name), 'utf8')));
  }
  for (const program of ['usr/lib/postern/service', 'bin/sh']) {
    writeFileSync(join(place, program), '#!/bin/sh\n');
    chmodSync(join(place, program), 0o755);
  }
  const system = '/usr/lib/systemd/system';
  for (const name of readdirSync(system).filter((one) => one.endsWith('.target'))) {
    cpSync(join(system, name), join(place, 'usr/lib/systemd/system', name), { verbatimSymlinks: true });
  }
  return place;
}

const verify = async (place: string) => {
  needSystemdFolder();
  const ran = await runProgram('systemd-analyze', ['verify', '--man=no', `--root=${place}`, ...units]);
  return [ran.code, ran.stderr];
};

test('systemd-analyze verify has nothing to say; honest twin: a mistake it would name', async () => {
  expect(await verify(rootWith())).toEqual([0, '']);
  const mistaken = rootWith((text) => text.replace('WatchdogSec=', 'WatchdogSecs='));
  expect(await verify(mistaken)).toEqual([0, expect.stringContaining("Unknown key 'WatchdogSecs'")]);
});

test('a socket to the journal is opened by systemd 253 and newer; an older one names the directive, and goes on', async () => {
  const dropIn = 'postern.service.d/journal.conf';
  const place = rootWith();
  mkdirSync(join(place, 'etc/systemd/system/postern.service.d'));
  cpSync(join(folder, dropIn), join(place, 'etc/systemd/system', dropIn));
  const { stdout } = await runProgram('systemctl', ['--version']);
  const knows = Number(/^systemd (\d+)/.exec(stdout.toString())?.[1]) >= 253;
  const [code, said] = await verify(place);
  expect(code).toBe(0);
  expect(String(said).split('\n').filter(Boolean)).toEqual(
    knows ? [] : [expect.stringContaining("Unknown key 'OpenFile' in section [Service], ignoring")],
  );
});

test('the service is exposed by less than 2.5 of 10', async () => {
  needSystemdFolder();
  const file = join(folder, 'postern.service');
  const judge = (threshold: string) =>
    runProgram('systemd-analyze', ['security', '--offline=true', `--threshold=${threshold}`, '--no-pager', file]);
  expect((await judge('25')).code).toBe(0);
  expect((await judge('5')).code, 'the threshold is heeded').not.toBe(0);
});

test('systemd makes the user and the folders', async () => {
  needRoot();
  const place = rootWith();
  const users = await runProgram('systemd-sysusers', [`--root=${place}`, join(folder, 'sysusers.conf')]);
  expect(users.code).toBe(0);
  const line = readFileSync(join(place, 'etc/passwd'), 'utf8');
  expect(line).toMatch(/^postern:x:(\d+):\d+:Postern mail relay:\/var\/lib\/postern:\/usr\/sbin\/nologin$/m);
  const uid = Number(/^postern:x:(\d+)/m.exec(line)?.[1]);
  const made = await runProgram('systemd-tmpfiles', [`--root=${place}`, '--create', join(folder, 'tmpfiles.conf')]);
  expect(made.code).toBe(0);
  const state = statSync(join(place, 'var/lib/postern'));
  expect([state.uid, state.mode & 0o777]).toEqual([uid, 0o700]);
  const configuration = statSync(join(place, 'etc/postern'));
  expect([configuration.uid, configuration.mode & 0o777]).toEqual([0, 0o750]);
});

test('the deb and the rpm bring all of them, each to its place', () => {
  const yaml = createRequire(import.meta.url)('js-yaml') as { load(text: string): Record<string, { fpm?: string[] }> };
  const configuration = yaml.load(readFileSync(join(root, 'electron-builder.yml'), 'utf8'));
  for (const kind of ['deb', 'rpm']) {
    const pairs = (configuration[kind]?.fpm ?? []).map((entry) => entry.split('=') as [string, string]);
    const brought = pairs.filter(([from]) => from.startsWith('deploy/systemd/'));
    expect(brought.filter(([from]) => !existsSync(join(root, from)))).toEqual([]);
    expect(brought.map(([, to]) => to).sort()).toEqual([
      '/usr/lib/postern/service',
      '/usr/lib/systemd/system/postern.service',
      '/usr/lib/systemd/system/postern.service.d/journal.conf',
      '/usr/lib/sysusers.d/postern.conf',
      '/usr/lib/tmpfiles.d/postern.conf',
      '/usr/share/doc/postern/examples/postern-work-imap.socket',
    ]);
  }
});
