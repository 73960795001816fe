import { once } from 'node:events';
import net, { type AddressInfo } from 'node:net';
import { afterEach, describe, expect, test } from 'vitest';
import { dial, interleave, joinLookUps, keepAnswers } from '../../proxy/net/dial.ts';
import type { Refused } from '../../proxy/net/refused.ts';

const never = new AbortController().signal;
const servers: net.Server[] = [];

async function listening(host = '127.0.0.1', port = 0): Promise<number> {
  const server = net.createServer((socket) => socket.on('error', () => {}).resume()).listen(port, host);
  servers.push(server);
  await once(server, 'listening');
  return (server.address() as AddressInfo).port;
}

afterEach(() => {
  for (const server of servers.splice(0)) server.close();
});

async function refusalOf(promise: Promise<unknown>): Promise<Refused> {
  return promise.then(
    () => expect.fail('expected a refusal'),
    (error: Refused) => error,
  );
}

test('all who look up the same name wait for one answer; the next one asks again', async () => {
  const asked: string[] = [];
  const answers: ((addresses: string[]) => void)[] = [];
  const resolve = joinLookUps((host) => {
    asked.push(host);
    return new Promise((answer) => answers.push(answer));
  });
  const many = Array.from({ length: 100 }, () => resolve('a.example'));
  const other = resolve('b.example');
  expect(asked).toEqual(['a.example', 'b.example']);
  for (const answer of answers) answer(['127.0.0.9']);
  expect(new Set((await Promise.all([...many, other])).flat())).toEqual(new Set(['127.0.0.9']));
  const later = resolve('a.example');
  expect(asked).toEqual(['a.example', 'b.example', 'a.example']);
  answers[2]?.([]);
  expect(await later).toEqual([]);
  const failing = joinLookUps(() => Promise.reject(new Error('no name server')));
  await expect(failing('a.example')).rejects.toThrow('no name server');
  await expect(failing('a.example')).rejects.toThrow('no name server');
});

test('names that nobody answers for leave a worker thread to the disk; each has its turn', async () => {
  const answers = new Map<string, (addresses: string[]) => void>();
  const resolve = joinLookUps((host) => new Promise((answer) => answers.set(host, answer)));
  const asked = ['a', 'b', 'c', 'd', 'e'].map((host) => resolve(host));
  expect([...answers.keys()]).toEqual(['a', 'b', 'c']);
  for (const host of ['b', 'a', 'c', 'd', 'e']) {
    answers.get(host)?.([host]);
    await asked['abcde'.indexOf(host)];
  }
  expect((await Promise.all(asked)).flat()).toEqual(['a', 'b', 'c', 'd', 'e']);
  answers.clear();
  const again = ['a', 'b', 'c', 'd'].map((host) => resolve(host));
  expect([...answers.keys()]).toEqual(['a', 'b', 'c']);
  for (const host of ['a', 'b', 'c', 'd']) {
    answers.get(host)?.([]);
    await again['abcd'.indexOf(host)];
  }
});

describe('answers are kept', () => {
  /** A resolver that counts how often it is called. */
  function counted(addresses: string[], milliseconds?: number) {
    const asked: string[] = [];
    const resolve = keepAnswers(async (host) => {
      asked.push(host);
      return addresses;
    }, milliseconds);
    return { asked, resolve };
  }

  test('for the connections that follow, each host its own, until it is forgotten', async () => {
    const { asked, resolve } = counted(['127.0.0.9']);
    for (const host of ['a.example', 'a.example', 'b.example', 'a.example']) {
      expect(await resolve(host)).toEqual(['127.0.0.9']);
    }
    expect(asked).toEqual(['a.example', 'b.example']);
    resolve.forget?.('a.example');
    await resolve('a.example');
    await resolve('b.example');
    expect(asked).toEqual(['a.example', 'b.example', 'a.example']);
    resolve.forget?.();
    await resolve('b.example');
    expect(asked).toHaveLength(4);
  });

  test('for a short time only', async () => {
    const { asked, resolve } = counted(['127.0.0.9'], 0);
    await resolve('a.example');
    await resolve('a.example');
    expect(asked).toHaveLength(2);
  });

  test('but not that there is none', async () => {
    const { asked, resolve } = counted([]);
    await resolve('a.example');
    await resolve('a.example');
    expect(asked).toHaveLength(2);
  });

  test('and not where they led nowhere: the next connection asks again', async () => {
    const port = await listening();
    const { asked, resolve } = counted(['127.0.0.1']);
    const target = { server: 'mail.example', address: 'mail.example', port };
    (await dial(target, resolve, never)).destroy();
    (await dial(target, resolve, never)).destroy();
    expect(asked).toHaveLength(1);
    for (const server of servers.splice(0)) server.close();
    expect((await refusalOf(dial(target, resolve, never))).reason).toBe('upstream-unreachable');
    expect((await refusalOf(dial(target, resolve, never))).reason).toBe('upstream-unreachable');
    expect(asked).toHaveLength(2);
  });
});

