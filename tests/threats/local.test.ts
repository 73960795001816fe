/** Programs and people on this computer, and what is on its disk. */

import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import {
  chmodSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  readlinkSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { createServer } from 'node:net';
import { networkInterfaces } from 'node:os';
import { join } from 'node:path';
import { beforeAll, describe, expect, test } from 'vitest';
import { connectCore } from '../../main/http/client.ts';
import type { Snapshot } from '../../proxy/contract/index.ts';
import { scratchDirectory } from '../support/clean-up.ts';
import { startFakeUpstream } from '../support/fake-upstream.ts';
import { honestHalf } from '../support/honest-half.ts';
import { type LineProtocol, lineProtocols } from '../support/line-protocols.ts';
import { needRoot } from '../support/needs.ts';
import { selfSigned } from '../support/pki.ts';
import { freePort } from '../support/ports.ts';
import { startPostern } from '../support/postern.ts';
import { openFiles } from '../support/process-files.ts';
import { RawClient } from '../support/raw-client.ts';
import { until } from '../support/service.ts';
import { root } from '../support/sources.ts';
import { expectNothingLost, holdsSecret } from './refusal.ts';
import {
  blamesThePassword,
  expectHonest,
  openStage,
  password,
  type Scene,
  type Stage,
  signIn,
  socketsBesideListeners,
  toldAtGreeting,
  user,
  welcome,
} from './stage.ts';

/** A user name that could be taken for a server and a port. */
const addressed = 'ada@mail.example:25';
const users: Record<string, string> = { [user]: password, [addressed]: password };
const plain = Object.fromEntries(
  lineProtocols.map((protocol) => [
    protocol,
    { name: `plain ${protocol}`, upstream: { protocol, tls: 'implicit', users } },
  ]),
) as Record<LineProtocol, Scene>;
/** Its server is slow, so that the mail program's bytes arrive first. */
const slow = Object.fromEntries(
  lineProtocols.map((protocol) => [
    protocol,
    {
      name: `slow ${protocol}`,
      upstream: { protocol, tls: 'implicit', inside: { greeting: { instead: 'silence' } } },
    } satisfies Scene,
  ]),
) as Record<LineProtocol, Scene>;
const both: Scene = {
  name: '65: both loopback addresses',
  upstream: { protocol: 'imap', tls: 'implicit' },
  relay: { listen: 0 },
};

let stage: Stage;
beforeAll(async () => {
  stage = await openStage([...Object.values(plain), both], { logLevel: 'trace' });
});

/** The listening sockets of a process, as listed by the kernel: addresses in hexadecimal. */
function listeners(pid: number): { table: string; local: string }[] {
  const inodes = new Set(
    readdirSync(`/proc/${pid}/fd`).flatMap((name) => {
      try {
        return /socket:\[(\d+)\]/.exec(readlinkSync(`/proc/${pid}/fd/${name}`))?.[1] ?? [];
      } catch {
        return [];
      }
    }),
  );
  return ['tcp', 'tcp6', 'udp', 'udp6'].flatMap((table) =>
    readFileSync(`/proc/${pid}/net/${table}`, 'latin1')
      .split('\n')
      .slice(1)
      .map((row) => row.trim().split(/\s+/))
      // 0A: listening; 07: a UDP socket that is not connected.
      .filter(([, , , state, , , , , , inode]) => (state === '0A' || state === '07') && inodes.has(inode ?? ''))
      .map(([, local = '']) => ({ table, local })),
  );
}

test('65: every listening socket of the product is on loopback', async () => {
  const all = listeners(stage.pid);
  const loopback = { tcp: /^0100007F:/, tcp6: /^00000000000000000000000001000000:/ } as Record<string, RegExp>;
  expect(all.length).toBe(Object.keys((await stage.snapshot()).tables.relays).length + 2);
  expect(all.filter(({ table, local }) => !loopback[table]?.test(local))).toEqual([]);
  const ports = Object.values((await stage.snapshot()).tables.relays).flatMap((relay) => relay.listeners);
  for (const { family, address, internal } of Object.values(networkInterfaces()).flatMap((all) => all ?? [])) {
    if (internal || family !== 'IPv4') continue;
    for (const { port } of ports) {
      const socket = await RawClient.connect(port, address).catch(() => null);
      expect(socket).toBeNull();
    }
  }
});

test.each([
  '0.0.0.0:1143',
  '[::]:1143',
  '192.168.0.1:1143',
  '*:1143',
  'localhost:1143',
  '127.0.0.1.evil.example:1143',
  '[::ffff:127.0.0.1]:1143',
  '[::ffff:0.0.0.0]:1143',
  '128.0.0.1:25',
  '0177.0.0.1:1143',
  '127.0.0.1:99999',
])('65: "listen": %j is a configuration error', async (listen) => {
  const directory = join(scratchDirectory('listen'), 'data');
  mkdirSync(directory, { mode: 0o700 });
  const relay = { name: 'r', protocol: 'imap', listen, server: 'localhost', port: 993, tls: 'implicit' };
  writeFileSync(
    join(directory, 'config.json'),
    JSON.stringify({ version: 1, accounts: [{ name: 'A', relays: [relay] }] }),
  );
  const { code, stderr } = await stage.postern.command('config', 'validate', join(directory, 'config.json'));
  expect(code).toBe(2);
  expect(stderr).toContain('accounts[0].relays[0].listen');
  expect(stderr).toMatch(/loopback/);
});

describe('66: a web page speaks to a mail port', () => {
  // A program that was turned away is watched before it gets a greeting, one connection after another: a product for each
  // protocol, so that they can be played at the same time.
  const products = {} as Record<LineProtocol, Stage>;
  beforeAll(async () => {
    await Promise.all(
      lineProtocols.map(async (protocol) => {
        products[protocol] = await openStage([plain[protocol], slow[protocol]]);
      }),
    );
  });

  const head =
    'Host: localhost:1587\r\nUser-Agent: Mozilla/5.0\r\nContent-Type: text/plain\r\nOrigin: https://evil.example\r\n';
  const mail: Record<LineProtocol, string> = {
    smtp: 'EHLO me\r\nMAIL FROM:<evil@example.org>\r\nRCPT TO:<all@example.org>\r\nDATA\r\nx\r\n.\r\nQUIT\r\n',
    imap: `a LOGIN ${user} ${password}\r\nb SELECT INBOX\r\n`,
    pop3: `USER ${user}\r\nPASS ${password}\r\nLIST\r\n`,
    nntp: `AUTHINFO USER ${user}\r\nAUTHINFO PASS ${password}\r\nPOST\r\n`,
  };
  const requests: Record<string, (protocol: LineProtocol) => string> = {
    'POST / HTTP/1.1': () => 'POST / HTTP/1.1\r\n',
    'a path with mail commands in it': (protocol) => `GET /${encodeURIComponent(mail[protocol])} HTTP/1.1\r\n`,
    'a path that is longer than any line': () => `POST /${'a'.repeat(20_000)} HTTP/1.1\r\n`,
    'OPTIONS, before a request of another method': () => 'OPTIONS / HTTP/1.1\r\n',
    'HTTP/1.0 through a proxy': () => 'CONNECT mail.example.org:25 HTTP/1.0\r\n',
    'HTTP/2': () => 'PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n',
    'DNS rebinding: a method that is a mail command': (protocol) =>
      ({
        smtp: 'EHLO / HTTP/1.1\r\n',
        imap: 'a / HTTP/1.1\r\n',
        pop3: 'USER / HTTP/1.1\r\n',
        nntp: 'GROUP / HTTP/1.1\r\n',
      })[protocol],
    'DNS rebinding: the same and a long path': (protocol) =>
      `${{ smtp: 'NOOP', imap: 'a', pop3: 'STAT', nntp: 'DATE' }[protocol]} /${'a'.repeat(20_000)} HTTP/1.1\r\n`,
    'DNS rebinding: a small letter': (protocol) =>
      ({
        smtp: 'ehlo /x HTTP/1.1\r\n',
        imap: 'login /x HTTP/1.1\r\n',
        pop3: 'user /x HTTP/1.1\r\n',
        nntp: 'group /x HTTP/1.1\r\n',
      })[protocol],
    'a TLS hello': () => '\x16\x03\x01\x00\xc8\x01\x00\x00\xc4\x03\x03\r\n',
    'an SSH hello': () => 'SSH-2.0-OpenSSH_9.9\r\n',
    'a header line first': () => 'Host: localhost\r\n',
    'an object of JSON': () => '{"a":\r\n',
    'a method in small letters': () => 'post / http/1.1\r\n',
    'a method that nobody knows': () => 'M-SEARCH * HTTP/1.1\r\n',
    'an absolute address': () => 'GET http://localhost:1587/ HTTP/1.1\r\n',
    'an address of two blanks': () => 'POST  /  HTTP/1.1\r\n',
    'HTTP/0.9': () => 'GET /\r\n',
    'an empty line first': () => '\r\nPOST / HTTP/1.1\r\n',
    'a boundary of a form': () => '------WebKitFormBoundaryx\r\n',
    'the hello of a stream': () => 'GET /stream HTTP/1.1\r\nUpgrade: websocket\r\n',
    'another protocol of the web': () => 'OPTIONS rtsp://localhost/ RTSP/1.0\r\n',
    'an SSL 2 hello': () => '\x80\x2e\x01\x03\x01\x00\x15\x00\x00\r\n',
  };
  async function expectOver(protocol: LineProtocol, what: string): Promise<void> {
    const request = `${requests[what]?.(protocol)}${head}\r\n${mail[protocol]}`;
    // Before the server is reached, after the greeting, and in pieces.
    for (const [scene, greeted, size] of [
      [plain[protocol], true, request.length],
      [plain[protocol], true, 11],
      [plain[protocol], false, request.length],
      [slow[protocol], false, 7],
    ] as const) {
      // What is too long to be judged by its beginning is judged by the lines that follow it, once they are read.
      if (scene === slow[protocol] && what.includes('long path')) continue;
      const { port, upstream, relay } = products[protocol].on(scene);
      const from = upstream.connections.length;
      const counted = async () => (await products[protocol].snapshot()).tables.relays[relay];
      const before = (await counted())?.refusalsTotal ?? 0;
      const client = await RawClient.connect(port);
      if (greeted) expect(await client.line()).toMatch(welcome[protocol]);
      client.socket.on('error', () => undefined);
      for (let at = 0; at < request.length && !client.socket.destroyed; at += size) {
        client.send(request.slice(at, at + size));
        if (size < 100 && at < 500) await new Promise((resolve) => setImmediate(resolve));
      }
      const heard = (await client.rest()).toString('latin1');
      client.finish();
      expect(heard).toMatch(/Postern: [\x20-\x7e]{15,}\r\n$/);
      // Counted immediately. Only the first few per minute have an event of their own: the others are reported together
      // at its end.
      await expect.poll(async () => (await counted())?.refusalsTotal).toBeGreaterThan(before);
      expect((await counted())?.lastRefusal?.reason).toBe('client-not-mail');
      for (const connection of upstream.connections.slice(from)) {
        expectNothingLost(connection, scene.upstream);
        expect(connection.inside().toString('latin1')).not.toMatch(
          /HTTP|EHLO|USER|LOGIN|MAIL|Host|NOOP|STAT|GROUP|POST/,
        );
      }
    }
  }

  test.each(Object.keys(requests))('%s is over before anything is passed on', async (what) => {
    await Promise.all(
      lineProtocols.map((protocol) =>
        expectOver(protocol, what).catch((error: Error) => {
          error.message = `${protocol}: ${error.message}`;
          throw error;
        }),
      ),
    );
  });

  test.each(lineProtocols)('honest: 66: a mail program that is quick is a mail program, %s', async (protocol) => {
    const client = await RawClient.connect(products[protocol].on(plain[protocol]).port);
    client.send(
      { smtp: 'EHLO me\r\n', imap: 'a CAPABILITY\r\n', pop3: 'CAPA\r\n', nntp: 'CAPABILITIES\r\n' }[protocol],
    );
    expect(await client.line()).toMatch(welcome[protocol]);
    await signIn(client, protocol).catch(() => undefined);
    expect(client.received.toString()).not.toContain('Postern: ');
    client.finish();
  });

  test.each(lineProtocols)('64: nothing is left open behind all of this, %s', async (protocol) => {
    await expect.poll(() => socketsBesideListeners(products[protocol])).toBeLessThan(14);
    await products[protocol].stop();
  });
});

describe('67: a program of another user', () => {
  function asNobody(port: number, host: string): Promise<string> {
    needRoot();
    const script = `
      const socket = require('node:net').connect(${port}, ${JSON.stringify(host)});
      socket.on('error', () => {});
      socket.write('a NOOP\\r\\n');
      socket.pipe(process.stdout);`;
    const other = spawn(process.execPath, ['-e', script], {
      uid: 65_534,
      gid: 65_534,
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    let heard = '';
    other.stdout.on('data', (chunk: Buffer) => {
      heard += chunk.toString();
    });
    return once(other, 'close').then(() => heard);
  }

  test.each(['127.0.0.1', '::1'])('is refused over %s, told and stated; nothing of it is passed on', async (host) => {
    const { relay, upstream } = stage.on(both);
    const since = stage.postern.events.length;
    const from = upstream.connections.length;
    const port = stage.postern.events.find(
      (event) => event.event === 'listening' && event.relay === relay && event.address === host,
    );
    const heard = await asNobody(port?.event === 'listening' ? port.port : 0, host);
    expect(heard.trimEnd()).toMatch(toldAtGreeting.imap);
    expect(await stage.postern.event('refused', (event) => event.relay === relay, since)).toMatchObject({
      reason: 'client-other-user',
    });
    expect((await stage.snapshot()).tables.relays[relay]?.lastRefusal?.reason).toBe('client-other-user');
    for (const connection of upstream.connections.slice(from)) expect(connection.inside().length).toBe(0);
  });

  test('honest: 65, 67: over both addresses our own programs come in', async () => {
    const { relay } = stage.on(both);
    for (const event of stage.postern.events.slice()) {
      if (event.event !== 'listening' || event.relay !== relay) continue;
      const client = await RawClient.connect(event.port, event.address);
      expect(await client.line()).toMatch(welcome.imap);
      client.reset();
    }
  });

  test('with "ownUserOnly" off the person has decided otherwise', async () => {
    const scene: Scene = { name: '67: open', upstream: { protocol: 'imap', tls: 'implicit' } };
    const open = await openStage([scene], { ownUserOnly: false });
    const heard = asNobody(open.on(scene).port, '127.0.0.1');
    const connection = await open.on(scene).upstream.connection(0);
    await until(() => connection.inside().length > 0, 'the other program is heard');
    await open.stop();
    expect(await heard).toMatch(/^\* OK/);
  });
});

test('68: commands before the sign-in that need it get the answer of the server, and nothing is invented', async () => {
  const asked: Record<LineProtocol, [string, RegExp]> = {
    smtp: ['VRFY root', /^500 5\.5\.1 What\?$/],
    imap: ['a SELECT INBOX', /^a BAD Not now$/],
    pop3: ['LIST', /^-ERR Sign in first$/],
    nntp: ['GROUP misc.test', /^480 Sign in first$/],
  };
  for (const protocol of lineProtocols) {
    const client = await RawClient.connect(stage.on(plain[protocol]).port);
    expect(await client.line()).toMatch(welcome[protocol]);
    const [command, answer] = asked[protocol];
    client.send(`${command}\r\n`);
    expect(await client.line()).toMatch(answer);
    await honestHalf('honest: 68: the sign-in goes through after it', () => signIn(client, protocol));
    client.finish();
    await client.ended;
  }
});

describe('69: the port', () => {
  const relay = { name: 'r', protocol: 'imap', server: 'localhost', port: 993, tls: 'implicit' } as const;
  const configuration = (port: number) =>
    ({ version: 1, accounts: [{ name: 'A', relays: [{ ...relay, listen: `127.0.0.1:${port}` }] }] }) as const;

  test('held by another program: loud, and had as soon as it is free', async () => {
    const port = await freePort();
    const holder = createServer().listen({ port, host: '127.0.0.1', exclusive: true });
    await once(holder, 'listening');
    const postern = await startPostern({ configuration: configuration(port) as never });
    expect(await postern.event('relay-failed')).toMatchObject({ relay: 'r', port, reason: 'address-in-use' });
    expect((await postern.command('status')).stdout.toString()).toMatch(/NOT LISTENING/);
    await honestHalf('honest: 69: a port that nobody holds is had', async () => {
      holder.close();
      expect(await postern.event('listening')).toMatchObject({ port });
    });
    await postern.stop();
  });

  // Address reuse would let a second program share the port or take it over.
  test.each(['SO_REUSEADDR', 'SO_REUSEPORT'])('cannot be taken with %s while Postern has it', async (option) => {
    const { port } = stage.on(plain.imap);
    const script = [
      'import socket, sys',
      's = socket.socket(socket.AF_INET, socket.SOCK_STREAM)',
      `s.setsockopt(socket.SOL_SOCKET, socket.${option}, 1)`,
      'for host in ("127.0.0.1", "0.0.0.0"):',
      '  try:',
      `    s.bind((host, ${port})); s.listen(); print("taken", host)`,
      '  except OSError as error:',
      '    print("refused")',
    ].join('\n');
    const child = spawn('python3', ['-c', script], { stdio: ['ignore', 'pipe', 'inherit'] });
    let said = '';
    child.stdout.on('data', (chunk: Buffer) => {
      said += chunk.toString();
    });
    await once(child, 'close');
    expect(said).toBe('refused\nrefused\n');
  });

  test('the same program a second time on the same data directory does not start', async () => {
    const { code, stdout, stderr } = await stage.postern.command('run', '--json', '--no-window');
    expect([code, stdout.toString()]).toEqual([1, '']);
    expect(stderr).toMatch(/already/);
  });
});

test.each([
  'u@evil.example',
  'u@evil.example:25',
  'u%evil.example',
  'evil.example!u',
  'u@127.0.0.1:1',
  '"u@[127.0.0.1]:25"',
  'u@evil.example@localhost',
])('70: the user name %j leads nowhere else', async (name) => {
  const trap = createServer();
  let met = 0;
  trap.on('connection', (socket) => {
    met += 1;
    socket.destroy();
  });
  trap.listen(0, '127.0.0.1');
  await once(trap, 'listening');
  for (const protocol of lineProtocols) {
    const { port, upstream } = stage.on(plain[protocol]);
    const from = upstream.connections.length;
    const client = await RawClient.connect(port);
    expect(await client.line()).toMatch(welcome[protocol]);
    const blob = Buffer.from(`\0${name}\0x`).toString('base64');
    client.send(
      {
        smtp: `AUTH PLAIN ${blob}\r\n`,
        imap: `a LOGIN ${name} x\r\n`,
        pop3: `USER ${name}\r\nPASS x\r\n`,
        nntp: `AUTHINFO USER ${name}\r\nAUTHINFO PASS x\r\n`,
      }[protocol],
    );
    if (protocol === 'pop3' || protocol === 'nntp') await client.line();
    // The server's own reply, passed on unchanged.
    expect(await client.line()).toMatch(
      { smtp: /^535 5\.7\.8/, imap: /^a NO \[AUTH|^a BAD/, pop3: /^-ERR \[AUTH\]/, nntp: /^481/ }[protocol],
    );
    expect(upstream.connections.length).toBe(from + 1);
    client.finish();
    await client.ended;
  }
  expect(met).toBe(0);
  trap.close();
});

test('honest: 70: a user whose name looks like an address signs in at the server of the configuration', async () => {
  for (const protocol of lineProtocols) {
    const { port, upstream } = stage.on(plain[protocol]);
    const from = upstream.connections.length;
    const client = await RawClient.connect(port);
    expect(await client.line()).toMatch(welcome[protocol]);
    const blob = Buffer.from(`\0${addressed}\0${password}`).toString('base64');
    if (protocol === 'smtp') expect(await client.smtp(`AUTH PLAIN ${blob}`)).toEqual([expect.stringMatching(/^235/)]);
    if (protocol === 'nntp') expect(await client.pop3(`AUTHINFO SASL PLAIN ${blob}`)).toMatch(/^281/);
    if (protocol === 'imap') {
      expect((await client.imap(`a LOGIN ${addressed} ${password}`)).at(-1)).toMatch(/^a OK/);
    }
    if (protocol === 'pop3') {
      expect(await client.pop3(`USER ${addressed}`)).toMatch(/^\+OK/);
      expect(await client.pop3(`PASS ${password}`)).toMatch(/^\+OK/);
    }
    expect((await upstream.connection(from)).user).toBe(addressed);
    client.finish();
    await client.ended;
  }
});

describe('71: the canary secret', () => {
  test('is in no log, state, event, argument, output or file', async () => {
    const blob = Buffer.from(`\0${user}\0${password}`).toString('base64');
    const ways: Record<LineProtocol, string[]> = {
      smtp: [
        `AUTH PLAIN ${blob}\r\n`,
        `AUTH PLAIN\r\n${blob}\r\n`,
        `AUTH LOGIN\r\n${Buffer.from(user).toString('base64')}\r\n${Buffer.from(password).toString('base64')}\r\n`,
        `AUTH PLAIN ${blob}x\r\n`,
        `AUTH  PLAIN ${blob}\r\n`,
        ` AUTH PLAIN ${blob}\r\n`,
        `AUTH\tPLAIN\t${blob}\r\n`,
        `${password}\r\n`,
        `EHLO ${password}\0\r\n`,
        `AUTH PLAIN ${password}${'x'.repeat(20_000)}\r\n`,
        `MAIL FROM:<a@b> AUTH=${password}\r\nDATA\r\n${password}\r\n.\r\n`,
      ],
      imap: [
        `a LOGIN ${user} ${password}\r\n`,
        `a LOGIN {4+}\r\n${user} {${password.length}+}\r\n${password}\r\n`,
        `a AUTHENTICATE PLAIN ${blob}\r\n`,
        `a AUTHENTICATE PLAIN\r\n${blob}\r\n`,
        `${password} LOGIN ${user} wrong\r\n`,
        `a LOGIN ${user} ${password}\0\r\n`,
        `a ${password}\r\n`,
        `a XLOGIN ${password}\r\n`,
        `a LOGIN ${password}${'x'.repeat(20_000)}\r\n`,
      ],
      pop3: [
        `USER ${user}\r\nPASS ${password}\r\n`,
        `AUTH PLAIN ${blob}\r\n`,
        `AUTH PLAIN\r\n${blob}\r\n`,
        `PASS  ${password}\r\n`,
        `pass ${password}\r\n`,
        `PASS\t${password}\r\n`,
        `XPASS ${password}\r\n`,
        `APOP ${user} ${password}\r\n`,
        `PASS ${password}${'x'.repeat(300)}\r\n`,
      ],
      nntp: [
        `AUTHINFO USER ${user}\r\nAUTHINFO PASS ${password}\r\n`,
        `AUTHINFO SASL PLAIN ${blob}\r\n`,
        `AUTHINFO SASL PLAIN\r\n${blob}\r\n`,
        `AUTHINFO SASL LOGIN\r\n${Buffer.from(user).toString('base64')}\r\n${Buffer.from(password).toString('base64')}\r\n`,
        `AUTHINFO SIMPLE ${password}\r\n`,
        `AUTHINFO PASS ${password}${'x'.repeat(9000)}\r\n`,
        `GROUP ${password}\r\n`,
        `${password}\r\n`,
      ],
    };
    for (const protocol of lineProtocols) {
      for (const way of ways[protocol]) {
        const client = await RawClient.connect(stage.on(plain[protocol]).port);
        expect(await client.line()).toMatch(welcome[protocol]);
        client.send(way);
        await client.line();
        client.finish();
        await client.rest();
      }
    }
    // A check signs in with the password from standard input.
    const checked = await stage.postern.commandWith(
      `${password}\n`,
      'check',
      '0 plain smtp',
      '--user',
      user,
      '--password-stdin',
      '--json',
    );
    expect([checked.code, holdsSecret(`${checked.stdout}${checked.stderr}`)]).toEqual([0, false]);
    await honestHalf('honest: 71: the server itself has been told it', () => {
      for (const protocol of lineProtocols) {
        const { connections } = stage.on(plain[protocol]).upstream;
        expect(connections.some((connection) => holdsSecret(connection.inside()))).toBe(true);
      }
    });
    await stage.atRest();

    expect(holdsSecret(JSON.stringify(stage.postern.events))).toBe(false);
    expect(holdsSecret(stage.postern.output())).toBe(false);
    const state: Snapshot = await stage.snapshot();
    expect(holdsSecret(JSON.stringify(state))).toBe(false);
    for (const name of ['cmdline', 'environ']) {
      expect(holdsSecret(readFileSync(`/proc/${stage.pid}/${name}`, 'latin1')), name).toBe(false);
    }
    const stored = readdirSync(stage.postern.dataDirectory, { recursive: true, withFileTypes: true })
      .filter((entry) => entry.isFile())
      .map((entry) => join(entry.parentPath, entry.name));
    expect(stored.some((file) => file.endsWith('postern.log'))).toBe(true);
    for (const file of stored) {
      const lines = readFileSync(file, 'latin1').split('\n');
      expect(
        lines.filter((line) => holdsSecret(line)),
        file,
      ).toEqual([]);
    }
    const log = stored
      .filter((file) => /postern\.log$/.test(file))
      .map((file) => readFileSync(file, 'latin1'))
      .join('');
    // The log was at its most detailed: it contains the lines of the sign-in, without the secrets.
    expect(log).toMatch(/AUTH PLAIN/);
  });
});

describe('72: what is stored', () => {
  const question: Scene = {
    name: 'a question',
    upstream: { protocol: 'pop3', tls: 'implicit', identity: selfSigned({ names: ['localhost'] }) },
  };

  async function start(dataDirectory: string) {
    const postern = await startPostern({ dataDirectory });
    const core = await connectCore(dataDirectory);
    const state = () =>
      new Promise<Snapshot>((resolve) => {
        const end = core.subscribe((message) => {
          if (message.kind !== 'snapshot') return;
          resolve(message.snapshot);
          setImmediate(() => end());
        });
      });
    return {
      postern,
      state,
      async stop() {
        core.close();
        await postern.stop();
      },
    };
  }

  test('trust.json: private, not followed when a link, set aside when damaged; nothing is trusted then', async () => {
    const upstream = await startFakeUpstream({
      identity: selfSigned({ names: ['localhost'] }),
      protocol: 'pop3',
      tls: 'implicit',
    });
    const first = await openStage([{ ...question, relay: { port: upstream.port } }]);
    const greet = async (port: number) => {
      const client = await RawClient.connect(port);
      const line = await client.line();
      client.finish();
      return line;
    };
    const { dataDirectory } = first.postern;
    const trust = join(dataDirectory, 'trust.json');
    expect(await greet(first.postern.port('relay 0'))).toMatch(toldAtGreeting.pop3);
    const { id } = await first.postern.event('certificate-pending');
    await first.core.command('approve', { id, remember: 'always' });
    expect(await greet(first.postern.port('relay 0'))).toMatch(welcome.pop3);
    await first.stop();
    expect(statSync(trust).mode & 0o777).toBe(0o600);
    expect(statSync(dataDirectory).mode & 0o777).toBe(0o700);
    const good = readFileSync(trust, 'utf8');

    // Readable by others: the permissions are tightened again, and the file is trusted.
    chmodSync(trust, 0o666);
    chmodSync(dataDirectory, 0o777);
    const opened = await start(dataDirectory);
    await honestHalf('honest: 72: what is whole is believed after a restart', async () => {
      expect(await greet(opened.postern.port('relay 0'))).toMatch(welcome.pop3);
    });
    expect([statSync(trust).mode & 0o777, statSync(dataDirectory).mode & 0o777]).toEqual([0o600, 0o700]);
    await opened.stop();

    // Written by someone else, in whole or in part.
    const tampered: Record<string, string> = {
      'not JSON': good.slice(0, -20),
      'another version': good.replace('"version": 1', '"version": 2'),
      'a key too many': good.replace('"version": 1', '"version": 1, "trustEverything": true'),
      'a decision that is none': good.replace('"always"', '"yes"'),
      'a text without end': good.replace('"questions"', `"${'x'.repeat(33 * 1024 * 1024)}"`),
      nothing: '',
      'an array': '[]',
      'bytes that are no text': `${good}\xff`,
    };
    for (const [what, text] of Object.entries(tampered)) {
      writeFileSync(trust, text, 'latin1');
      const damaged = await start(dataDirectory);
      expect(await greet(damaged.postern.port('relay 0')), what).toMatch(toldAtGreeting.pop3);
      const { core, decisions } = (await damaged.state()).tables;
      expect(core.core?.warnings.join(), what).toMatch(/trust\.json .*set aside as .*trust\.json\.unusable/);
      expect(decisions, what).toEqual({});
      await damaged.stop();
    }
    expect(readdirSync(dataDirectory).filter((name) => name.startsWith('trust.json.unusable')).length).toBe(
      Object.keys(tampered).length,
    );

    // A link to a file that would be trusted.
    const elsewhere = join(scratchDirectory('elsewhere'), 'trust.json');
    writeFileSync(elsewhere, good);
    writeFileSync(trust, '');
    rmSync(trust);
    symlinkSync(elsewhere, trust);
    const linked = await start(dataDirectory);
    expect(await greet(linked.postern.port('relay 0'))).toMatch(toldAtGreeting.pop3);
    expect((await linked.state()).tables.core.core?.warnings.join()).toMatch(/set aside/);
    await linked.stop();
    expect(readFileSync(elsewhere, 'utf8')).toBe(good);
    expect(statSync(trust).isFile()).toBe(true);
  });

  test('trust.json: a fingerprint that was changed by hand is no decision about another certificate', async () => {
    const known = selfSigned({ names: ['localhost'] });
    const other = selfSigned({ names: ['localhost'] });
    const upstream = await startFakeUpstream({ identity: known, protocol: 'pop3', tls: 'implicit' });
    const first = await openStage([{ ...question, relay: { port: upstream.port } }]);
    const client = await RawClient.connect(first.postern.port('relay 0'));
    await client.ended;
    client.finish();
    const { id } = await first.postern.event('certificate-pending');
    await first.core.command('approve', { id, remember: 'always' });
    await first.stop();
    const trust = join(first.postern.dataDirectory, 'trust.json');
    const text = readFileSync(trust, 'utf8').replaceAll(known.fingerprint, other.fingerprint);
    writeFileSync(trust, text);
    for (const { options } of upstream.connections) options.identity = other;
    const again = await start(first.postern.dataDirectory);
    const stranger = await RawClient.connect(again.postern.port('relay 0'));
    expect(await stranger.line()).toMatch(toldAtGreeting.pop3);
    stranger.finish();
    await again.stop();
  });

  test('config.json: a link is not followed, and what others may write is closed', async () => {
    const directory = join(scratchDirectory('config'), 'data');
    mkdirSync(directory, { mode: 0o777 });
    chmodSync(directory, 0o777);
    const file = join(directory, 'config.json');
    writeFileSync(file, JSON.stringify({ version: 1, accounts: [] }), { mode: 0o666 });
    chmodSync(file, 0o666);
    const postern = await start(directory);
    expect([statSync(directory).mode & 0o777, statSync(file).mode & 0o777]).toEqual([0o700, 0o600]);
    for (const entry of readdirSync(directory, { withFileTypes: true, recursive: true })) {
      const mode = statSync(join(entry.parentPath, entry.name)).mode & 0o777;
      expect([entry.name, mode]).toEqual([entry.name, entry.isDirectory() ? 0o700 : 0o600]);
    }
    await postern.stop();

    const target = join(scratchDirectory('target'), 'config.json');
    writeFileSync(target, JSON.stringify({ version: 1, accounts: [] }));
    const linkDirectory = join(scratchDirectory('link'), 'data');
    mkdirSync(linkDirectory, { mode: 0o700 });
    symlinkSync(target, join(linkDirectory, 'config.json'));
    const program = join(root, 'dist', 'main', 'cli.js');
    const child: ChildProcess = spawn(process.execPath, [program, 'run', '--json', '--data-dir', linkDirectory], {
      stdio: ['ignore', 'ignore', 'pipe'],
    });
    let said = '';
    child.stderr?.on('data', (chunk: Buffer) => {
      said += chunk.toString();
    });
    const [code] = await once(child, 'close');
    expect(code).toBe(2);
    expect(said).toMatch(/symbolic link/);
  });

  test('a configuration that is edited while Postern runs changes nothing until it is asked to', async () => {
    const { dataDirectory } = stage.postern;
    const file = join(dataDirectory, 'config.json');
    const text = readFileSync(file, 'utf8');
    const evil = await startFakeUpstream({
      protocol: 'imap',
      tls: 'implicit',
      identity: selfSigned({ names: ['localhost'] }),
    });
    writeFileSync(
      file,
      text.replaceAll(String(stage.on(plain.imap).upstream.port), String(evil.port)).replaceAll('"implicit"', '"none"'),
    );
    const client = await expectHonest(stage, plain.imap);
    client.finish();
    expect(evil.connections.length).toBe(0);
    writeFileSync(file, text);
  });
});

test('64: nothing is left open behind all of this', async () => {
  await expect.poll(() => socketsBesideListeners(stage)).toBeLessThan(14);
  await expect.poll(() => openFiles(stage.pid).files).toBeLessThan(64);
  expect(existsSync(join(stage.postern.dataDirectory, 'control.json'))).toBe(true);
  expect(blamesThePassword.test('535 5.7.8')).toBe(true);
});
