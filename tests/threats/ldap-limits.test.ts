/** What an address book and its directory may take of Postern: time, memory, places; and what each may send on. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { expect, test } from 'vitest';
import { code, op } from '../../proxy/protocols/ldap-operations.ts';
import { disconnectionNotice, ldapAnswer, simpleBind, unbindRequest } from '../../proxy/protocols/ldap-writer.ts';
import { type Core, relayTo, startCore } from '../support/core.ts';
import {
  type FakeConnection,
  type FakeDirectoryOptions,
  type FakeUpstream,
  startFakeUpstream,
} from '../support/fake-upstream.ts';
import { honestHalf } from '../support/honest-half.ts';
import { kernelBytes } from '../support/kernel-buffers.ts';
import { bound, done, entry, heardIn, nextAnswer, search } from '../support/ldap-words.ts';
import { needRoot } from '../support/needs.ts';
import { RawClient } from '../support/raw-client.ts';
import { until } from '../support/service.ts';
import { holdsSecret } from './refusal.ts';
import { authority, honest, password, user } from './stage.ts';

const silence = { instead: 'silence' } as const;
type Directory = Partial<FakeDirectoryOptions>;
type Settings = NonNullable<Parameters<typeof startCore>[0]['settings']>;

/** A core with a relay, of this name, to each of these directories. */
async function stage<Name extends string>(directories: Record<Name, Directory>, settings: Settings = {}) {
  const upstreams = {} as Record<Name, FakeUpstream>;
  const relays = [];
  for (const [name, more] of Object.entries<Directory>(directories) as [Name, Directory][]) {
    const users = { [user]: password };
    const upstream = await startFakeUpstream({ protocol: 'ldap', tls: 'starttls', identity: honest, users, ...more });
    upstreams[name] = upstream;
    const { tls } = upstream.options;
    relays.push(relayTo({ port: upstream.port, protocol: 'ldap', tls }, { name }));
  }
  const core = await startCore({ authority, relays, settings });
  return { core, upstreams, connect: (name: Name) => RawClient.connect(core.port(name)) };
}

async function signIn(client: RawClient, id = 7): Promise<void> {
  client.send(simpleBind(id, user, password));
  expect(await nextAnswer(client)).toMatchObject({ id, code: code.success });
}

const notNow = (id: number) => ({ id, code: code.unavailable, words: expect.stringMatching(/^Postern: [ -~]{15,}$/) });
const atRest = (core: Core) =>
  until(() => core.proxy.state.all('sessions').length === 0, 'every session of the product is over');

/** Says these bytes one by one, now and then, and never comes to an end. */
function dripping(bytes: Buffer) {
  return async ({ socket }: FakeConnection) => {
    let at = 0;
    const timer = setInterval(() => {
      socket.write(bytes.subarray(at, at + 1));
      at = Math.min(at + 1, bytes.length - 2);
    }, 100);
    await once(socket, 'close');
    clearInterval(timer);
  };
}

test('16, 58: silence, or one byte now and then, gains a directory nothing: told, and over', async () => {
  const long = ldapAnswer(7, op.bindResponse, code.success, 'x'.repeat(20_000));
  const slow =
    (said: Buffer): NonNullable<Directory['answer']> =>
    (_request, connection) => {
      void dripping(said)(connection);
      return silence;
    };
  const { core, upstreams, connect } = await stage(
    {
      silentBind: { answer: () => silence },
      slowBind: { answer: slow(long) },
      slowStartTls: { plain: { startTls: () => silence } },
    },
    { connectTimeoutSeconds: 1 },
  );
  // Its answer to the request for TLS comes byte by byte.
  upstreams.slowStartTls.options.plain = {
    startTls(id) {
      const connection = upstreams.slowStartTls.connections.at(-1);
      if (connection) void dripping(ldapAnswer(id, op.extendedResponse, 0, 'x'.repeat(20_000)))(connection);
      return silence;
    },
  };
  await Promise.all(
    (['silentBind', 'slowBind', 'slowStartTls'] as const).map(async (name) => {
      const client = await connect(name);
      client.send(simpleBind(7, user, password));
      expect(await nextAnswer(client), name).toMatchObject(notNow(7));
      client.finish();
      const refused = await core.event('refused', ({ relay }) => relay === name);
      expect(refused.reason, name).toBe('upstream-timeout');
    }),
  );
  expect(upstreams.slowStartTls.connections[0]?.inside().length).toBe(0);
  await honestHalf('honest: 16, 58: a directory that answers is signed in to', async () => {
    // With more time than the silent ones are given: it must not depend on how busy this machine is.
    const patient = await stage({ honest: {} });
    await signIn(await patient.connect('honest'));
  });
});

