import { createHash, randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { setTimeout as delay } from 'node:timers/promises';
import { beforeAll, describe, expect, test } from 'vitest';
import { simpleBind } from '../../proxy/protocols/ldap-writer.ts';
import { type Core, relayTo, startCore } from '../support/core.ts';
import { type FakeConnection, startFakeUpstream } from '../support/fake-upstream.ts';
import { kernelBytes } from '../support/kernel-buffers.ts';
import { nextAnswer } from '../support/ldap-words.ts';
import { createAuthority, type Identity, issue } from '../support/pki.ts';
import { RawClient } from '../support/raw-client.ts';

let authority: Identity;
let identity: Identity;
beforeAll(() => {
  authority = createAuthority();
  identity = issue(authority, { names: ['localhost'] });
});

/** A signed-in POP3 session; what happens after that is up to the test. */
async function signedIn(
  tls: 'implicit' | 'starttls',
  behind: (connection: FakeConnection) => Promise<void>,
): Promise<{ core: Core; client: RawClient }> {
  const upstream = await startFakeUpstream({ protocol: 'pop3', tls, identity, signedIn: behind });
  const core = await startCore({ authority, relays: [relayTo({ port: upstream.port, protocol: 'pop3', tls })] });
  const client = await RawClient.connect(core.port('relay'));
  expect(await client.line()).toMatch(/^\+OK/);
  client.send('USER user\r\nPASS secret\r\n');
  expect(await client.line()).toMatch(/^\+OK/);
  expect(await client.line()).toMatch(/^\+OK/);
  return { core, client };
}

describe.each(['implicit', 'starttls'] as const)('%s', (tls) => {
  test('every byte arrives, both ways at once', async () => {
    const down = Buffer.concat([randomBytes(8 * 1024 * 1024), Buffer.from('\r\n')]);
    const up = randomBytes(8 * 1024 * 1024);
    const received = createHash('sha256');
    let finished = () => {};
    const whole = new Promise<void>((resolve) => {
      finished = resolve;
    });
    const { core, client } = await signedIn(tls, async (connection) => {
      let length = 0;
      const take = (chunk: Buffer) => {
        received.update(chunk);
        length += chunk.length;
        if (length === up.length) finished();
      };
      take(connection.stream.detach());
      connection.socket.on('data', take);
      connection.socket.resume();
      connection.socket.write(down);
      await whole;
    });
    client.send(up);
    const got = await client.bytes(down.length);
    await whole;
    expect(Buffer.compare(got, down)).toBe(0);
    expect(received.digest('hex')).toBe(createHash('sha256').update(up).digest('hex'));
    expect(await client.ended).toBe('end');
    client.socket.end();
    const closed = await core.event('session-closed');
    expect(closed).toMatchObject({ ending: 'clean', truncated: false });
    expect(closed.bytesDown).toBeGreaterThan(down.length);
    expect(closed.bytesUp).toBeGreaterThan(up.length);
  });

  test('an end by close_notify is a clean end, and what the program still says arrives', async () => {
    let last: Promise<Buffer> = Promise.resolve(Buffer.alloc(0));
    const { core, client } = await signedIn(tls, async (connection) => {
      await connection.say('+OK last words\r\n');
      connection.socket.end();
      last = connection.stream.rest();
      await last;
    });
    expect(await client.line()).toBe('+OK last words');
    expect(await client.ended).toBe('end');
    client.send('still here\r\n');
    client.socket.end();
    expect(await core.event('session-closed')).toMatchObject({ ending: 'clean', truncated: false });
    expect((await last).toString()).toBe('still here\r\n');
  });

  test('a program that ends its side first still gets the answer', async () => {
    const { core, client } = await signedIn(tls, async (connection) => {
      expect((await connection.stream.rest()).toString()).toBe('QUIT\r\n');
      await connection.say('+OK bye\r\n');
    });
    client.socket.end('QUIT\r\n');
    expect(await client.line()).toBe('+OK bye');
    expect(await client.ended).toBe('end');
    expect(await core.event('session-closed')).toMatchObject({ ending: 'clean' });
  });

  // Courier's TLS does this; nginx and others, too, stop reading the reply of the server behind them.
  test('a server that drops its answer when TLS ends hears of a half-close behind the answer', async () => {
    const answer = `+OK\r\n${'a line of it\r\n'.repeat(50_000)}.\r\n+OK bye\r\n`;
    const { core, client } = await signedIn(tls, async ({ socket, stream, ended }) => {
      await stream.line();
      await stream.line();
      socket.on('end', () => socket.destroy());
      for (const part of answer.match(/[\s\S]{1,100000}/g) ?? []) {
        socket.write(part);
        await delay(10);
      }
      socket.end();
      await ended;
    });
    client.socket.end('RETR 1\r\nQUIT\r\n');
    expect((await client.rest()).toString()).toBe(answer);
    expect(await client.ended).toBe('end');
    expect(await core.event('session-closed')).toMatchObject({ ending: 'clean' });
  });

  describe.each(['cut', 'reset'] as const)('19: a %s', (instead) => {
    test('in the middle of a line is a reset behind the last byte', async () => {
      const { core, client } = await signedIn(tls, async (connection) => {
        await connection.say(`+OK message follows\r\n${'x'.repeat(1000)}`);
        await connection.say({ instead });
        await connection.ended;
      });
      expect(await client.line()).toBe('+OK message follows');
      expect(await client.ended).toBe('reset');
      expect((await client.bytes(1000)).toString()).toBe('x'.repeat(1000));
      expect(await core.event('session-closed')).toMatchObject({ ending: 'truncated', truncated: true });
    });

    test("at a line's end is an end", async () => {
      const { core, client } = await signedIn(tls, async (connection) => {
        await connection.say('+OK bye\r\n');
        await connection.say({ instead });
        await connection.ended;
      });
      expect(await client.line()).toBe('+OK bye');
      expect(await client.ended).toBe('end');
      client.finish();
      expect(await core.event('session-closed')).toMatchObject({ ending: 'clean', truncated: false });
    });
  });

  test('19: a reset in the middle of what the program sends is a reset, and a cut is an end', async () => {
    for (const [instead, heard, ending] of [
      ['reset', 'reset', 'truncated'],
      ['cut', 'end', 'clean'],
    ] as const) {
      const { core, client } = await signedIn(tls, async (connection) => {
        await connection.stream.some();
        await connection.say({ instead });
        await connection.ended;
      });
      client.send('APPEND');
      expect(await client.ended).toBe(heard);
      client.finish();
      expect(await core.event('session-closed')).toMatchObject({ ending });
    }
  });

  test.each([
    { where: "at a line's end", last: '.\r\n', ending: 'end', event: 'clean' },
    { where: 'in the middle of a line', last: 'x', ending: 'reset', event: 'truncated' },
  ])('19: a cut $where takes nothing from a program that reads late', async ({ last, ending, event }) => {
    // As much as the system's buffers hold on the way to a program that does not read.
    const down = Buffer.concat([randomBytes(1024 * 1024), Buffer.from(last)]);
    let cut = () => {};
    const isCut = new Promise<void>((resolve) => {
      cut = resolve;
    });
    const { core, client } = await signedIn(tls, async (connection) => {
      const asked = connection.stream.rest();
      connection.socket.write(down, () => {
        void connection.say({ instead: 'cut' });
        connection.raw.once('finish', cut);
      });
      await asked;
    });
    client.socket.pause();
    client.send('RETR 1\r\nQUIT\r\n');
    await isCut;
    // While it does not read, nothing tells a program that the end has arrived.
    await delay(200);
    client.socket.resume();
    expect((await client.bytes(down.length)).equals(down)).toBe(true);
    expect(await client.ended).toBe(ending);
    client.finish();
    expect(await core.event('session-closed')).toMatchObject({ ending: event });
  });

  test('honest: 19: what a program asked for and half-closed behind arrives, whatever ends it', async () => {
    const { core, client } = await signedIn(tls, async (connection) => {
      await connection.stream.rest();
      await connection.say('+OK 5 octets\r\nhello\r\n.\r\n+OK bye\r\n');
      await connection.say({ instead: 'cut' });
      await connection.ended;
    });
    client.socket.end('RETR 1\r\nQUIT\r\n');
    expect((await client.rest()).toString()).toBe('+OK 5 octets\r\nhello\r\n.\r\n+OK bye\r\n');
    expect(await client.ended).toBe('end');
    expect(await core.event('session-closed')).toMatchObject({ ending: 'clean' });
  });

  test.each(['end', 'cut', 'reset'] as const)(
    'honest: 19: a program that leaves without a word has ended, and a %s of the server with it',
    async (instead) => {
      const { core, client } = await signedIn(tls, async (connection) => {
        await connection.say('+OK queued\r\n');
        await connection.stream.rest();
        await connection.say({ instead });
        await connection.ended;
      });
      expect(await client.line()).toBe('+OK queued');
      client.socket.destroy();
      expect(await core.event('session-closed')).toMatchObject({ ending: 'clean', truncated: false });
    },
  );

  test('honest: 19: a server that goes on without TLS once the program has ended cuts nothing short', async () => {
    const { core, client } = await signedIn(tls, async (connection) => {
      await connection.say('+OK queued\r\n');
      await connection.stream.rest();
      connection.raw.end('421 lost input connection\r\n');
      await connection.ended;
    });
    expect(await client.line()).toBe('+OK queued');
    client.finish();
    expect(await core.event('session-closed')).toMatchObject({ ending: 'clean', truncated: false });
    expect((await client.rest()).toString()).toBe('');
  });

  test("19: what is not TLS is a reset, at a line's end as well", async () => {
    const { core, client } = await signedIn(tls, async (connection) => {
      await connection.say('+OK\r\n');
      connection.raw.write('17 is no record\r\n');
      await connection.ended;
    });
    expect(await client.line()).toBe('+OK');
    expect(await client.ended).toBe('reset');
    expect(await core.event('session-closed')).toMatchObject({ ending: 'truncated' });
  });

  test('what a program sent before it broke off arrives', async () => {
    const up = randomBytes(32 * 1024);
    let heard: Promise<Buffer> = Promise.resolve(Buffer.alloc(0));
    const { core, client } = await signedIn(tls, async (connection) => {
      await connection.say('unread\r\n');
      heard = connection.stream.rest();
      await heard;
    });
    client.socket.pause();
    client.socket.write(up, () => client.socket.resetAndDestroy());
    expect(await core.event('session-closed')).toMatchObject({ ending: 'client-reset' });
    expect((await heard).equals(up)).toBe(true);
  });

  test('a program that resets ends the session with the server', async () => {
    let heard: Promise<string> = Promise.resolve('');
    const { core, client } = await signedIn(tls, async (connection) => {
      heard = connection.stream.ended;
      await heard;
    });
    client.socket.resetAndDestroy();
    expect(await core.event('session-closed')).toMatchObject({ ending: 'client-reset' });
    expect(['end', 'reset']).toContain(await heard);
  });

  test('62: a program that does not read holds the server back in bounded memory', async () => {
    const block = randomBytes(64 * 1024);
    let sent = 0;
    let stalled = () => {};
    const stands = new Promise<void>((resolve) => {
      stalled = resolve;
    });
    let more: FakeConnection | undefined;
    const { client } = await signedIn(tls, async (connection) => {
      more = connection;
      connection.stream.detach();
      // Until the path is full: the kernel's buffers on both hops, and Postern's own.
      for (let still = 0; still < 20; ) {
        if (connection.socket.writableNeedDrain) {
          still += 1;
          if (still < 20) await delay(25);
        } else {
          still = 0;
          connection.socket.write(block);
          sent += block.length;
          await new Promise((resolve) => setImmediate(resolve));
        }
      }
      stalled();
      await once(connection.socket, 'close');
    });
    client.socket.pause();
    await stands;
    // All but a little of it is in the kernel, on both hops; what the scripted server itself holds is among it.
    expect(sent).toBeLessThan(2 * kernelBytes() + 1024 * 1024);
    expect(more?.socket.writableNeedDrain).toBe(true);
    client.socket.resetAndDestroy();
  });
});

test('what a watch refuses is told in last words, however much the program still sends', async () => {
  const upstream = await startFakeUpstream({ protocol: 'ldap', tls: 'implicit', identity });
  const core = await startCore({
    authority,
    relays: [relayTo({ port: upstream.port, protocol: 'ldap', tls: 'implicit' })],
  });
  const client = await RawClient.connect(core.port('relay'));
  client.send(simpleBind(1, 'user', 'secret'));
  expect((await nextAnswer(client)).code).toBe(0);
  // No message begins like this.
  client.send('x'.repeat(100));
  expect(await nextAnswer(client)).toMatchObject({ id: 0, code: 52, words: expect.stringMatching(/^Postern: /) });
  expect(await client.ended).toBe('end');
  // Read and dropped: over unread bytes the end would be a reset, which can take the words with it.
  client.send('x'.repeat(50));
  client.finish();
  const bytesUp = simpleBind(1, 'user', 'secret').length + 150;
  expect(await core.event('session-closed')).toMatchObject({ ending: 'refused', bytesUp });
});
