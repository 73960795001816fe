import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { chmodSync, existsSync, readdirSync, readFileSync, statSync, symlinkSync, writeFileSync } from 'node:fs';
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
  pid: process.pid,
});
const alive = async () => true;
const dead = async () => false;

test('the place is taken, told, and given up', async () => {
  const release = await claimDataDirectory(directory, control(1), alive);
  expect(await readControl(directory)).toEqual(control(1));
  if (process.platform !== 'win32') expect(statSync(controlFile(directory)).mode & 0o777).toBe(0o600);
  await expect(claimDataDirectory(directory, control(2), alive)).rejects.toThrow(AlreadyRunning);
  expect(await readControl(directory)).toEqual(control(1));
  await release();
  expect(readdirSync(directory)).toEqual([]);
});

test('what a dead core left is cleared away', async () => {
  await claimDataDirectory(directory, control(1), alive);
  const release = await claimDataDirectory(directory, control(2), dead);
  expect(await readControl(directory)).toEqual(control(2));
  expect(readdirSync(directory)).toEqual(['control.json']);
  await release();
});

test('a core that was replaced does not give up the place of the other', async () => {
  const release = await claimDataDirectory(directory, control(1), alive);
  await claimDataDirectory(directory, control(2), dead);
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
  `{"port":99999,"token":"${'t'.repeat(43)}","pid":1}`,
])('a file that makes no sense (%j) is nobody, and no obstacle', async (text) => {
  writeFileSync(controlFile(directory), text, { mode: 0o600 });
  expect(await readControl(directory)).toBeNull();
  await claimDataDirectory(directory, control(1), alive);
  expect(await readControl(directory)).toEqual(control(1));
});

test('a link in its place is neither followed nor written through', async () => {
  const elsewhere = `${controlFile(directory)}.elsewhere`;
  writeFileSync(elsewhere, JSON.stringify(control(7)));
  symlinkSync(elsewhere, controlFile(directory));
  expect(await readControl(directory)).toBeNull();
  await claimDataDirectory(directory, control(1), alive);
  expect(JSON.parse(readFileSync(elsewhere, 'utf8'))).toEqual(control(7));
  expect(await readControl(directory)).toEqual(control(1));
});

test('permissions that were opened are closed before it is believed', async () => {
  await claimDataDirectory(directory, control(1), alive);
  chmodSync(controlFile(directory), 0o644);
  await readControl(directory);
  if (process.platform !== 'win32') expect(statSync(controlFile(directory)).mode & 0o777).toBe(0o600);
});

test('of many that start at once over a stale file, one wins', async () => {
  for (let round = 0; round < 30; round += 1) {
    const stale = { ...control(900 + round), pid: await endedProcess() };
    writeFileSync(controlFile(directory), JSON.stringify(stale), { mode: 0o600 });
    const isAlive = async (there: Control) => there.token !== stale.token;
    const claims = await Promise.allSettled(
      [1, 2, 3, 4, 5, 6].map((number) => claimDataDirectory(directory, control(number), isAlive)),
    );
    const winners = claims.filter(({ status }) => status === 'fulfilled');
    expect(winners).toHaveLength(1);
    const there = await readControl(directory);
    expect(claims.findIndex(({ status }) => status === 'fulfilled') + 1).toBe((there?.port ?? 0) - 1000);
    for (const claim of claims) if (claim.status === 'fulfilled') await claim.value();
    expect(existsSync(controlFile(directory))).toBe(false);
  }
});

let ended: number | undefined;
async function endedProcess(): Promise<number> {
  if (ended !== undefined) return ended;
  const child = spawn(process.execPath, ['-e', '']);
  await once(child, 'exit');
  ended = child.pid ?? 0;
  return ended;
}