test('19: a directory that ends in the middle of a message: what came arrives, and then a reset; behind one, an end', async () => {
  const people = Buffer.concat([entry(8, 'cn=a', 4000), entry(8, 'cn=b', 4000)]);
  const says = (bytes: Buffer): Directory => ({
    signedIn: async ({ socket, raw, stream }) => {
      await stream.bytes(search(8).length);
      socket.write(bytes, () => raw.end());
    },
  });
  const { core, connect } = await stage({ cut: says(people.subarray(0, 6000)), whole: says(people) });
  const looksUp = async (name: 'cut' | 'whole', length: number) => {
    const client = await connect(name);
    await signIn(client);
    client.send(search(8));
    expect(await client.bytes(length)).toEqual(people.subarray(0, length));
    const ending = await client.ended;
    client.finish();
    return ending;
  };
  expect(await looksUp('cut', 6000)).toBe('reset');
  expect(await core.event('session-closed', ({ relay }) => relay === 'cut')).toMatchObject({ ending: 'truncated' });
  await honestHalf('honest: 19: behind a whole message it is an orderly end', async () => {
    expect(await looksUp('whole', people.length)).toBe('end');
    expect(await core.event('session-closed', ({ relay }) => relay === 'whole')).toMatchObject({ ending: 'clean' });
  });
});

test('30: messages that are split at every byte arrive as they are, on both sides of the sign-in', async () => {
  const people = Buffer.concat([entry(8, 'cn=a', 300), done(8)]);
  const asked = Buffer.concat([search(8, 'x'.repeat(300)), unbindRequest(9)]);
  const { upstreams, connect } = await stage({
    split: {
      segment: 1,
      signedIn: async (connection) => {
        await connection.stream.bytes(asked.length);
        await connection.say(people);
        connection.socket.end();
      },
    },
  });
  const client = await connect('split');
  const said = Buffer.concat([simpleBind(7, user, password), asked]);
  for (const byte of said) {
    client.send(Buffer.from([byte]));
    await new Promise(setImmediate);
  }
  await honestHalf('honest: 30: nothing is missing, and nothing was added', async () => {
    expect(await client.rest()).toEqual(Buffer.concat([bound(7), people]));
    client.finish();
    expect(upstreams.split.connections[0]?.inside()).toEqual(said);
  });
});

test('60: more programs than there are places: told so, and let in when there is one', async () => {
  const { core, connect } = await stage({ honest: {} }, { maxConnections: 3 });
  const inside = await Promise.all([1, 2, 3].map(() => connect('honest')));
  for (const client of inside) await signIn(client);
  const late = await connect('honest');
  late.send(simpleBind(7, user, password));
  expect(heardIn(await late.rest())).toMatchObject(notNow(expect.any(Number) as never));
  late.finish();
  expect(await core.event('refused')).toMatchObject({ reason: 'too-many-connections' });
  inside[0]?.reset();
  await core.event('session-closed');
  await honestHalf('honest: 60: a place that was given up is taken by the next', async () => {
    await signIn(await connect('honest'));
  });
});

test('62: a long answer to a program that does not read: the directory is held back, and all of it arrives', async () => {
  const person = entry(8, 'cn=a', 1024 * 1024);
  // More than the kernel holds on both hops, and Postern's own buffers.
  const total = 16 + Math.ceil((2 * kernelBytes()) / person.length);
  let sent = 0;
  const { connect } = await stage({
    large: {
      signedIn: async ({ socket, stream }) => {
        stream.detach();
        const people = Readable.from(
          (function* () {
            for (; sent < total; sent += 1) yield person;
            yield done(8);
          })(),
          { objectMode: true },
        );
        await pipeline(people, socket);
      },
    },
  });
  const client = await connect('large');
  await signIn(client);
  client.socket.pause();
  client.send(search(8));
  // Until nothing moves any more: every buffer along the way is full.
  let before = -1;
  await until(async () => {
    await new Promise((resolve) => setTimeout(resolve, 200));
    const still = sent === before && sent > 0;
    before = sent;
    return still;
  }, 'the directory is held back');
  expect(sent).toBeLessThan(total);
  let received = client.received.length - bound(7).length;
  let tail = Buffer.alloc(0);
  client.socket.removeAllListeners('data');
  client.socket.on('data', (chunk: Buffer) => {
    received += chunk.length;
    tail = Buffer.concat([tail, chunk]).subarray(-done(8).length);
  });
  client.socket.resume();
  await honestHalf('honest: 62: once the program reads, all of it arrives', async () => {
    await client.ended;
    client.finish();
    expect(received).toBe(total * person.length + done(8).length);
    expect(tail).toEqual(done(8));
  });
});

