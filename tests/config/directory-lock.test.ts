import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync, readdirSync, statSync, writeFileSync } from 'node:fs';
import net from 'node:net';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { beforeEach, describe, expect, test } from 'vitest';
import { isLocked, lockDirectory, lockHolder } from '../../proxy/config/directory-lock.ts';
import { atEnd, scratchDirectory } from '../support/clean-up.ts';
import { root } from '../support/sources.ts';

let directory: string;
beforeEach(() => {
  directory = scratchDirectory('lock');
});

/** Another process that takes the lock and reports it. */
async function otherProcess(of = directory) {
  const module = JSON.stringify(join(root, 'proxy/config/directory-lock.ts'));
  const script = `import(${module}).then(async ({ lockDirectory }) => {
    console.log(await lockDirectory(${JSON.stringify(of)}) ? 'has it' : 'refused');
    setInterval(() => {}, 1000);
  });`;
  const child = spawn(process.execPath, ['-e', script], { stdio: ['ignore', 'pipe', 'inherit'] });
  atEnd(() => void child.kill('SIGKILL'));
  const [said] = (await once(createInterface({ input: child.stdout }), 'line')) as [string];
  const kill = async () => {
    child.kill('SIGKILL');
    await once(child, 'exit');
  };
  return { child, said, kill };
}

test('honest: 81: taken, told, given up, and taken again', async () => {
  expect(await isLocked(directory)).toBe(false);
  const release = await lockDirectory(directory);
  expect(await isLocked(directory)).toBe(true);
  expect(await lockDirectory(directory)).toBeNull();
  await release?.();
  expect(await isLocked(directory)).toBe(false);
  await (await lockDirectory(directory))?.();
  if (process.platform === 'linux') expect(readdirSync(directory)).toEqual([]);
});

test('81: another process has it until it dies, however it dies; what it left is no obstacle', async () => {
  const other = await otherProcess();
  expect(other.said).toBe('has it');
  expect(await lockDirectory(directory)).toBeNull();
  await other.kill();
  expect(await isLocked(directory)).toBe(false);
  const release = await lockDirectory(directory);
  expect(release).not.toBeNull();
  expect((await otherProcess()).said).toBe('refused');
  await release?.();
});

test('its holder says which process it is; one that is suspended or gone says nothing', async () => {
  // Where files are opened exclusively, nobody can say.
  const isSaid = !['darwin', 'win32'].includes(process.platform);
  expect(await lockHolder(directory)).toBeNull();
  const other = await otherProcess();
  expect(await lockHolder(directory)).toBe(isSaid ? other.child.pid : null);
  other.child.kill('SIGSTOP');
  expect(await lockHolder(directory)).toBeNull();
  await other.kill();
  expect(await lockHolder(directory)).toBeNull();
});

test('81: a process that was stopped has it, also when hundreds have asked meanwhile', async () => {
  const other = await otherProcess();
  other.child.kill('SIGSTOP');
  for (let round = 0; round < 12; round += 1) {
    const asked = await Promise.all(Array.from({ length: 100 }, () => isLocked(directory)));
    expect(asked).not.toContain(false);
  }
  expect(await lockDirectory(directory)).toBeNull();
  await other.kill();
  const release = await lockDirectory(directory);
  expect(release).not.toBeNull();
  await release?.();
});

test('81: of many that start at once over what a dead one left, one has it', async () => {
  for (let round = 0; round < 10; round += 1) {
    const locks = await Promise.all(Array.from({ length: 8 }, () => lockDirectory(directory)));
    expect(locks.filter((lock) => lock !== null)).toHaveLength(1);
    for (const lock of locks) await lock?.();
  }
  const others = await Promise.all(Array.from({ length: 4 }, () => otherProcess()));
  expect(others.map(({ said }) => said).sort()).toEqual(['has it', 'refused', 'refused', 'refused']);
  for (const other of others) await other.kill();
  expect(await isLocked(directory)).toBe(false);
});

describe.runIf(process.platform === 'linux')('as a socket', () => {
  test('of this user alone, in a directory with a path of any length', async () => {
    const deep = join(directory, 'x'.repeat(100), 'y'.repeat(100));
    mkdirSync(deep, { recursive: true });
    const release = await lockDirectory(deep);
    const [name = ''] = readdirSync(deep);
    expect(statSync(join(deep, name)).mode & 0o777).toBe(0o600);
    expect((await otherProcess(deep)).said).toBe('refused');
    await release?.();
    expect(readdirSync(deep)).toEqual([]);
  });

  test('81: what only has the name is not believed, and one that is put up and not listened on yet is left alone', async () => {
    writeFileSync(join(directory, `core-000000001-${'a'.repeat(12)}.lock`), '');
    mkdirSync(join(directory, `core-000000002-${'a'.repeat(12)}.lock`));
    const other = net.createServer().listen(join(directory, 'core-x.lock'));
    await once(other, 'listening');
    writeFileSync(join(directory, `core-000000001-${'a'.repeat(12)}.lock.new`), '');
    const release = await lockDirectory(directory);
    expect(release).not.toBeNull();
    expect(readdirSync(directory)).toContain(`core-000000001-${'a'.repeat(12)}.lock.new`);
    await release?.();
    other.close();
  });
});

test('a directory that is not there cannot be locked, and is not locked', async () => {
  const missing = join(directory, 'missing');
  expect(await isLocked(missing)).toBe(false);
  await expect(lockDirectory(missing)).rejects.toMatchObject({ code: expect.stringMatching(/ENOENT|EACCES/) });
});