describe('dial', () => {
  test('reaches an address literal without asking the resolver', async () => {
    const port = await listening();
    const resolve = () => Promise.reject(new Error('not to be asked'));
    const transport = await dial({ server: 'mail.example', address: '127.0.0.1', port }, resolve, never);
    expect(transport.remoteAddress).toBe('127.0.0.1');
    transport.destroy();
  });

  test('goes on to the next address when one refuses', async () => {
    const port = await listening('127.0.0.3');
    const resolve = async () => ['127.0.0.2', '127.0.0.3'];
    const transport = await dial({ server: 'mail.example', address: 'mail.example', port }, resolve, never);
    expect(transport.remoteAddress).toBe('127.0.0.3');
    transport.destroy();
  });

  test('an address that never answers does not hold the next one up', async () => {
    const port = await listening('127.0.0.1');
    // TEST-NET-1 (RFC 5737): nobody answers there.
    const resolve = async () => ['192.0.2.1', '127.0.0.1'];
    const transport = await dial({ server: 'mail.example', address: 'mail.example', port }, resolve, never);
    expect(transport.remoteAddress).toBe('127.0.0.1');
    transport.destroy();
  });

  test('says that nothing listens there', async () => {
    const port = await listening();
    for (const server of servers.splice(0)) server.close();
    const refused = await refusalOf(
      dial({ server: 'mail.example', address: '127.0.0.1', port }, async () => [], never),
    );
    expect(refused.reason).toBe('upstream-unreachable');
    expect(refused.message).toMatch(
      `mail.example is there, but nothing accepts connections on port ${port}. Check the port`,
    );
  });

  test('says that the name is not known', async () => {
    const unknown = () => Promise.reject(Object.assign(new Error('getaddrinfo'), { code: 'ENOTFOUND' }));
    const refused = await refusalOf(
      dial({ server: 'mail.example', address: 'mail.example', port: 993 }, unknown, never),
    );
    expect(refused.reason).toBe('upstream-unreachable');
    expect(refused.message).toContain('There is no server named mail.example.');
  });

  test.each(['looking up', 'connecting'])('ends at once when the signal aborts while %s', async (phase) => {
    const port = await listening();
    const stop = new AbortController();
    const resolve = phase === 'looking up' ? () => new Promise<string[]>(() => {}) : async () => ['127.0.0.1'];
    const dialling = dial({ server: 'mail.example', address: 'mail.example', port }, resolve, stop.signal);
    // The connection is under way by then, and cannot be established before the event loop has turned.
    for (let turn = 0; turn < 20; turn += 1) await Promise.resolve();
    stop.abort(new Error('enough'));
    await expect(dialling).rejects.toThrow('enough');
  });
});

test.each([
  [[], []],
  [['1.1.1.1'], ['1.1.1.1']],
  [
    ['::1', '::2', '1.1.1.1', '2.2.2.2', '3.3.3.3'],
    ['::1', '1.1.1.1', '::2', '2.2.2.2', '3.3.3.3'],
  ],
  [
    ['1.1.1.1', '::1'],
    ['1.1.1.1', '::1'],
  ],
])('interleave %j', (given, expected) => {
  expect(interleave(given)).toEqual(expected);
});
