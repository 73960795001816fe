import { chmodSync, existsSync, mkdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { openToldDevices } from '../../main/told-devices.ts';
import { scratchDirectory } from '../support/clean-up.ts';

const day = 86_400_000;

async function prepare(directory = scratchDirectory('told'), time = 1_800_000_000_000) {
  let present = time;
  chmodSync(directory, 0o700);
  const told = await openToldDevices(
    directory,
    (why) => expect.unreachable(why.message),
    () => present,
  );
  return {
    ...{ told, directory, file: join(directory, 'knocks.json') },
    later(milliseconds: number) {
      present += milliseconds;
    },
    /** The next run, so much later. */
    async next(milliseconds = 0) {
      await told.settled();
      return prepare(directory, present + milliseconds);
    },
  };
}

test('108: what was told is known at its relay, also to the next run, from a file that is private', async () => {
  const at = await prepare();
  expect([at.told.knows('scans', '192.168.7.33'), existsSync(at.file)]).toEqual([false, false]);
  at.told.add('scans', '192.168.7.33');
  const { told, file } = await at.next();
  expect(told.knows('scans', '192.168.7.33')).toBe(true);
  expect([told.knows('other', '192.168.7.33'), told.knows('scans', '192.168.7.34')]).toEqual([false, false]);
  expect(statSync(file).mode & 0o777).toBe(0o600);
});

test('one that goes on knocking stays known; one that is not seen for a hundred days is news again', async () => {
  let at = await prepare();
  at.told.add('scans', '192.168.7.33');
  at.told.add('scans', '192.168.7.34');
  for (const pause of [60, 60]) {
    at = await at.next(pause * day);
    expect(at.told.knows('scans', '192.168.7.33')).toBe(true);
  }
  expect(at.told.knows('scans', '192.168.7.34')).toBe(false);
  at.later(100 * day);
  expect(at.told.knows('scans', '192.168.7.33')).toBe(false);
});

test('a clock that starts in 1970 makes nothing news', async () => {
  const at = await prepare();
  at.told.add('scans', '192.168.7.33');
  await at.told.settled();
  const early = await prepare(at.directory, 0);
  expect(early.told.knows('scans', '192.168.7.33')).toBe(true);
  expect((await early.next(1_800_000_000_000 + day)).told.knows('scans', '192.168.7.33')).toBe(true);
});

test('one that is let in is forgotten, on disk, too', async () => {
  const at = await prepare();
  at.told.add('scans', '192.168.7.33');
  at.told.add('scans', '192.168.7.34');
  at.told.forgetListed('scans', [
    { address: '192.168.7.33', listed: true },
    { address: '192.168.7.34', listed: false },
    { address: '192.168.7.35', listed: true },
  ]);
  const { told } = await at.next();
  expect([told.knows('scans', '192.168.7.33'), told.knows('scans', '192.168.7.34')]).toEqual([false, true]);
});

test('108: a thousand are known: those that knocked longest ago go first', async () => {
  const at = await prepare();
  at.told.add('scans', '192.168.7.33');
  at.told.add('scans', '192.168.7.34');
  for (let n = 0; n < 999; n += 1) {
    expect(at.told.knows('scans', '192.168.7.33')).toBe(true);
    at.told.add('scans', `fd00::${n.toString(16)}`);
  }
  const { told, file } = await at.next();
  expect([told.knows('scans', '192.168.7.33'), told.knows('scans', '192.168.7.34')]).toEqual([true, false]);
  expect(JSON.parse(readFileSync(file, 'utf8')).devices).toHaveLength(1000);
});

test.each(['', 'no json', '[]', '{"version":2,"devices":[]}', '{"version":1,"devices":[{"relay":"scans"}]}'])(
  'a file with %j costs a second notification, and is replaced',
  async (text) => {
    const at = await prepare();
    writeFileSync(at.file, text);
    const { told } = await prepare(at.directory);
    expect(told.knows('scans', '192.168.7.33')).toBe(false);
    told.add('scans', '192.168.7.33');
    await told.settled();
    expect((await prepare(at.directory)).told.knows('scans', '192.168.7.33')).toBe(true);
  },
);

test('one that cannot be written is said once, and what was told is known as long as Postern runs', async () => {
  const said: string[] = [];
  const directory = join(scratchDirectory('told'), 'gone');
  const told = await openToldDevices(directory, ({ message }) => said.push(message));
  for (const address of ['192.168.7.33', '192.168.7.34']) {
    told.add('scans', address);
    await told.settled();
    expect(told.knows('scans', address)).toBe(true);
  }
  expect(said).toEqual([expect.stringContaining('knocks.json (ENOENT)')]);
  mkdirSync(directory, { mode: 0o700 });
  told.add('scans', '192.168.7.35');
  await told.settled();
  rmSync(directory, { recursive: true });
  told.add('scans', '192.168.7.36');
  await told.settled();
  expect(said).toHaveLength(2);
});
