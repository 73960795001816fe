import {
  chmodSync,
  existsSync,
  readdirSync,
  readFileSync,
  statSync,
  symlinkSync,
  unlinkSync,
  writeFileSync,
} from 'node:fs';
import { beforeEach, expect, test } from 'vitest';
import {
  AlreadyRunning,
  type Control,
  claimDataDirectory,
  controlFile,
  readControl,
} from '../../../main/http/control-file.ts';
import { scratchDirectory } from '../../support/clean-up.ts';

let directory: string;
beforeEach(() => {
  directory = scratchDirectory('control');
});

const control = (number: number): Control => ({
  port: 1000 + number,
  token: String(number).padStart(43, 't'),
  proof: String(number).padStart(43, 'p'),
  pid: process.pid,
});

/** As left by a core that was killed. */
const leave = (stale: Control) => writeFileSync(controlFile(directory), JSON.stringify(stale), { mode: 0o600 });

test('the place is taken, told, and given up', async () => {
  const release = await claimDataDirectory(directory, control(1));
  expect(await readControl(directory)).toEqual(control(1));
  if (process.platform !== 'win32') expect(statSync(controlFile(directory)).mode & 0o777).toBe(0o600);
  await expect(claimDataDirectory(directory, control(2))).rejects.toThrow(AlreadyRunning);
  expect(await readControl(directory)).toEqual(control(1));
  await release();
  if (process.platform === 'linux') expect(readdirSync(directory)).toEqual([]);
});

test('81: one whose file was removed by somebody is still the one, and is named by its process', async () => {
  const release = await claimDataDirectory(directory, control(1));
  unlinkSync(controlFile(directory));
  await expect(claimDataDirectory(directory, control(2))).rejects.toThrow(
    process.platform === 'linux' ? `(process ${process.pid})` : 'already running with this data directory',
  );
  expect(await readControl(directory)).toBeNull();
  await release();
});

test('one that a command has for a while is waited for, where the caller would', async () => {
  const release = await claimDataDirectory(directory, { ...control(1), brief: true });
  expect(await readControl(directory)).toEqual({ ...control(1), brief: true });
  await expect(claimDataDirectory(directory, control(2))).rejects.toThrow(AlreadyRunning);
  const told: number[] = [];
  const next = await claimDataDirectory(directory, control(2), (pid) => {
    told.push(pid);
    void release();
  });
  expect(told).toEqual([process.pid]);
  expect(await readControl(directory)).toEqual(control(2));
  // One that stays is not.
  await expect(claimDataDirectory(directory, control(3), () => told.push(0))).rejects.toThrow(AlreadyRunning);
  expect(told).toHaveLength(1);
  await next();
});

test('so is one that is just about to end: its file is gone, and its lock is not yet', async () => {
  const release = await claimDataDirectory(directory, { ...control(1), brief: true });
  unlinkSync(controlFile(directory));
  setTimeout(() => void release(), 100);
  const next = await claimDataDirectory(directory, control(2), () => undefined);
  expect(await readControl(directory)).toEqual(control(2));
  await next();
});

test('what a dead core left is written over', async () => {
  leave(control(1));
  const release = await claimDataDirectory(directory, control(2));
  expect(await readControl(directory)).toEqual(control(2));
  await release();
});

test('what is not one’s own is not removed', async () => {
  const release = await claimDataDirectory(directory, control(1));
  leave(control(2));
  await release();
  expect(await readControl(directory)).toEqual(control(2));
});

test.each([
  '',
  '{',
  'null',
  '{"port":0}',
  '{"port":1,"token":"x","pid":2}',
  '[]',
  '"text"',
  `{"port":99999,"token":"${'t'.repeat(43)}","proof":"${'p'.repeat(43)}","pid":1}`,
  `{"port":1,"token":"${'t'.repeat(43)}","pid":1}`,
])('a file that makes no sense (%j) is nobody, and no obstacle', async (text) => {
  writeFileSync(controlFile(directory), text, { mode: 0o600 });
  expect(await readControl(directory)).toBeNull();
  await claimDataDirectory(directory, control(1));
  expect(await readControl(directory)).toEqual(control(1));
});

test('a link in its place is neither followed nor written through', async () => {
  const elsewhere = `${controlFile(directory)}.elsewhere`;
  writeFileSync(elsewhere, JSON.stringify(control(7)));
  symlinkSync(elsewhere, controlFile(directory));
  expect(await readControl(directory)).toBeNull();
  await claimDataDirectory(directory, control(1));
  expect(JSON.parse(readFileSync(elsewhere, 'utf8'))).toEqual(control(7));
  expect(await readControl(directory)).toEqual(control(1));
});

test('permissions that were opened are closed before it is believed', async () => {
  await claimDataDirectory(directory, control(1));
  chmodSync(controlFile(directory), 0o644);
  await readControl(directory);
  if (process.platform !== 'win32') expect(statSync(controlFile(directory)).mode & 0o777).toBe(0o600);
});

test('of many that start at once over a stale file, one wins', async () => {
  for (let round = 0; round < 10; round += 1) {
    leave(control(900 + round));
    const claims = await Promise.allSettled(
      [1, 2, 3, 4, 5, 6].map((number) => claimDataDirectory(directory, control(number))),
    );
    const winners = claims.filter(({ status }) => status === 'fulfilled');
    expect(winners).toHaveLength(1);
    const there = await readControl(directory);
    expect(claims.findIndex(({ status }) => status === 'fulfilled') + 1).toBe((there?.port ?? 0) - 1000);
    for (const claim of claims) if (claim.status === 'fulfilled') await claim.value();
    expect(existsSync(controlFile(directory))).toBe(false);
  }
});
