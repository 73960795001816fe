import { expect, test } from 'vitest';
import { createMailPrograms } from '../../proxy/net/mail-programs.ts';
import type { ProcessFiles } from '../../proxy/net/process-files.ts';
import { until } from '../support/service.ts';

interface Running {
  program: string;
  began: string;
  sockets: string[];
}

/** Processes by number; `searches` counts how often all were asked for. */
function system(processes: Record<string, Running>, clock = { now: 0 }) {
  const counted = { searches: 0, looked: 0 };
  const of = (process: string): Running => {
    const one = processes[process];
    if (!one) throw new Error('ENOENT');
    return one;
  };
  const files: ProcessFiles = {
    processes: () => {
      counted.searches += 1;
      return Object.keys(processes);
    },
    program: (process) => of(process).program,
    began: (process) => of(process).began,
    *descriptors(process) {
      for (const inode of of(process).sockets) {
        counted.looked += 1;
        yield `socket:[${inode}]`;
      }
    },
  };
  return { programs: createMailPrograms(files, () => clock.now), counted, clock };
}

const mutt = (): Running => ({ program: '/usr/bin/mutt', began: '100', sockets: ['1', '2'] });

test('a program that has signed in is known at its next connection, and no other program is', async () => {
  const { programs } = system({ 7: mutt(), 8: { program: '/usr/bin/python3', began: '1', sockets: ['9'] } });
  expect(programs.of('1').known).toBe(false);
  programs.of('1').signedIn();
  await until(() => programs.of('2').known, 'it is known');
  expect(programs.of('9').known).toBe(false);
});

test('nobody is known by connecting alone', async () => {
  const { programs, counted } = system({ 7: mutt() });
  programs.of('1');
  expect(programs.of('2').known).toBe(false);
  expect(counted.searches).toBe(0);
});

test.each([
  ['another process has its number', { began: '200' }],
  ['it has become another program', { program: '/usr/bin/firefox' }],
])('84: it is forgotten when %s', async (_why, change) => {
  const processes = { 7: mutt() };
  const { programs } = system(processes);
  programs.of('1').signedIn();
  await until(() => programs.of('2').known, 'it is known');
  Object.assign(processes[7], change);
  expect(programs.of('2').known).toBe(false);
});

test('a program that ended hides nobody else', async () => {
  const processes: Record<string, Running> = { 7: mutt(), 8: { program: '/opt/mua', began: '3', sockets: ['5'] } };
  const clock = { now: 0 };
  const { programs } = system(processes, clock);
  for (const inode of ['1', '5']) {
    programs.of(inode).signedIn();
    await until(() => programs.of(inode).known, 'it is known');
    clock.now += 60_000;
  }
  delete processes[7];
  expect(programs.of('5').known).toBe(true);
  expect(programs.of('1').known).toBe(false);
});

test('84: a known program that speaks as a web page does is not known again', async () => {
  const { programs, clock } = system({ 7: mutt() });
  programs.of('1').signedIn();
  await until(() => programs.of('2').known, 'it is known');
  programs.of('2').foreign();
  expect(programs.of('1').known).toBe(false);
  clock.now += 60_000;
  programs.of('1').signedIn();
  await new Promise(setImmediate);
  expect(programs.of('1').known).toBe(false);
});

test('programs that fetch and end cause one search in ten seconds', async () => {
  const { programs, counted, clock } = system({ 7: mutt() });
  for (let second = 0; second < 30; second += 1) {
    programs.of('404').signedIn();
    await new Promise(setImmediate);
    clock.now += 1_000;
  }
  expect(counted.searches).toBe(3);
});

test('no more than eight are known, and those that connected last', async () => {
  const many = Object.fromEntries(
    Array.from({ length: 9 }, (_, at) => [at + 1, { program: '/opt/mua', began: String(at), sockets: [`${at}`] }]),
  );
  const { programs, clock } = system(many);
  for (let at = 0; at < 9; at += 1) {
    programs.of(`${at}`).signedIn();
    await until(() => programs.of(`${at}`).known, 'it is known');
    clock.now += 60_000;
  }
  expect(programs.of('0').known).toBe(false);
  expect(programs.of('1').known).toBe(true);
});

test('a known program with very many descriptors is not looked through to the end', async () => {
  const crowded = { ...mutt(), sockets: Array.from({ length: 5_000 }, (_, at) => `${at}`) };
  const { programs, counted } = system({ 7: crowded });
  programs.of('1').signedIn();
  await until(() => programs.of('1').known, 'it is known');
  counted.looked = 0;
  expect(programs.of('4999').known).toBe(false);
  expect(counted.looked).toBeLessThan(600);
});
