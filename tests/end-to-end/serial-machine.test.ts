/** A machine on a serial line, with an address of its own: it sends and fetches through relays that list it. */
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { beforeAll, expect, test } from 'vitest';
import { startCompanion } from '../faults/namespaces.ts';
import { scratchDirectory } from '../support/clean-up.ts';
import { needProgram } from '../support/needs.ts';
import { mustRun, runProgram } from '../support/programs.ts';
import { openNamespace, type SerialHome, startSerialHome } from '../support/serial-home.ts';

const line = { here: '10.64.64.1', there: '10.64.64.2' };
const other = '10.64.64.9';
let machine: string;
let home: SerialHome;

beforeAll(async () => {
  const near = await openNamespace('desk');
  machine = await openNamespace('machine');
  const cable = fileURLToPath(new URL('../support/serial_line.py', import.meta.url));
  await startCompanion(null, needProgram('python3'), '-B', cable, near, machine, 'sl0', line.here, line.there).hear();
  // The same line can carry another machine's address; whether it is served is another matter.
  await mustRun('ip', ['-n', machine, 'address', 'add', `${other}/32`, 'dev', 'sl0']);
  await mustRun('ip', ['-n', near, 'route', 'add', `${other}/32`, 'dev', 'sl0']);
  home = await startSerialHome(near, line);
});

const curl = (...words: string[]) =>
  runProgram('ip', ['netns', 'exec', machine, needProgram('curl'), '-sS', '--max-time', '100', ...words]);

test('honest: 108: sends a letter and fetches it, byte for byte, over a line with small packets', async () => {
  const { here, there, ports, signIn } = home;
  const lines = Array.from(
    { length: 400 },
    (_, index) => `${index} \t.\xc0\xdb \x00${'='.repeat(index % 70)}\r\n.\r\n`,
  );
  const letter = Buffer.from(`From: a@example.org\r\nSubject: serial\r\n\r\n${lines.join('')}`, 'latin1');
  const file = join(scratchDirectory('serial'), 'letter');
  writeFileSync(file, letter);
  const envelope = ['--mail-from', 'a@example.org', '--mail-rcpt', 'b@example.org', '-T', file];
  const sent = await curl(...signIn, ...envelope, `smtp://${here}:${ports.smtp}/machine`);
  expect(sent.code, sent.stderr).toBe(0);
  const got = await curl(...signIn, `pop3://${here}:${ports.pop3}/1`);
  expect(got.code, got.stderr).toBe(0);
  expect(got.stdout.equals(letter)).toBe(true);
  const { relays } = JSON.parse((await home.command('devices', '--json')).stdout.toString());
  expect(relays).toMatchObject([
    { relay: 'old-smtp', devices: [{ address: there, listed: true, messages: 1 }] },
    { relay: 'old-pop3', devices: [{ address: there, listed: true }] },
  ]);
});

test('108: another address on the same line is closed before a byte', async () => {
  const { postern, here, ports } = home;
  const since = postern.events.length;
  const heard = await curl('--interface', other, `telnet://${here}:${ports.smtp}`);
  expect(heard.stdout.toString()).toBe('');
  expect(await postern.event('refused', () => true, since)).toMatchObject({
    code: 'device-not-allowed',
    facts: { from: other },
  });
});
