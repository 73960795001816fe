/**
 * Devices of the local network: the built product on a computer of its own, and a network next to it with one listed
 * device and others that are not listed.
 */
import { X509Certificate } from 'node:crypto';
import {
  chmodSync,
  chownSync,
  copyFileSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { beforeAll, describe, expect, test } from 'vitest';
import type { CheckReport, ConfigurationInput } from '../../proxy/contract/index.ts';
import { type Companion, startCompanion } from '../faults/namespaces.ts';
import { atEnd, scratchDirectory } from '../support/clean-up.ts';
import { needNamespaces, needProgram } from '../support/needs.ts';
import { relayTestRecipients, relayTestSenders } from '../support/open-relay-lists.ts';
import { createAuthority, issue, writeFiles } from '../support/pki.ts';
import { type Postern, startPostern } from '../support/postern.ts';
import { mustRun, runProgram } from '../support/programs.ts';
import { startService, until } from '../support/service.ts';
import { unzipped } from './support/sign-in.ts';

type RelayInput = ConfigurationInput['accounts'][number]['relays'][number];

const password = 'rotkehlchen-2b91';
const home = `postern-home-${process.pid}`;
const office = `postern-office-${process.pid}`;
const here = { v4: '192.168.7.1', local: 'fe80::1', late: '10.9.8.1' };
const scanner = { v4: '192.168.7.20', local: 'fe80::20', late: '10.9.8.20' };
/** In the listed network, as this computer's own address is. */
const camera = '192.168.7.2';
const visitor = { v4: '192.168.7.33', local: 'fe80::33' };
const program = fileURLToPath(new URL('../../dist/main/cli.js', import.meta.url));

const ip = (...words: string[]) => mustRun('ip', words);
const within = (namespace: string, ...words: string[]) => runProgram('ip', ['netns', 'exec', namespace, ...words]);
const address = (namespace: string, link: string, text: string) =>
  ip('-n', namespace, 'address', 'add', text, 'dev', link, ...(text.includes(':') ? ['nodad'] : []));

let postern: Postern;
let server: Companion;
/** A relay to the server, at this address. */
let sinkRelay: (name: string, listen: string) => RelayInput;
const taken: { connected?: true; message?: string }[] = [];
const ports: Record<string, number> = {};

beforeAll(async () => {
  needNamespaces();
  needProgram('swaks');
  for (const namespace of [home, office]) {
    await ip('netns', 'add', namespace);
    atEnd(() => ip('netns', 'delete', namespace));
    await ip('-n', namespace, 'link', 'set', 'lo', 'up');
  }
  await ip('-n', home, 'link', 'add', 'cable0', 'type', 'veth', 'peer', 'name', 'cable1', 'netns', office);
  for (const text of [`${here.v4}/24`, `${here.local}/64`]) await address(home, 'cable0', text);
  const devices = [scanner.v4, camera, visitor.v4].map((text) => `${text}/24`);
  for (const text of [...devices, `${scanner.local}/64`, `${visitor.local}/64`, `${scanner.late}/24`]) {
    await address(office, 'cable1', text);
  }
  await ip('-n', home, 'link', 'set', 'cable0', 'up');
  await ip('-n', office, 'link', 'set', 'cable1', 'up');

  const directory = scratchDirectory('devices');
  const authority = createAuthority();
  const files = writeFiles(directory, issue(authority, { names: ['localhost'] }));
  const sink = fileURLToPath(new URL('../support/mail-sink.ts', import.meta.url));
  server = startCompanion(home, process.execPath, sink, files.certificate, files.key, password);
  const { port } = (await server.hear()) as { port: number };
  server.lines.on('line', (line) => taken.push(JSON.parse(line)));
  sinkRelay = (name, listen) => ({
    ...{ name, listen, port, protocol: 'smtp', server: 'localhost', address: '127.0.0.1', tls: 'implicit' },
  });
  const relay = (name: string, listen: string, allow?: string[]) => ({
    ...sinkRelay(name, listen),
    ...(allow && { lan: { allow } }),
  });
  const configuration: ConfigurationInput = {
    version: 1,
    accounts: [
      {
        name: 'Office',
        relays: [
          relay('devices', `${here.v4}:0`, [scanner.v4, '192.168.7.0/28']),
          relay('neighbours', `[${here.local}%cable0]:0`, [scanner.local]),
          relay('late', `${here.late}:0`, [scanner.late]),
          relay('own', '127.0.0.1:0'),
          {
            ...relay('crowd', `${here.v4}:0`),
            lan: { allow: [scanner.v4, camera], recipientsPerHour: 1000 },
          },
          relay('tls', `tls://${here.v4}:0`, [scanner.v4]),
          { ...relay('old', `${here.v4}:0`), lan: { allow: [scanner.v4], localTls: 'require', oldTls: true } },
        ],
      },
      {
        name: 'Scans',
        signIn: { kind: 'stored', user: 'user' },
        relays: [
          {
            ...relay('open', `${here.v4}:0`),
            admit: 'no-password',
            lan: { allow: [scanner.v4], senders: ['scanner@example.org'], recipientsPerHour: 5 },
          },
          { ...relay('local-password', `${here.v4}:0`), lan: { allow: [scanner.v4] } },
        ],
      },
    ],
    certificateAuthorities: ['root.pem'],
    settings: { certificateDecisionSeconds: 0 },
  };
  const dataDirectory = join(directory, 'data');
  mkdirSync(dataDirectory, { mode: 0o700 });
  writeFileSync(join(dataDirectory, 'root.pem'), authority.certPem);
  postern = await startPostern({ configuration, dataDirectory, under: ['ip', 'netns', 'exec', home] });
  for (const event of postern.events) if (event.event === 'listening') ports[event.relay] = event.port;
  const words = ['accounts', 'sign-in', 'Scans', '--password-stdin', '--data-dir', dataDirectory];
  const signIn = ['netns', 'exec', home, process.execPath, program, ...words];
  expect(await runProgram('ip', signIn, { input: `${password}\n` })).toMatchObject({ code: 0 });
});

/** A message as a device sends it. */
const letter = (subject: string) =>
  `From: scanner@example.org\r\nTo: alice@example.org\r\nSubject: ${subject}\r\n\r\n.a dot\r\n..two\r\n\tend \r\n`;

/** Sends a message with swaks from an address of the office, to a relay at an address. */
function send(subject: string, from: string, to: string, port = 0, ...more: string[]) {
  const words = ['--server', to, '--port', String(port), '--local-interface', from, '--data', '-', '--auth', 'PLAIN'];
  words.push('--auth-user', 'user', '--auth-password', password, '--from', 'scanner@example.org');
  words.push('--to', 'alice@example.org', '--helo', 'scanner', '--timeout', '120', ...more);
  // swaks adds the last line end by itself.
  const input = letter(subject).slice(0, -2);
  return runProgram('ip', ['netns', 'exec', office, needProgram('swaks'), ...words], { input });
}

/** The same with nodemailer, which supports IPv6 zones. */
function sendInZone(subject: string, from: string, to: string, port = 0) {
  const transport = { host: to, port, localAddress: from, ignoreTLS: true, auth: { user: 'user', pass: password } };
  const message = {
    envelope: { from: 'scanner@example.org', to: 'alice@example.org' },
    raw: Buffer.from(letter(subject)).toString('base64'),
  };
  const script = `import nodemailer from 'nodemailer';
    const { raw, envelope } = ${JSON.stringify(message)};
    await nodemailer.createTransport(${JSON.stringify(transport)})
      .sendMail({ envelope, raw: Buffer.from(raw, 'base64') });`;
  return within(office, process.execPath, '--input-type=module', '-e', script);
}

/** What a program in a namespace receives when it connects and waits, or the system's error. */
async function hear(namespace: string, from: string | null, to: string, port = 0): Promise<string> {
  const options = { host: to, port, ...(from && { localAddress: from }) };
  const script = `const s = require('net').connect(${JSON.stringify(options)});
    let heard = 'connected ';
    s.on('data', (d) => { heard += d; }).on('error', (e) => { heard = e.code === 'ECONNRESET' ? heard : e.code; })
      .on('close', () => console.log(heard));
    process.once('SIGTERM', () => s.destroy());`;
  const { stdout } = await within(namespace, process.execPath, '-e', script);
  return stdout.toString().trim();
}

async function arrived(subject: string): Promise<string> {
  for (;;) {
    const letters = taken.flatMap(({ message }) => (message ? [Buffer.from(message, 'base64').toString()] : []));
    const found = letters.find((text) => text.includes(`Subject: ${subject}\r\n`));
    if (found !== undefined) return found;
    await new Promise<void>((resolve) => server.lines.once('line', () => resolve()));
  }
}

test.each([
  ['the scanner', send, 'devices', scanner.v4, here.v4],
  ['a camera in the listed net', send, 'devices', camera, here.v4],
  ['the scanner, link-local,', sendInZone, 'neighbours', `${scanner.local}%cable1`, `${here.local}%cable1`],
])(
  'honest: 108: %s signs in through Postern, and its letter arrives as it is',
  async (subject, by, relay, from, to) => {
    const { code, stdout, stderr } = await by(subject, from, to, ports[relay]);
    expect(code, `${stdout}${stderr}`).toBe(0);
    expect(await arrived(subject)).toBe(letter(subject));
  },
);

test('a check from this computer tries the way from a relay for devices to the server, and knocks at none', async () => {
  const names = ['devices', 'tls', 'old', 'open'];
  for (const name of names) {
    const words = [program, 'check', name, '--json', '--data-dir', postern.dataDirectory];
    const { code, stdout, stderr } = await within(home, process.execPath, ...words);
    expect(code, `${stdout}${stderr}`).toBe(0);
    const { relays, running } = JSON.parse(stdout.toString()) as CheckReport & { running: boolean };
    expect([running, relays.length]).toEqual([true, 1]);
    expect(relays[0]).toMatchObject({ relay: name, devices: true, trust: 'verified', tlsVersion: 'TLSv1.3' });
    const steps = relays[0]?.steps.map(({ step, outcome }) => `${step} ${outcome}`);
    expect(steps).toEqual(['connect ok', 'greeting ok', 'tls ok', 'sign-in skipped']);
  }
  expect(postern.events.filter(({ event }) => event === 'refused')).toEqual([]);
});

/** What a device receives that sends each of these lines after the reply to the previous one. */
async function converse(relay: string, ...says: string[]): Promise<string[]> {
  const options = { host: here.v4, port: ports[relay], localAddress: scanner.v4 };
  const script = `const says = ${JSON.stringify(says)};
    let heard = '';
    const s = require('net').connect(${JSON.stringify(options)});
    s.on('data', (d) => { heard += d;
      if (/(?:^|\\n)\\d{3} [^\\n]*\\n$/.test(heard)) says.length > 0 ? s.write(says.shift()) : s.end(); })
      .on('error', () => {}).on('close', () => console.log(JSON.stringify(heard)));`;
  const { stdout } = await within(office, process.execPath, '-e', script);
  const heard: string = JSON.parse(stdout.toString());
  return heard.split('\r\n').filter((line) => /^\d{3} /.test(line));
}

describe('without a password', () => {
  const hello = 'HELO my scanner\n';
  const from = 'MAIL FROM: <scanner@example.org>\n';
  const to = 'RCPT TO:<alice@example.org>\n';

  test('honest: 109, 110: a device with odd manners sends two messages, which arrive as they are', async () => {
    const texts = ['odd 1', 'odd 2'].map(letter);
    const messages = texts.flatMap((text) => [from, to, 'DATA\n', `${text.replace(/^\./gm, '..')}.\r\n`]);
    const heard = await converse('open', hello, ...messages, 'QUIT\n');
    expect(heard.map((line) => line.slice(0, 3)).join(' ')).toBe('220 250 250 250 354 250 250 250 354 250 221');
    expect(await Promise.all(['odd 1', 'odd 2'].map(arrived))).toEqual(texts);
  });

  test('109: what tests for open relays try is refused, form by form, and nothing of it reaches the server', async () => {
    const before = taken.filter(({ message }) => message).length;
    const refused = /^5[05][01] 5\.[17]\.[137] Postern: /;
    const senders = relayTestSenders.map((form) => `MAIL FROM:${form}\r\n`);
    for (const reply of (await converse('open', hello, ...senders)).slice(2)) expect(reply).toMatch(refused);
    // A connection ends after as many failures as anybody would need.
    const half = relayTestRecipients.length >> 1;
    for (const forms of [relayTestRecipients.slice(0, half), relayTestRecipients.slice(half)]) {
      const heard = await converse('open', hello, from, ...forms.map((form) => `RCPT TO:${form}\r\n`), 'DATA\r\n');
      expect(heard).toHaveLength(forms.length + 4);
      for (const reply of heard.slice(3, -1)) expect(reply).toMatch(refused);
      expect(heard.at(-1)).toMatch(/^503 5\.5\.1 Postern: /);
    }
    expect(taken.filter(({ message }) => message)).toHaveLength(before);
  });

  test.each<[string, RegExp, ...string[]]>([
    ['sender-not-allowed', /^550 5\.7\.1 Postern/, hello, 'MAIL FROM:<eve@example.org>\r\n'],
    ['recipient-rerouted', /^550 5\.7\.1 Postern/, hello, from, 'RCPT TO:<"a@b.example"@example.org>\r\n'],
    ['ambiguous-end-of-data', /^554 5\.6\.0 Postern/, hello, from, to, 'DATA\r\n', 'x\n.\nMAIL FROM:<a@b>\r\n'],
    ['message-too-large', /^552 5\.3\.4 Postern.*0\.1 MB/, hello, `${from.trim()} SIZE=100001\r\n`],
    ['server-rate-limited', /^451 4\.7\.1 Postern/, hello, from, to, 'DATA\r\n', 'Subject: too often\r\n\r\n.\r\n'],
    ['recipients-per-hour', /^452 4\.5\.3 Postern/, hello, from, to, to],
  ])('109: %s', async (code, words, ...says) => {
    const since = postern.events.length;
    const heard = await converse('open', ...says);
    expect(heard.at(-1)).toMatch(words);
    expect(await postern.event('refused', ({ relay }) => relay === 'open', since)).toMatchObject({ code });
  });
});

test('honest: 109: a device signs in with the local password; what it cannot do is send without', async () => {
  const words = ['accounts', 'local-password', 'Scans', '--json', '--data-dir', postern.dataDirectory];
  const { stdout } = await within(home, process.execPath, program, ...words);
  const local = JSON.parse(stdout.toString()).password;
  const auth = `AUTH PLAIN ${Buffer.from(`\0anybody\0${local}`).toString('base64')}\r\n`;
  const mail = ['MAIL FROM:<any@example.org>\r\n', 'RCPT TO:<alice@example.org>\r\n', 'DATA\r\n'];
  const text = letter('local password');
  expect((await converse('local-password', 'EHLO x\r\n', mail[0] ?? '')).at(-1)).toMatch(/^530 5\.7\.0 Postern/);
  const heard = await converse('local-password', 'EHLO x\r\n', auth, ...mail, `${text.replace(/^\./gm, '..')}.\r\n`);
  expect(heard.at(-1)).toMatch(/^250/);
  expect(await arrived('local password')).toBe(text);
});

describe('a device that crowds a relay', () => {
  let devices: Companion;
  /** Resolves when so many sessions of this relay are over, and their places free again. */
  const over = (count: number) =>
    until(
      () =>
        postern.events.filter((event) => event.event === 'session-closed' && event.relay === 'crowd').length === count,
      `${count} sessions are over`,
    );
  beforeAll(() => {
    const script = fileURLToPath(new URL('../support/crowding-device.ts', import.meta.url));
    const place = JSON.stringify({ host: here.v4, port: ports.crowd, user: 'user', password });
    devices = startCompanion(office, process.execPath, script, place, scanner.v4, camera);
  });

  test('honest: 110: thirty connections at once, all without QUIT: each message arrives once, and another device is served amid them', async () => {
    const subjects = Array.from({ length: 30 }, (_, index) => `burst ${index}`);
    devices.say({ burst: subjects.length });
    const [heard, amid] = await Promise.all([
      devices.hear() as Promise<string[]>,
      send('amid the burst', camera, here.v4, ports.crowd),
    ]);
    expect(heard.filter((reply) => !reply.startsWith('250 '))).toEqual([]);
    expect(heard).toHaveLength(subjects.length);
    expect(amid.code, amid.stdout.toString()).toBe(0);
    await Promise.all([...subjects, 'amid the burst'].map(arrived));
    const sent = taken.flatMap(({ message }) => /^Subject: (burst .*)\r$/m.exec(atob(message ?? ''))?.[1] ?? []);
    expect(sent.sort()).toEqual(subjects.sort());
    await over(subjects.length + 1);
  });

  test('too-many-of-one-device: 108: one that leaves its connections open gets fifty, and leaves places for the others', async () => {
    const since = postern.events.length;
    devices.say({ hold: 51 });
    const { greetings, other } = (await devices.hear()) as { greetings: string[]; other: string };
    expect(other).toMatch(/^250 /);
    expect(greetings.filter((line) => line.startsWith('220 '))).toHaveLength(50);
    expect(greetings.filter((line) => !line.startsWith('220 '))).toEqual([
      expect.stringMatching(/^421 4\.7\.0 Postern: The device at 192\.168\.7\.20 has as many connections open as/),
    ]);
    expect(await postern.event('refused', () => true, since)).toMatchObject({
      relay: 'crowd',
      code: 'too-many-of-one-device',
    });
    devices.say({ close: 1 });
    await devices.hear();
    await over(31 + 51);
    devices.say({ burst: 1 });
    expect(await devices.hear()).toEqual([expect.stringMatching(/^250 /)]);
  });
});

test('device-not-allowed: 108: another address hears not a byte, nothing is dialled for it, and a hundred more fill no log', async () => {
  const before = taken.length;
  const from = postern.events.length;
  expect(await hear(office, visitor.v4, here.v4, ports.devices)).toBe('connected');
  const told = await postern.event('refused', ({ relay }) => relay === 'devices', from);
  expect(told).toMatchObject({
    code: 'device-not-allowed',
    facts: { from: visitor.v4, device: 'not-listed' },
  });
  const script = `const options = ${JSON.stringify({ host: here.v4, port: ports.devices, localAddress: visitor.v4 })};
    let left = 100;
    let bytes = 0;
    for (let i = 0; i < 100; i += 1) require('net').connect(options).on('data', (d) => { bytes += d.length; })
      .on('error', () => {}).on('close', () => { left -= 1; if (left === 0) console.log(bytes); });`;
  expect((await within(office, process.execPath, '-e', script)).stdout.toString()).toBe('0\n');
  expect((await send('visit', visitor.v4, here.v4, ports.devices)).code).not.toBe(0);
  const words = [process.execPath, program, 'status', '--json', '--data-dir', postern.dataDirectory];
  const status = JSON.parse((await within(home, ...words)).stdout.toString());
  const row = status.relays.find(({ name }: { name: string }) => name === 'devices');
  expect(row.refusalsTotal).toBe(102);
  expect(row.lastRefusal.diagnosis.code).toBe('device-not-allowed');
  // Five in a minute are told singly, and the others together at its end, should it come meanwhile.
  const refused = () =>
    postern.events
      .slice(from)
      .flatMap((event) => (event.event === 'refused' && event.relay === 'devices' ? [event] : []));
  await until(() => refused().length >= 5, 'the first five are told');
  const together = refused().filter(({ times }) => times !== undefined).length;
  expect(refused().length - together).toBeLessThanOrEqual(5 * (together + 1));
  expect(taken.length).toBe(before);
});

test('108: nor does a neighbour that is not listed, by its link-local address', async () => {
  const place = [`${visitor.local}%cable1`, `${here.local}%cable1`, ports.neighbours] as const;
  expect(await hear(office, ...place)).toBe('connected');
});

test('108: a program of this computer is closed at the address for devices, although the listed net is around it', async () => {
  const from = postern.events.length;
  expect(await hear(home, null, here.v4, ports.devices)).toBe('connected');
  expect(await hear(home, '127.0.0.1', here.v4, ports.devices)).toBe('connected');
  const words = [process.execPath, program, 'status', '--json', '--data-dir', postern.dataDirectory];
  const status = JSON.parse((await within(home, ...words)).stdout.toString());
  const row = status.relays.find(({ name }: { name: string }) => name === 'devices');
  expect(row.refusalsTotal).toBe(104);
  const opened = postern.events.slice(from).filter((event) => event.event === 'session-opened');
  expect(opened.filter(({ relay }) => relay === 'devices')).toEqual([]);
});

test('108: the path for programs of this computer is out of the devices’ reach', async () => {
  expect(await hear(office, scanner.v4, here.v4, ports.own)).toBe('ECONNREFUSED');
});

test('108: address-missing: an address that is not there yet is waited for, and served from when it is', async () => {
  const failed = await postern.event('relay-failed');
  expect(failed).toMatchObject({ relay: 'late', reason: 'address-not-available', code: 'address-missing' });
  expect(failed.message).toContain('Connect this computer to that network');
  await address(home, 'cable0', `${here.late}/24`);
  const { port } = await postern.event('listening', ({ relay }) => relay === 'late');
  const { code, stdout } = await send('late', scanner.late, here.late, port);
  expect(code, stdout.toString()).toBe(0);
  expect(await arrived('late')).toBe(letter('late'));
});

test('honest: 108: port 25, with no rights of its own: the service manager opens it, and the device activates Postern', async () => {
  needProgram('systemd-socket-activate');
  const nobody = 65_534;
  const directory = mkdtempSync('/tmp/postern-port-25-');
  atEnd(() => rmSync(directory, { recursive: true, force: true }));
  chmodSync(directory, 0o755);
  const state = join(directory, 'state');
  mkdirSync(state, { mode: 0o700 });
  chownSync(state, nobody, nobody);
  const file = join(directory, 'config.json');
  const relay = { ...sinkRelay('post', `${here.v4}:25`), lan: { allow: [scanner.v4] } };
  const configuration = {
    version: 1,
    accounts: [{ name: 'Post', relays: [relay] }],
    certificateAuthorities: ['root.pem'],
  };
  writeFileSync(file, JSON.stringify(configuration), { mode: 0o644 });
  copyFileSync(join(postern.dataDirectory, 'root.pem'), join(directory, 'root.pem'));
  chmodSync(join(directory, 'root.pem'), 0o644);
  let said = '';
  const run = [process.execPath, program, 'run', '--json', '--no-window', '--config', file, '--state', state];
  const service = await startService(
    'ip',
    [
      ...['netns', 'exec', home, 'systemd-socket-activate', '--listen', `${here.v4}:25`, '--fdname=post'],
      ...['setpriv', `--reuid=${nobody}`, '--clear-groups', '--bounding-set=-all', ...run],
    ],
    {
      isReady: async () => /Listening on/.test(said),
      onStart: (child) =>
        child.stderr?.on('data', (chunk) => {
          said += chunk;
        }),
    },
  );
  const { code, stdout, stderr } = await send('port 25', scanner.v4, here.v4, 25);
  expect(code, `${stdout}${stderr}${service.output()}`).toBe(0);
  expect(await arrived('port 25')).toBe(letter('port 25'));
  // A device that is not listed is disconnected there as well.
  expect(await hear(office, camera, here.v4, 25)).toBe('connected');
});

const command = async (...words: string[]) => {
  const { code, stdout, stderr } = await within(
    home,
    process.execPath,
    program,
    ...words,
    '--data-dir',
    postern.dataDirectory,
  );
  expect(code, stderr).toBe(0);
  return stdout.toString();
};

describe('with TLS on the way to Postern', () => {
  /** The certificate as the command writes it, in either form, and what the command says. */
  const exported = { pem: '', cer: '', said: '' };
  beforeAll(async () => {
    const directory = scratchDirectory('devices-certificate');
    exported.pem = join(directory, 'postern.pem');
    exported.cer = join(directory, 'postern.cer');
    exported.said = await command('local-certificate');
    for (const form of ['pem', 'cer'] as const) await command('local-certificate', `--${form}`, exported[form]);
  });

  const openssl = (port: number | undefined, ...words: string[]) =>
    runProgram(
      'ip',
      [
        ...['netns', 'exec', office, needProgram('openssl'), 's_client', '-bind', scanner.v4, '-crlf', '-ign_eof'],
        ...['-connect', `${here.v4}:${port}`, ...words],
      ],
      // In capitals, the program would take it for a command to itself.
      { input: 'quit\n' },
    );
  const verifying = () => ['-verify_return_error', '-CAfile', exported.pem, '-verify_ip', here.v4];

  test('honest: 111: the certificate is exported in both forms, the same one, without its key', async () => {
    const pem = readFileSync(exported.pem, 'utf8');
    const certificate = new X509Certificate(readFileSync(exported.cer));
    expect(certificate.toString()).toBe(pem);
    expect(pem).not.toContain('PRIVATE');
    expect(certificate.checkIP(here.v4)).toBe(here.v4);
    expect(exported.said).toContain(certificate.fingerprint256);
    expect(await command('status')).toContain(certificate.fingerprint256);
    const again = ['local-certificate', '--pem', exported.pem, '--data-dir', postern.dataDirectory];
    const { code, stderr } = await within(home, process.execPath, program, ...again);
    expect([code, stderr]).toEqual([1, expect.stringContaining('already exists')]);
  });

  test.each([
    ['STARTTLS', 'devices', '--tls'],
    ['TLS from the first byte', 'tls', '--tls-on-connect'],
  ])('honest: 111: swaks checks the certificate, and sends with %s', async (how, relay, word) => {
    const subject = `swaks, ${how}`;
    const words = [word, '--tls-verify', '--tls-ca-path', exported.pem];
    const { code, stdout, stderr } = await send(subject, scanner.v4, here.v4, ports[relay], ...words);
    expect(code, `${stdout}${stderr}`).toBe(0);
    expect(stdout.toString()).toMatch(/TLS started.*TLSv1\.3/);
    expect(await arrived(subject)).toBe(letter(subject));
    const { relays } = JSON.parse(await command('devices', '--json'));
    const { devices } = relays.find((each: { relay: string }) => each.relay === relay);
    expect(devices).toContainEqual(expect.objectContaining({ address: scanner.v4, tls: 'TLSv1.3' }));
  });

  test('honest: 111: curl and openssl find the certificate good for the address that they connected to', async () => {
    const file = join(scratchDirectory('devices-curl'), 'letter');
    writeFileSync(file, letter('curl'));
    const { code, stderr } = await within(
      office,
      needProgram('curl'),
      ...['--silent', '--show-error', '--interface', scanner.v4, '--cacert', exported.pem, '--upload-file', file],
      ...['--user', `user:${password}`, '--mail-from', 'scanner@example.org', '--mail-rcpt', 'alice@example.org'],
      `smtps://${here.v4}:${ports.tls}`,
    );
    expect(code, stderr).toBe(0);
    expect(await arrived('curl')).toBe(letter('curl'));
    for (const words of [['-starttls', 'smtp'], []]) {
      const port = ports[words.length > 0 ? 'devices' : 'tls'];
      const { stdout, code: status } = await openssl(port, ...words, ...verifying());
      expect([status, stdout.toString()]).toEqual([0, expect.stringContaining('Verification: OK')]);
    }
  });

  test.each(['-tls1', '-tls1_1'])('honest: 111: %s is taken where the relay says so, and shown', async (version) => {
    const words = ['-starttls', 'smtp', version, '-cipher', 'ALL:@SECLEVEL=0', ...verifying()];
    const { stdout } = await openssl(ports.old, ...words);
    expect(stdout.toString()).toContain('Verification: OK');
    expect(stdout.toString()).toMatch(/^221 /m);
    const status = await command('status');
    expect(status).toContain('TLS 1.0 and 1.1 are taken as well ("oldTls")');
    expect(status).toContain(`, TLS ${version === '-tls1' ? '1.0' : '1.1'}\n`);
  });

  test.each<[string, string, ...string[]]>([
    ['111: device-tls-too-old', 'device-tls-too-old', '-tls1', '-cipher', 'ALL:@SECLEVEL=0'],
    ['device-distrusts-postern', 'device-distrusts-postern', '-verify_return_error', '-no-CAfile', '-no-CApath'],
    ['device-tls-failed', 'device-tls-failed', '-tls1_2', '-cipher', 'ECDHE-ECDSA-AES128-SHA256'],
  ])('%s', async (_, code, ...words) => {
    const since = postern.events.length;
    await openssl(ports.tls, ...words);
    const told = await postern.event('refused', (event) => event.code === code, since);
    expect(told).toMatchObject({ relay: 'tls', reason: 'device-tls-failed', facts: { from: scanner.v4 } });
  });

  test('27: device-plaintext-injected', async () => {
    const since = postern.events.length;
    const heard = await converse('devices', 'EHLO scanner\r\n', 'STARTTLS\r\nMAIL FROM:<eve@example.org>\r\n');
    expect(heard.at(-1)).toMatch(/^421 4\.7\.0 Postern/);
    const told = await postern.event('refused', ({ code }) => code === 'device-plaintext-injected', since);
    expect(told).toMatchObject({ relay: 'devices', reason: 'plaintext-after-starttls' });
  });

  test('no key of it is in the log, in what is shown, or in what is collected for helpers', async () => {
    const kept = join(postern.dataDirectory, 'local-tls.pem');
    expect(statSync(kept).mode & 0o777).toBe(0o600);
    const [, secret = 'none'] = /PRIVATE KEY-----\n(.{60})/.exec(readFileSync(kept, 'utf8')) ?? [];
    expect(secret).toHaveLength(60);
    const file = join(scratchDirectory('devices-diagnostics'), 'it.zip');
    await command('diagnostics', file);
    const bundle = unzipped(file);
    const log = readFileSync(join(postern.dataDirectory, 'logs', 'postern.log'), 'utf8');
    const shown = [log, bundle, await command('status', '--json'), JSON.stringify(postern.events)];
    for (const text of shown) expect([text.includes(secret), text.includes('PRIVATE KEY')]).toEqual([false, false]);
  });
});

test('honest: 108: a device that knocked is shown, let in by one deliberate act, and served from then on', async () => {
  const { relays } = JSON.parse(await command('devices', '--json'));
  const open = relays.find(({ relay }: { relay: string }) => relay === 'open');
  expect(open.devices).toMatchObject([{ address: scanner.v4, listed: true, messages: 2 }]);
  expect(open.devices[0].refusals).toBeGreaterThan(5);
  const text = await command('status');
  expect(text).toContain('devices: NOT encrypted between a device and this computer, unless the device asks for it');
  expect(text).toContain(
    `NOT ALLOWED. If it is yours: postern devices allow devices ${visitor.v4} --data-dir ${postern.dataDirectory}`,
  );
  const refused = await within(
    home,
    process.execPath,
    program,
    ...['devices', 'allow', 'devices', '192.168.7.99', '--data-dir', postern.dataDirectory],
  );
  expect(refused).toMatchObject({
    code: 1,
    stderr: expect.stringContaining('No device with the address 192.168.7.99'),
  });
  const since = postern.events.length;
  expect(await command('devices', 'allow', 'devices', visitor.v4)).toContain(
    `${visitor.v4} may use devices from now on (account Office).\nThe way back: postern devices forget devices ${visitor.v4} --data-dir ${postern.dataDirectory}\n`,
  );
  const { port } = await postern.event('listening', ({ relay }) => relay === 'devices', since);
  const { code, stdout, stderr } = await send('let in', visitor.v4, here.v4, port);
  expect(code, `${stdout}${stderr}`).toBe(0);
  expect(await arrived('let in')).toBe(letter('let in'));
  expect(await command('devices')).toMatch(new RegExp(`${visitor.v4}, last seen .*: 1 message sent, 102 refusals`));
});

test('108: a device that was let in and is forgotten hears not a byte any more, and its connection is cut off', async () => {
  const before = postern.events.findLast((event) => event.event === 'listening' && event.relay === 'devices');
  const since = postern.events.length;
  const connected = hear(office, visitor.v4, here.v4, before?.event === 'listening' ? before.port : 0);
  await postern.event('session-verified', ({ relay }) => relay === 'devices', since);
  expect(await command('devices', 'forget', visitor.v4)).toContain(
    `${visitor.v4} may no longer use devices (account Office).`,
  );
  expect(await connected).toMatch(/^connected 220 /);
  const { port } = await postern.event('listening', ({ relay }) => relay === 'devices', since);
  expect(await hear(office, visitor.v4, here.v4, port)).toBe('connected');
  expect(await command('devices')).toMatch(new RegExp(`${visitor.v4}, last seen .*: NOT ALLOWED`));
});

test('108: a configuration that would serve all addresses is refused with those that there are to choose from', async () => {
  const file = join(scratchDirectory('devices'), 'config.json');
  const relay = { name: 'r', protocol: 'smtp', listen: '0.0.0.0:587', server: 'localhost', port: 465, tls: 'implicit' };
  const accounts = [{ name: 'A', relays: [{ ...relay, lan: { allow: [scanner.v4] } }] }];
  writeFileSync(file, JSON.stringify({ version: 1, accounts }));
  const { code, stderr } = await within(home, process.execPath, program, 'config', 'validate', file);
  expect(code).toBe(2);
  expect(stderr).toContain('accounts[0].relays[0].listen: ');
  expect(stderr).toMatch(/found "0\.0\.0\.0:587".*\. This computer has .*192\.168\.7\.1.*fe80::1%cable0.* now/);
});

test('honest: 108: a link-local address is served again when its interface has come back with another number', async () => {
  const since = postern.events.length;
  await ip('-n', home, 'link', 'delete', 'cable0');
  await ip('-n', home, 'link', 'add', 'cable0', 'type', 'veth', 'peer', 'name', 'cable1', 'netns', office);
  await address(home, 'cable0', `${here.local}/64`);
  await address(office, 'cable1', `${scanner.local}/64`);
  await ip('-n', home, 'link', 'set', 'cable0', 'up');
  await ip('-n', office, 'link', 'set', 'cable1', 'up');
  const { port } = await postern.event('listening', ({ relay }) => relay === 'neighbours', since);
  const { code, stderr } = await sendInZone('again', `${scanner.local}%cable1`, `${here.local}%cable1`, port);
  expect(code, stderr).toBe(0);
  expect(await arrived('again')).toBe(letter('again'));
});