test('64: resets at every step, of either side: nothing is left of them', async () => {
  const reset = { instead: 'reset' } as const;
  const { core, upstreams, connect } = await stage({
    honest: {},
    atStartTls: { plain: { startTls: () => reset } },
    atBind: { answer: () => reset },
    atSearch: { answer: (said) => (said.includes('dc=example') ? reset : undefined) },
  });
  const bind = simpleBind(7, user, password);
  const programs: ((client: RawClient) => Promise<void>)[] = [
    async () => {},
    async (client) => client.send(bind.subarray(0, 9)),
    async (client) => client.send(bind),
    async (client) => signIn(client),
    async (client) => {
      await signIn(client);
      client.send(search(8).subarray(0, 9));
    },
    async (client) => {
      await signIn(client);
      client.send(search(8));
    },
  ];
  for (let round = 0; round < 15; round += 1) {
    for (const goesOn of programs) {
      const client = await connect('honest');
      await goesOn(client);
      client.reset();
    }
    for (const name of ['atStartTls', 'atBind', 'atSearch'] as const) {
      const client = await connect(name);
      client.send(Buffer.concat([bind, search(8)]));
      await client.ended;
      client.finish();
    }
  }
  await atRest(core);
  for (const { connections } of Object.values(upstreams)) {
    for (const { stream, raw } of connections) if (!raw.destroyed) await stream.ended;
  }
  expect(core.proxy.state.all('questions')).toEqual([]);
  await honestHalf('honest: 64: the next one signs in', async () => signIn(await connect('honest')));
});

test('67: a program of another user is told so, and its request goes nowhere', async () => {
  needRoot();
  const { core, upstreams, connect } = await stage({ honest: {} });
  const request = simpleBind(7, user, password).toString('hex');
  const script = `
    const socket = require('node:net').connect(${core.port('honest')}, '127.0.0.1');
    socket.on('error', () => {});
    socket.write(Buffer.from('${request}', 'hex'));
    socket.pipe(process.stdout);`;
  const other = spawn(process.execPath, ['-e', script], {
    uid: 65_534,
    gid: 65_534,
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  const heard: Buffer[] = [];
  other.stdout.on('data', (chunk: Buffer) => void heard.push(chunk));
  await once(other, 'close');
  expect(heardIn(Buffer.concat(heard))).toMatchObject(notNow(expect.any(Number) as never));
  expect(await core.event('refused')).toMatchObject({ reason: 'client-other-user' });
  for (const { inside } of upstreams.honest.connections) expect(inside().length).toBe(0);
  await honestHalf('honest: 67: one of the owner’s comes in', async () => signIn(await connect('honest')));
});

test('68: what needs a sign-in and has none gets the directory’s own answer', async () => {
  const { connect } = await stage({ honest: {} });
  const client = await connect('honest');
  client.send(search(6));
  expect(await client.bytes(done(6, code.strongerAuthRequired).length)).toEqual(done(6, code.strongerAuthRequired));
  await honestHalf('honest: 68: the sign-in goes through after it', async () => {
    await signIn(client);
    client.send(search(8));
    expect(await nextAnswer(client)).toMatchObject({ id: 8, code: code.success });
  });
});

test('70: names that look like addresses of servers lead nowhere else', async () => {
  const names = ['ldap://127.0.0.1:9/cn=a', 'cn=a,dc=evil,dc=example', 'a@evil.example:389', '127.0.0.1:9'];
  const { upstreams, connect } = await stage({ honest: { users: { 'a@evil.example:389': password } } });
  for (const name of names) {
    const client = await connect('honest');
    client.send(simpleBind(7, name, 'wrong'));
    // The directory's own answer, passed on unchanged.
    expect(await client.bytes(bound(7, 49).length)).toEqual(bound(7, 49));
    client.reset();
  }
  expect(upstreams.honest.connections).toHaveLength(names.length);
  await honestHalf('honest: 70: whoever has such a name signs in with it', async () => {
    const client = await connect('honest');
    client.send(simpleBind(7, 'a@evil.example:389', password));
    expect(await nextAnswer(client)).toMatchObject({ code: code.success });
  });
});

test('26: a notice that comes before TLS is not what the program hears', async () => {
  const words = 'your account is closed';
  const { connect, upstreams } = await stage({
    alerts: { plain: { greeting: disconnectionNotice(52, words) } },
    honest: {},
  });
  const client = await connect('alerts');
  client.send(simpleBind(7, user, password));
  const heard = await nextAnswer(client);
  expect(heard).toMatchObject(notNow(7));
  expect(heard.words).not.toContain(words);
  for (const connection of upstreams.alerts.connections) expect(holdsSecret(connection.plaintext())).toBe(false);
  await honestHalf('honest: 26: inside TLS a directory’s goodbye is its own', async () => {
    const leaving = await stage({ leaves: { answer: () => disconnectionNotice(52, words).toString('latin1') } });
    const other = await leaving.connect('leaves');
    other.send(simpleBind(7, user, password));
    expect(await nextAnswer(other)).toMatchObject({ id: 0, words });
  });
});
