import { execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { appendFileSync, existsSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { afterEach, expect, test } from 'vitest';
import { watchTrayHost } from '../../../main/desktop/tray-host.ts';
import { atEnd, scratchDirectory } from '../../support/clean-up.ts';
import { runs } from '../../support/process-files.ts';

const { PATH } = process.env;
afterEach(() => {
  process.env.PATH = PATH;
});

/** Replaces the programs that query and watch the session bus. */
function bus(programs: Record<string, string>): string {
  const folder = scratchDirectory('bus');
  for (const [name, script] of Object.entries(programs)) {
    writeFileSync(join(folder, name), `#!/bin/sh\n${script}\n`, { mode: 0o755 });
  }
  process.env.PATH = Object.keys(programs).length === 0 ? folder : `${folder}:${PATH}`;
  return folder;
}

async function watch(system: NodeJS.Platform) {
  const host = await watchTrayHost(system);
  atEnd(() => host.stop());
  return host;
}

/** A separate process that watches. @param code what it does */
function watcher(code: string) {
  const module = new URL('../../../main/desktop/tray-host.ts', import.meta.url);
  const all = `import { watchTrayHost } from ${JSON.stringify(module.href)}; setInterval(() => {}, 1000); ${code}`;
  const child = spawn(process.execPath, ['--input-type=module', '-e', all], { stdio: ['ignore', 'pipe', 'inherit'] });
  atEnd(() => child.kill('SIGKILL'));
  return child;
}

test.each<[string | null, boolean]>([
  ['echo "   boolean true"', true],
  ['echo "   boolean false"', false],
  ['echo "no session" >&2; exit 1', false],
  ['echo "   boolean true"; exit 1', false],
  [null, false],
])('on Linux, when the bus says %j', async (script, is) => {
  bus(script === null ? {} : { 'dbus-send': script, 'dbus-monitor': 'exit 1' });
  expect((await watch('linux')).isThere).toBe(is);
});

test('without the program that hears the bus, the answer of the start stands', async () => {
  const folder = bus({ 'dbus-send': 'echo "   boolean true"' });
  process.env.PATH = folder;
  expect((await watch('linux')).isThere).toBe(true);
});

test('what comes or goes later is told once', async () => {
  const folder = scratchDirectory('later');
  const [mark, signals] = [join(folder, 'mark'), join(folder, 'signals')];
  writeFileSync(signals, '');
  bus({
    'dbus-send': `[ -e ${mark} ] && echo "boolean true" || echo "boolean false"`,
    'dbus-monitor': `exec tail -n +1 -s 0.05 -f ${signals}`,
  });
  const told: boolean[] = [];
  const host = await watch('linux');
  host.onChange((isThere) => told.push(isThere));
  const signal = () => appendFileSync(signals, 'signal member=NameOwnerChanged\n');
  writeFileSync(mark, '');
  signal();
  await expect.poll(() => told).toEqual([true]);
  signal();
  rmSync(mark);
  signal();
  await expect.poll(() => told).toEqual([true, false]);
  expect(host.isThere).toBe(false);
});

test('without D-Bus’ own programs, GLib’s is asked, and heard of this name alone', async () => {
  const folder = scratchDirectory('glib');
  const [mark, signals, asked] = ['mark', 'signals', 'asked'].map((name) => join(folder, name)) as [
    string,
    string,
    string,
  ];
  writeFileSync(signals, 'Monitoring signals from all objects owned by org.freedesktop.DBus\n');
  const programs = bus({
    gdbus: `if [ "$1" = monitor ]; then exec tail -n +1 -s 0.05 -f ${signals}; fi
echo "$*" >> ${asked}
[ -e ${mark} ] && echo "(true,)" || echo "(false,)"`,
  });
  for (const name of ['sh', 'tail'])
    symlinkSync(execFileSync('which', [name], { encoding: 'utf8' }).trim(), join(programs, name));
  process.env.PATH = programs;
  const told: boolean[] = [];
  const host = await watch('linux');
  host.onChange((isThere) => told.push(isThere));
  const signal = (name: string) =>
    appendFileSync(signals, `/org/freedesktop/DBus: org.freedesktop.DBus.NameOwnerChanged ('${name}', '', ':1.3')\n`);
  signal(':1.3');
  writeFileSync(mark, '');
  signal('org.kde.StatusNotifierWatcher');
  await expect.poll(() => told).toEqual([true]);
  expect(readFileSync(asked, 'utf8')).toMatch(
    /^(?:call --session --dest org\.freedesktop\.DBus .*NameHasOwner org\.kde\.StatusNotifierWatcher\n)+$/,
  );
});

test('a listener that fails is heard of, and costs no later look', async () => {
  const folder = scratchDirectory('later');
  const [mark, signals] = [join(folder, 'mark'), join(folder, 'signals')];
  writeFileSync(signals, '');
  bus({
    'dbus-send': `[ -e ${mark} ] && echo "boolean true" || echo "boolean false"`,
    'dbus-monitor': `exec tail -n +1 -s 0.05 -f ${signals}`,
  });
  const app = watcher(`const host = await watchTrayHost('linux');
    host.onChange((isThere) => {
      console.log(isThere ? 'there' : 'gone');
      if (isThere) throw new Error('broken');
    });
    process.on('unhandledRejection', (error) => console.log(error.message));
    console.log('watching');`);
  const told = createInterface({ input: app.stdout })[Symbol.asyncIterator]();
  const next = async () => (await told.next()).value;
  expect(await next()).toBe('watching');
  const signal = () => appendFileSync(signals, 'signal member=NameOwnerChanged\n');
  writeFileSync(mark, '');
  signal();
  expect([await next(), await next()]).toEqual(['there', 'broken']);
  rmSync(mark);
  signal();
  expect(await next()).toBe('gone');
});

test.each(['is killed', 'stops'])('the program that hears the bus ends with the app, when that %s', async (how) => {
  const folder = bus({
    'dbus-send': 'echo "   boolean true"',
    'dbus-monitor': 'echo $$ >"$(dirname $0)/pid"; exec sleep 600',
  });
  const app = watcher(`const host = await watchTrayHost('linux');
    process.once('SIGUSR2', () => host.stop());
    console.log('watching');`);
  await once(app.stdout, 'data');
  const file = join(folder, 'pid');
  await expect.poll(() => existsSync(file) && readFileSync(file, 'utf8')).toMatch(/^\d+\n$/);
  const monitor = Number(readFileSync(file, 'utf8'));
  atEnd(() => runs(monitor) && process.kill(monitor));
  expect(runs(monitor)).toBe(true);
  app.kill(how === 'is killed' ? 'SIGKILL' : 'SIGUSR2');
  await expect.poll(() => runs(monitor)).toBe(false);
});

test.each(['win32', 'darwin'] as const)('%s always has one, without asking', async (system) => {
  bus({ 'dbus-send': 'exit 1', 'dbus-monitor': 'exit 1' });
  expect((await watch(system)).isThere).toBe(true);
});
