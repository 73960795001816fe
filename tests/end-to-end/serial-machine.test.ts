/** A machine on a serial line, with an address of its own: it sends and fetches through relays that list it. */
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { beforeAll, expect, test } from 'vitest';
import type { ConfigurationInput } from '../../proxy/contract/index.ts';
import { startCompanion } from '../faults/namespaces.ts';
import { atEnd, scratchDirectory } from '../support/clean-up.ts';
import { needNamespaces, needProgram } from '../support/needs.ts';
import { createAuthority, issue, writeFiles } from '../support/pki.ts';
import { type Postern, startPostern } from '../support/postern.ts';
import { mustRun, runProgram } from '../support/programs.ts';

const password = 'goldammer-71c3';
const home = `postern-desk-${process.pid}`;
const machine = `postern-machine-${process.pid}`;
const here = '10.64.64.1';
const there = '10.64.64.2';
const other = '10.64.64.9';

let postern: Postern;
const ports: Record<string, number> = {};
const directory = scratchDirectory('serial');

beforeAll(async () => {
  needNamespaces();
  needProgram('python3');
  for (const namespace of [home, machine]) {
    await mustRun('ip', ['netns', 'add', namespace]);
    atEnd(() => mustRun('ip', ['netns', 'delete', namespace]));
    await mustRun('ip', ['-n', namespace, 'link', 'set', 'lo', 'up']);
  }
  const cable = fileURLToPath(new URL('../support/serial_line.py', import.meta.url));
  await startCompanion(null, 'python3', cable, home, machine, 'sl0', here, there).hear();
  // The same line can carry another machine's address; whether it is served is another matter.
  await mustRun('ip', ['-n', machine, 'address', 'add', `${other}/32`, 'dev', 'sl0']);
  await mustRun('ip', ['-n', home, 'route', 'add', `${other}/32`, 'dev', 'sl0']);

  const authority = createAuthority();
  const files = writeFiles(directory, issue(authority, { names: ['localhost'] }));
  const sink = fileURLToPath(new URL('../support/mail-sink.ts', import.meta.url));
  const server = startCompanion(home, process.execPath, sink, files.certificate, files.key, password);
  const { port, pop3 } = (await server.hear()) as { port: number; pop3: number };
  const at = { listen: `${here}:0`, server: 'localhost', address: '127.0.0.1', tls: 'implicit' } as const;
  const configuration: ConfigurationInput = {
    version: 1,
    accounts: [
      {
        name: 'Old',
        relays: [
          { ...at, name: 'old-smtp', protocol: 'smtp', port, lan: { allow: [there] } },
          { ...at, name: 'old-pop3', protocol: 'pop3', port: pop3, lan: { allow: [there], reading: true } },
        ],
      },
    ],
    certificateAuthorities: ['root.pem'],
  };
  const dataDirectory = join(directory, 'data');
  mkdirSync(dataDirectory, { mode: 0o700 });
  writeFileSync(join(dataDirectory, 'root.pem'), authority.certPem);
  postern = await startPostern({ configuration, dataDirectory, under: ['ip', 'netns', 'exec', home] });
  for (const event of postern.events) if (event.event === 'listening') ports[event.relay] = event.port;
});

const curl = (...words: string[]) =>
  runProgram('ip', ['netns', 'exec', machine, needProgram('curl'), '-sS', '--max-time', '100', ...words]);
const signedIn = ['-u', `user:${password}`];

test('honest: 108: sends a letter and fetches it, byte for byte, over a line with small packets', async () => {
  const lines = Array.from(
    { length: 400 },
    (_, index) => `${index} \t.\xc0\xdb \x00${'='.repeat(index % 70)}\r\n.\r\n`,
  );
  const letter = Buffer.from(`From: a@example.org\r\nSubject: serial\r\n\r\n${lines.join('')}`, 'latin1');
  const file = join(directory, 'letter');
  writeFileSync(file, letter);
  const envelope = ['--mail-from', 'a@example.org', '--mail-rcpt', 'b@example.org', '-T', file];
  const sent = await curl(...signedIn, ...envelope, `smtp://${here}:${ports['old-smtp']}/machine`);
  expect(sent.code, sent.stderr).toBe(0);
  const got = await curl(...signedIn, `pop3://${here}:${ports['old-pop3']}/1`);
  expect(got.code, got.stderr).toBe(0);
  expect(got.stdout.equals(letter)).toBe(true);
  const { stdout } = await runProgram('ip', [
    ...['netns', 'exec', home, process.execPath, fileURLToPath(new URL('../../dist/main/cli.js', import.meta.url))],
    ...['devices', '--json', '--data-dir', postern.dataDirectory],
  ]);
  const { relays } = JSON.parse(stdout.toString()) as { relays: { relay: string; devices: object[] }[] };
  expect(relays).toMatchObject([
    { relay: 'old-smtp', devices: [{ address: there, listed: true, messages: 1 }] },
    { relay: 'old-pop3', devices: [{ address: there, listed: true }] },
  ]);
});

test('108: another address on the same line is closed before a byte', async () => {
  const since = postern.events.length;
  const heard = await curl('--interface', other, `telnet://${here}:${ports['old-smtp']}`);
  expect(heard.stdout.toString()).toBe('');
  expect(await postern.event('refused', () => true, since)).toMatchObject({
    code: 'device-not-allowed',
    facts: { from: other },
  });
});
