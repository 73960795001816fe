/** The line to a directory breaks at every byte of a request for TLS and of a bind, and stalls: steps.test.ts, in messages. */
import { beforeAll, describe, expect, test } from 'vitest';
import { op } from '../../proxy/protocols/ldap-operations.ts';
import { simpleBind, unbindRequest } from '../../proxy/protocols/ldap-writer.ts';
import { scratchDirectory } from '../support/clean-up.ts';
import { startFakeUpstream } from '../support/fake-upstream.ts';
import { bound, heardIn, search } from '../support/ldap-words.ts';
import { createAuthority, issue, writeFiles } from '../support/pki.ts';
import { type Postern, startPostern } from '../support/postern.ts';
import { openFiles } from '../support/process-files.ts';
import { RawClient } from '../support/raw-client.ts';
import { until } from '../support/service.ts';
import { password, user } from '../threats/stage.ts';
import { type Fault, type FaultyLine, openFaultyLine } from './faulty-line.ts';

const modes = ['implicit', 'starttls'] as const;
type Mode = (typeof modes)[number];
/** A whole session in one piece, without waiting for replies. */
const whole = Buffer.concat([simpleBind(7, user, password), search(8), unbindRequest(9)]);
const accepted = bound(7);

const lines = new Map<Mode, FaultyLine>();
let postern: Postern;
let atRest: { sockets: number; files: number };
beforeAll(async () => {
  const authority = createAuthority();
  const identity = issue(authority, { names: ['localhost'] });
  for (const tls of modes) {
    const server = await startFakeUpstream({ protocol: 'ldap', tls, identity, users: { [user]: password } });
    lines.set(tls, await openFaultyLine(server.port));
  }
  const place = { protocol: 'ldap', server: 'localhost', address: '127.0.0.1', listen: '127.0.0.1:0' } as const;
  postern = await startPostern({
    configuration: {
      version: 1,
      accounts: [
        { name: 'A', relays: modes.map((tls) => ({ ...place, name: tls, tls, port: lines.get(tls)?.port ?? 0 })) },
      ],
      certificateAuthorities: [writeFiles(scratchDirectory('authority'), authority).root],
      settings: { certificateDecisionSeconds: 0, connectTimeoutSeconds: 4 },
    },
  });
  for (const tls of modes) expect(await play(tls)).toBe('accepted');
  atRest = openFiles(postern.pid);
});

/** One session over a line that may break: the bind is accepted, or answered in our words, and then there is an orderly end. */
async function play(tls: Mode): Promise<'accepted' | 'told'> {
  const client = await RawClient.connect(postern.port(tls));
  client.send(whole);
  client.socket.on('data', () => {
    // Over a line that stalls after the bind nobody would ever end it.
    if (client.received.subarray(0, accepted.length).equals(accepted)) client.reset();
  });
  const heard = await client.rest();
  const ending = await client.ended;
  client.socket.destroy();
  if (heard.subarray(0, accepted.length).equals(accepted)) return 'accepted';
  const { id, tag, code, words } = heardIn(heard);
  // A program whose first request was a second late hears a notice of disconnection.
  expect([
    [7, op.bindResponse],
    [0, op.extendedResponse],
  ]).toContainEqual([id, tag]);
  expect(code).toBe(52);
  expect(words).toMatch(/^Postern: [ -~]{15,}$/);
  expect(ending).toBe('end');
  return 'told';
}

/**
 * Plays one session for each fault, sixteen at a time, or all of them where they wait. A session may meet two: a handshake
 * that breaks off is tried once more with a smaller hello.
 *
 * @returns how many were told that they came to nothing
 */
async function playAll(tls: Mode, faults: readonly Fault[]): Promise<number> {
  const line = lines.get(tls);
  if (!line) throw new Error('no such line');
  line.faults = [...faults];
  let [left, told] = [faults.length, 0];
  const workers = faults.some(({ act }) => act === 'stall') ? faults.length : 16;
  const work = async () => {
    for (; left > 0; ) {
      left -= 1;
      if ((await play(tls)) === 'told') told += 1;
    }
  };
  await Promise.all(Array.from({ length: workers }, work));
  expect(line.faults).toEqual([]);
  await until(() => openFiles(postern.pid).sockets <= atRest.sockets + 2, 'no connection is left');
  expect(await play(tls)).toBe('accepted');
  return told;
}

/** How many bytes a session carries from the server or to it. */
async function measured(tls: Mode): Promise<{ down: number; up: number }> {
  const line = lines.get(tls);
  if (!line) throw new Error('no such line');
  const before = line.carried.length;
  await play(tls);
  await until(() => line.carried.length > before, 'the line is over');
  return line.carried.at(-1) ?? { down: 0, up: 0 };
}

const act = (after: number) => (after % 2 === 0 ? ('reset' as const) : ('close' as const));

describe.each(['down', 'up'] as const)('64: a reset or an end, %s', (direction) => {
  test('after every byte of the bind, and all over the handshake', async () => {
    const total = (await measured('implicit'))[direction];
    const after = Array.from({ length: total }, (_, at) => at).filter((at) => at > total - 200 || at % 23 === 0);
    const told = await playAll(
      'implicit',
      after.map((at) => ({ direction, after: at, act: act(at) })),
    );
    expect(told).toBeGreaterThan(0);
  });

  test('after every byte in plaintext before TLS', async () => {
    const after = Array.from({ length: 60 }, (_, at) => at);
    const told = await playAll(
      'starttls',
      after.map((at) => ({ direction, after: at, act: act(at) })),
    );
    expect(told).toBeGreaterThan(0);
  });
});

test('16: a line that stalls, all over the attempt and the bind', async () => {
  const { down } = await measured('implicit');
  const places = Array.from({ length: 12 }, (_, number) => Math.floor((down * number) / 12));
  const late = Array.from({ length: 12 }, (_, number) => down - 160 + 12 * number);
  const told = await playAll(
    'implicit',
    [...places, ...late].map((after) => ({ direction: 'down', after, act: 'stall' })),
  );
  expect(told).toBeGreaterThan(0);
});
