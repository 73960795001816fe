/** Other users and web pages that connect by the hundred, alongside our own programs, against the built product. */
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { chownSync, existsSync, mkdirSync, readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { connect } from 'node:net';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { beforeAll, describe, expect, test } from 'vitest';
import { atEnd, scratchDirectory } from '../support/clean-up.ts';
import { startFakeUpstream } from '../support/fake-upstream.ts';
import { honestHalf } from '../support/honest-half.ts';
import { mailAndNews } from '../support/line-protocols.ts';
import { needNamespaces, needRoot } from '../support/needs.ts';
import { startPostern } from '../support/postern.ts';
import { residentBytes } from '../support/process-files.ts';
import { runProgram } from '../support/programs.ts';
import { RawClient } from '../support/raw-client.ts';
import { until } from '../support/service.ts';
import { root } from '../support/sources.ts';
import { authority, expectHonest, honest, openStage, type Scene, type Stage, toldAtGreeting } from './stage.ts';

const scene: Scene = { name: '84: a server that strangers drive', upstream: { protocol: 'imap', tls: 'implicit' } };
const fresh: Scene = { name: '84: one that nobody has used yet', upstream: { protocol: 'smtp', tls: 'implicit' } };
const news: Scene = { name: '84: a server of news, nntp', upstream: { protocol: 'nntp', tls: 'implicit' } };
/** How many connections all of our programs may have together; each test has at least ten times as many strangers. */
const places = 20;

let stage: Stage;
beforeAll(async () => {
  stage = await openStage([scene, fresh, news], { maxConnections: places });
});

/** Runs a Python script as another user. Returns its lines. */
function asNobody(script: string): { child: ChildProcess; line(): Promise<string> } {
  needRoot();
  const child = spawn('python3', ['-c', script], { uid: 65_534, gid: 65_534, stdio: ['pipe', 'pipe', 'inherit'] });
  atEnd(() => void child.kill());
  const lines = createInterface({ input: child.stdout as NodeJS.ReadableStream })[Symbol.asyncIterator]();
  return { child, line: async () => String((await lines.next()).value) };
}

const many = (port: number, count: number) => `
import socket, sys
held = [socket.create_connection(("127.0.0.1", ${port})) for _ in range(${count})]
print("held", flush=True)
told = [s.recv(4096).decode() for s in held]
print(sum(1 for t in told if t.startswith("* BYE Postern: A program of another user")), flush=True)
sys.stdin.read()`;

/**
 * The lines of the log about what has happened since then: those of an earlier case may be written late, with their own
 * time.
 */
function logSince(then: Date): string[] {
  const file = join(stage.postern.dataDirectory, 'logs', 'postern.log');
  // None before the first line is written.
  const lines = existsSync(file) ? readFileSync(file, 'utf8').split('\n') : [];
  return lines.filter((line) => line >= then.toISOString());
}

/**
 * At most five are reported singly in a minute, and the others together in one line; a slow machine takes more minutes.
 *
 * @param of the relay and the reason: what is left to say of an earlier case comes at the end of its minute
 */
function expectFewTold(since: number, began: number, of: { relay: string; reason: string }): void {
  const minutes = Math.floor((performance.now() - began) / 60_000) + 1;
  const told = stage.postern.events
    .slice(since)
    .flatMap((event) => (event.event === 'refused' && event.relay === of.relay ? [event] : []))
    .filter(({ reason }) => reason === of.reason);
  const summed = told.filter(({ times }) => times !== undefined);
  expect(summed.length).toBeLessThanOrEqual(minutes);
  expect(told.length - summed.length).toBeLessThanOrEqual(5 * (summed.length + 1));
}

describe('84: two hundred connections of another user', () => {
  test('are told, cost the server no connection and us no place, and are few lines and one number', async () => {
    const { port, relay, upstream } = stage.on(scene);
    const from = upstream.connections.length;
    const since = stage.postern.events.length;
    const began = performance.now();
    const before = (await stage.snapshot()).tables.relays[relay]?.refusalsTotal ?? 0;
    const strangers = asNobody(many(port, 200));
    expect(await strangers.line()).toBe('held');
    expect(await strangers.line()).toBe('200');
    expect(upstream.connections.length).toBe(from);
    expect((await stage.snapshot()).tables.relays[relay]?.refusalsTotal).toBe(before + 200);
    expectFewTold(since, began, { relay, reason: 'client-other-user' });
    // honest: they are still connected, and all of our places are still free.
    const ours = await Promise.all(Array.from({ length: places }, () => expectHonest(stage, scene)));
    expect(ours).toHaveLength(places);
    for (const client of ours) client.finish();
    strangers.child.stdin?.end();
    await once(strangers.child, 'close');
    await stage.atRest();
  });

  test('honest: 84: our own twenty programs of imap and nntp, at once', async () => {
    const ours = await Promise.all(
      Array.from({ length: places }, (_, at) => expectHonest(stage, at % 2 === 0 ? scene : news)),
    );
    expect(ours).toHaveLength(places);
    for (const client of ours) client.finish();
    await stage.atRest();
  });
});

describe.each([scene, fresh, news])('84: two hundred requests of a web page, imap, smtp and nntp: $name', (target) => {
  test('cost the server no connection and us no place, and are few lines', async () => {
    const { port, relay, upstream } = stage.on(target);
    const from = upstream.connections.length;
    const since = stage.postern.events.length;
    const [began, then] = [performance.now(), new Date()];
    // A browser sends its request as soon as the connection is made. How soon that is must not depend on how busy this
    // process is, so the core accepts nobody before all of the requests are there.
    process.kill(stage.pid, 'SIGSTOP');
    const pages = Array.from({ length: 200 }, () => connect(port, '127.0.0.1'));
    try {
      await Promise.all(
        pages.map((page) => {
          const request = `POST / HTTP/1.1\r\nHost: 127.0.0.1:${port}\r\n\r\n`;
          return new Promise<void>((resolve) => page.write(request, () => resolve()));
        }),
      );
    } finally {
      process.kill(stage.pid, 'SIGCONT');
    }
    await Promise.all(
      pages.map(async (page) => {
        const [told] = await once(page, 'data');
        expect(String(told).trimEnd()).toMatch(toldAtGreeting[target.upstream.protocol]);
        page.destroy();
      }),
    );
    expect(upstream.connections.length).toBe(from);
    expectFewTold(since, began, { relay, reason: 'client-not-mail' });
    (await expectHonest(stage, target)).finish();
    await stage.atRest();
    // Its line comes after all of theirs.
    const ofRelay = () => logSince(then).filter((line) => line.includes(`relay="${relay}"`));
    await until(
      () => ofRelay().some((line) => line.includes(' info session ')),
      'the honest session stands in the log',
    );
    expect(ofRelay().some((line) => line.includes('reason=client-not-mail'))).toBe(true);
    expect(ofRelay().length).toBeLessThan(20);
  });
});

describe('80: a thousand idle connections of another user at the control port', () => {
  const idle = (port: number) => `
import socket, sys
held = [socket.create_connection(("127.0.0.1", ${port})) for _ in range(1000)]
print("held", flush=True)
print(sum(1 for s in held if s.recv(4096).startswith(b"HTTP/1.1 403") and s.recv(1) == b""), flush=True)
sys.stdin.read()`;

  test('are cut with a word; the owner’s commands and window work at once; a second start is refused', async () => {
    const { port } = JSON.parse(readFileSync(join(stage.postern.dataDirectory, 'control.json'), 'utf8'));
    const then = new Date();
    const strangers = asNobody(idle(port));
    expect(await strangers.line()).toBe('held');
    expect((await stage.postern.command('status')).code).toBe(0);
    expect(await strangers.line()).toBe('1000');
    // The mail ports have lines of their own.
    const ofControl = () => logSince(then).filter((line) => !line.includes(' relay='));
    await until(() => ofControl().some((line) => line.includes('strangers-cut')), 'they stand in the log');
    expect(ofControl().length).toBeLessThan(5);
    const second = await stage.postern.command('run', '--json');
    expect([second.code, second.stdout.length]).toEqual([1, 0]);
    expect(second.stderr).toContain('Postern is already running');
    expect((await stage.postern.command('status')).code).toBe(0);
    strangers.child.stdin?.end();
    await once(strangers.child, 'close');
  });

  test('honest: 80: our own programs are all served, as many as there are places', async () => {
    const asked = await Promise.all(Array.from({ length: 12 }, () => stage.snapshot()));
    expect(asked).toHaveLength(12);
  });
});

test('80: connections of the owner’s browser that ask nothing, more than there are places, keep no command out', async () => {
  const { port } = JSON.parse(readFileSync(join(stage.postern.dataDirectory, 'control.json'), 'utf8'));
  // A page makes its browser hold hundreds: opened in advance, abandoned, or with a request that never ends.
  const held = Array.from({ length: 200 }, (_, at) => {
    const socket = connect(port, '127.0.0.1').on('error', () => undefined);
    if (at % 2 === 1) socket.write('GET / HTTP/1.1\r\nHost: ');
    return socket;
  });
  await Promise.all(held.map((socket) => once(socket, 'connect')));
  expect((await stage.postern.command('status')).code).toBe(0);
  for (const socket of held) socket.destroy();
});

describe('81: a second start beside a core that was stopped', () => {
  test('is refused, the control file stays, the client says what is wrong, and then all goes on', async () => {
    const file = join(stage.postern.dataDirectory, 'control.json');
    const control = readFileSync(file, 'utf8');
    process.kill(stage.pid, 'SIGSTOP');
    try {
      const second = await stage.postern.command('run', '--json');
      expect([second.code, second.stdout.length]).toEqual([1, 0]);
      expect(second.stderr).toContain(`Postern is already running with this data directory (process ${stage.pid}).`);
      const status = await stage.postern.command('certificates', 'forget', 'aabbccdd');
      expect([status.code, status.stdout.length]).toEqual([1, 0]);
      expect(status.stderr).toMatch(/Postern runs \(process \d+\), but cannot be reached: It does not answer/);
    } finally {
      process.kill(stage.pid, 'SIGCONT');
    }
    expect(readFileSync(file, 'utf8')).toBe(control);
    expect((await stage.postern.command('status')).code).toBe(0);
    (await expectHonest(stage, scene)).finish();
  });
});

/** A program whose socket is IPv6, and which reaches 127.0.0.1. */
const overIpv6 = (to: number, says: string) => `
import socket
s = socket.socket(socket.AF_INET6, socket.SOCK_STREAM)
s.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_V6ONLY, 0)
s.connect(("::ffff:127.0.0.1", ${to}))
s.sendall(${JSON.stringify(says)}.encode())
print(s.recv(4096).decode().splitlines()[0], flush=True)`;

test('honest: 82, 83: a program of imap or nntp with a socket of IPv6 is served as any other, also at the control channel', async () => {
  const run = async (text: string) => {
    const child = spawn('python3', ['-c', text], { stdio: ['ignore', 'pipe', 'inherit'] });
    const [line] = await once(createInterface({ input: child.stdout as NodeJS.ReadableStream }), 'line');
    return line;
  };
  expect(await run(overIpv6(stage.on(scene).port, ''))).toMatch(/^\* OK/);
  expect(await run(overIpv6(stage.on(news).port, ''))).toMatch(/^200 /);
  const control = JSON.parse(readFileSync(join(stage.postern.dataDirectory, 'control.json'), 'utf8'));
  const ask = `GET /api/alive HTTP/1.1\r\nHost: 127.0.0.1:${control.port}\r\nAuthorization: Bearer ${control.token}\r\n\r\n`;
  expect(await run(overIpv6(control.port, ask))).toBe('HTTP/1.1 204 No Content');
});

test('82: another user’s program of imap or nntp with a socket of IPv6 is one of another user', async () => {
  for (const target of [scene, news]) {
    const stranger = asNobody(overIpv6(stage.on(target).port, ''));
    expect(await stranger.line()).toMatch(/^(?:\* BYE|400) Postern: A program of another user/);
  }
});

test('83: a system that hides whose program it is lets nobody in, neither pop3 nor nntp: refused, told, stated, and nothing is dialled', async () => {
  needNamespaces();
  const servers = await Promise.all(
    mailAndNews.map((protocol) => startFakeUpstream({ identity: honest, protocol, tls: 'implicit' })),
  );
  const postern = await startPostern({
    configuration: {
      version: 1,
      accounts: [
        {
          name: 'A',
          relays: servers.map(({ port, options: { protocol } }) => ({
            ...{ name: protocol, protocol, listen: '127.0.0.1:0', server: 'localhost', port, tls: 'implicit' },
          })),
        },
      ],
    },
    // Hide /proc under an empty file system.
    under: ['unshare', '-m', 'sh', '-c', 'mount -t tmpfs none /proc && exec "$@"', 'hidden'],
  });
  for (const protocol of mailAndNews) {
    const client = await RawClient.connect(postern.port(protocol));
    expect(await client.line()).toMatch(/^(?:-ERR \[SYS\/TEMP\]|400) Postern: The system did not say whose program/);
    client.finish();
    const refused = await postern.event('refused', ({ relay }) => relay === protocol);
    expect(refused).toMatchObject({ reason: 'client-other-user' });
  }
  expect(servers.map(({ connections }) => connections)).toEqual([[], []]);
  // The control channel applies the same rule, and does not take the owner for somebody else.
  const control = JSON.parse(readFileSync(join(postern.dataDirectory, 'control.json'), 'utf8'));
  const asking = await RawClient.connect(control.port);
  expect((await asking.rest()).toString()).toMatch(
    /^HTTP\/1\.1 403 [\s\S]*This system does not tell Postern whose program asks/,
  );
  await postern.stop();
});

test('87: no descriptor is left for the control channel: the mail goes on', async () => {
  const upstream = await startFakeUpstream({
    identity: honest,
    protocol: 'pop3',
    tls: 'implicit',
    users: { user: 'x' },
  });
  const relay = {
    name: 'r',
    protocol: 'pop3',
    listen: '127.0.0.1:0',
    server: 'localhost',
    port: upstream.port,
  } as const;
  const dataDirectory = join(scratchDirectory('few'), 'data');
  mkdirSync(dataDirectory, { mode: 0o700 });
  writeFileSync(join(dataDirectory, 'root.pem'), authority.certPem, { mode: 0o600 });
  const postern = await startPostern({
    configuration: {
      version: 1,
      accounts: [{ name: 'A', relays: [{ ...relay, tls: 'implicit' }] }],
      certificateAuthorities: ['root.pem'],
    },
    dataDirectory,
    under: ['prlimit', '--nofile=64:64'],
  });
  const client = await RawClient.connect(postern.port('r'));
  expect(await client.line()).toMatch(/^\+OK/);
  client.send('USER user\r\nPASS x\r\n');
  expect([await client.line(), await client.line()].join()).toMatch(/^\+OK.*\+OK/);
  const { port } = JSON.parse(readFileSync(join(dataDirectory, 'control.json'), 'utf8')) as { port: number };
  const held = Array.from({ length: 200 }, () => connect(port, '127.0.0.1').on('error', () => undefined));
  await Promise.all(held.slice(0, 20).map((socket) => once(socket, 'connect')));
  for (let round = 0; round < 20; round += 1) {
    client.send('NOOP\r\n');
    expect(await client.line()).toMatch(/^\+OK/);
  }
  for (const socket of held) socket.destroy();
  await honestHalf('honest: 87: when they are free again, commands and new connections work as before', async () => {
    await until(async () => (await postern.command('status')).code === 0, 'commands work again');
    const next = await RawClient.connect(postern.port('r'));
    expect(await next.line()).toMatch(/^\+OK/);
    next.finish();
  });
  client.finish();
  await postern.stop();
});

describe('87: memory, by programs of the owner at the control channel', () => {
  const megabyte = 1024 * 1024;
  const control = () => {
    const { port, token } = JSON.parse(readFileSync(join(stage.postern.dataDirectory, 'control.json'), 'utf8'));
    const open = (head: string) => {
      const socket = connect(port, '127.0.0.1').on('error', () => undefined);
      atEnd(() => void socket.destroy());
      socket.write(`${head} HTTP/1.1\r\nHost: 127.0.0.1:${port}\r\nAuthorization: Bearer ${token}\r\n`);
      return socket;
    };
    return { open };
  };

  test('bodies without end are refused, streams that nobody reads are let go, and the mail goes on', async () => {
    const { open } = control();
    const signedIn = await expectHonest(stage, scene);
    const before = residentBytes(stage.pid);
    // As many as the channel allows: the first half do not read a state that keeps changing.
    const streams = Array.from({ length: 30 }, () => {
      const stream = open('GET /api/events');
      stream.pause();
      stream.write('\r\n');
      return stream;
    });
    const answers = Array.from({ length: 30 }, async () => {
      const body = open('POST /api/command/configure');
      body.write('Content-Type: application/json\r\nTransfer-Encoding: chunked\r\n\r\n');
      const part = `10000\r\n${'x'.repeat(65_536)}\r\n`;
      const feed = () => {
        while (!body.destroyed && body.writable && body.write(part));
      };
      body.on('drain', feed);
      feed();
      let said = '';
      body.on('data', (chunk) => {
        said += chunk;
      });
      await new Promise((resolve) => body.on('close', resolve));
      return said.split('\r\n')[0];
    });
    // A client that goes on sending may see the connection end before it has read the reason.
    for (const said of await Promise.all(answers)) expect(['', 'HTTP/1.1 413 Payload Too Large']).toContain(said);
    for (let round = 0; round < 50; round += 1) {
      const page = connect(stage.on(scene).port, '127.0.0.1').on('error', () => undefined);
      page.write('GET / HTTP/1.1\r\n\r\n');
      await once(page, 'data');
      page.destroy();
      expect((await signedIn.imap(`n${round} NOOP`)).at(-1)).toMatch(/ OK/);
    }
    // Thirty bodies of at most a mebibyte each, and what Node has not collected yet.
    expect(residentBytes(stage.pid) - before).toBeLessThan(96 * megabyte);
    await honestHalf('honest: 87: commands are answered meanwhile', async () => {
      expect((await stage.postern.command('status')).code).toBe(0);
    });
    for (const stream of streams) stream.destroy();
    signedIn.finish();
    await stage.atRest();
  });
});

describe('98: root, with a folder or files of another user', () => {
  const of = (owner: number, what: 'folder' | 'file') => {
    needRoot();
    const dataDirectory = join(scratchDirectory('theirs'), 'data');
    mkdirSync(dataDirectory, { mode: 0o700 });
    writeFileSync(join(dataDirectory, 'config.json'), JSON.stringify({ version: 1, accounts: [] }), { mode: 0o600 });
    chownSync(what === 'folder' ? dataDirectory : join(dataDirectory, 'config.json'), owner, owner);
    return dataDirectory;
  };
  const program = join(root, 'dist', 'main', 'cli.js');
  const run = (dataDirectory: string, ...words: string[]) =>
    runProgram(process.execPath, [program, ...words, '--data-dir', dataDirectory]);

  test.each(['folder', 'file'] as const)(
    '98: a %s of theirs is refused in a sentence, and nothing is changed',
    async (what) => {
      const dataDirectory = of(65_534, what);
      const before = readdirSync(dataDirectory);
      const { code, stderr } = await run(dataDirectory, 'run', '--json');
      expect(code).toBe(2);
      expect(stderr.toString()).toMatch(/belongs to another user \(user id 65534\)/);
      expect(stderr.toString()).not.toMatch(/ at /);
      expect(readdirSync(dataDirectory)).toEqual(before);
      expect(statSync(dataDirectory).uid).toBe(what === 'folder' ? 65_534 : 0);
    },
  );

  test('98: a place where not even root can make a folder is refused in a sentence', async () => {
    for (const place of ['/proc/postern', '/proc/self/postern']) {
      const { code, stderr } = await run(place, 'run', '--json');
      expect(code).toBe(2);
      expect(stderr.toString()).toMatch(/^postern: \/proc\/[^\n]+ with --data-dir\n$/);
    }
  });

  test('honest: 98: root with what is its own', async () => {
    const postern = await startPostern({ dataDirectory: of(0, 'folder') });
    expect((await postern.command('status')).code).toBe(0);
    expect(await postern.stop()).toBe(0);
  });
});

test('another user’s status and certificates end in a sentence; what only looks makes no folder', async () => {
  const program = join(root, 'dist', 'main', 'cli.js');
  const missing = join(scratchDirectory('missing'), 'data');
  for (const words of [['status'], ['certificates'], ['check'], ['diagnostics', join(missing, '..', 'out.zip')]]) {
    const { code, stderr } = await runProgram(process.execPath, [program, ...words, '--data-dir', missing]);
    expect([words[0], code]).toEqual([words[0], 1]);
    expect(stderr.toString()).toMatch(/^postern: [^\n]+\n$/);
    expect(existsSync(missing)).toBe(false);
  }
  for (const words of [['status'], ['certificates'], ['window']]) {
    const text = `import subprocess, sys
r = subprocess.run(${JSON.stringify([process.execPath, program, ...words, '--data-dir', stage.postern.dataDirectory])}, capture_output=True, text=True)
print(r.returncode, r.stderr.replace(chr(10), "|"), flush=True)`;
    expect(await asNobody(text).line()).toMatch(/^[12] postern: [^|]+\|$/);
  }
});

test('67: another user that gives its socket away, comes from elsewhere on loopback, shares the port or looks inside gets nowhere', async () => {
  const { port, upstream } = stage.on(scene);
  const from = upstream.connections.length;
  const script = `
import os, socket, struct
def says(s):
    return "other" if s.recv(4096).startswith(b"* BYE Postern: A program of another user") else "let in"
def fails(act):
    try:
        act()
    except OSError:
        return "no"
    return "yes"
given = socket.create_connection(("127.0.0.1", ${port}))
print(fails(lambda: os.fchown(given.fileno(), 0, 0)), says(given), flush=True)
elsewhere = socket.create_connection(("127.0.0.1", ${port}), source_address=("127.0.0.5", 0))
print(says(elsewhere), flush=True)
def share(family, address):
    s = socket.socket(family)
    s.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEPORT, 1)
    s.bind((address, ${port}))
    s.listen()
print(fails(lambda: share(socket.AF_INET, "127.0.0.1")), fails(lambda: share(socket.AF_INET, "0.0.0.0")), flush=True)
print(fails(lambda: os.listdir(${JSON.stringify(stage.postern.dataDirectory)})), flush=True)
print(fails(lambda: os.listdir("/proc/${stage.pid}/fd")), fails(lambda: os.kill(${stage.pid}, 19)), flush=True)
for _ in range(100):
    s = socket.create_connection(("127.0.0.1", ${port}))
    s.send(b"a", socket.MSG_OOB)
    s.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    s.close()
print("gone", flush=True)`;
  const stranger = asNobody(script);
  const said = [];
  for (let line = 0; line < 6; line += 1) said.push(await stranger.line());
  expect(said).toEqual(['no other', 'other', 'no no', 'no', 'no no', 'gone']);
  expect(upstream.connections.length).toBe(from);
  (await expectHonest(stage, scene)).finish();
  await stage.atRest();
});
