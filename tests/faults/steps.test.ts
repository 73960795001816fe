/**
 * The line to the server breaks at every byte of an attempt and of a sign-in, and the mail program at every step. A directory's
 * is in directory-steps.test.ts.
 */

import { beforeAll, describe, expect, test } from 'vitest';
import type { TlsMode } from '../../proxy/contract/index.ts';
import { startFakeUpstream } from '../support/fake-upstream.ts';
import { type LineProtocol, lineProtocols } from '../support/line-protocols.ts';
import { openFiles, residentBytes } from '../support/process-files.ts';
import { RawClient } from '../support/raw-client.ts';
import { until } from '../support/service.ts';
import {
  blamesThePassword,
  expectHonest,
  honest,
  openStage,
  password,
  type Scene,
  type Stage,
  user,
} from '../threats/stage.ts';
import { type Fault, type FaultyLine, openFaultyLine } from './faulty-line.ts';

const blob = Buffer.from(`\0${user}\0${password}`).toString('base64');
/** A whole session in one piece, without waiting for replies. */
const whole: Record<LineProtocol, string> = {
  smtp: `EHLO me\r\nAUTH PLAIN ${blob}\r\nNOOP\r\nQUIT\r\n`,
  imap: `a LOGIN ${user} ${password}\r\nb NOOP\r\nc LOGOUT\r\n`,
  pop3: `USER ${user}\r\nPASS ${password}\r\nNOOP\r\nQUIT\r\n`,
  nntp: `AUTHINFO USER ${user}\r\nAUTHINFO PASS ${password}\r\nDATE\r\nQUIT\r\n`,
};
const signedIn: Record<LineProtocol, RegExp> = {
  smtp: /^235 /m,
  imap: /^a OK /m,
  pop3: /^\+OK.*\r\n\+OK.*\r\n\+OK/,
  nntp: /^281 /m,
};
/** Our last words, at whichever step. */
const told = /(?:^|\n)(?:421 4\.7\.0|454 4\.7\.0|400|\* BYE|-ERR \[SYS\/TEMP\]) Postern: [\x20-\x7e]{15,}\r\n$/;

interface Setting {
  scene: Scene;
  line: FaultyLine;
}
const settings = new Map<string, Setting>();
let stage: Stage;
let baseline: { sockets: number; files: number };
/** What this process holds at rest: if it runs out of descriptors, it closes the connections it has just accepted. */
let own: { sockets: number; files: number };
let memory: number;
/** Connections that mail programs have made. A program that left before it was judged makes no session. */
let connected = 0;
beforeAll(async () => {
  for (const protocol of lineProtocols) {
    for (const tls of ['implicit', 'starttls'] as const) {
      const upstream = { protocol, tls };
      const server = await startFakeUpstream({ ...upstream, identity: honest, users: { [user]: password } });
      const line = await openFaultyLine(server.port);
      const scene = { name: `${protocol} ${tls}`, upstream, relay: { port: line.port } };
      settings.set(scene.name, { scene, line });
    }
  }
  const scenes = [...settings.values()].map(({ scene }) => scene);
  stage = await openStage(scenes, { connectTimeoutSeconds: 4 });
  for (const scene of scenes) (await expectHonest(stage, scene)).reset();
  baseline = await stage.atRest();
  own = openFiles(process.pid);
  memory = residentBytes(stage.pid);
});
const setting = (protocol: LineProtocol, tls: TlsMode): Setting => {
  const found = settings.get(`${protocol} ${tls}`);
  if (!found) throw new Error('no such setting');
  return found;
};

/** Does this `count` times, `atOnce` at a time. */
async function repeat(count: number, atOnce: number, work: (number: number) => Promise<void>): Promise<void> {
  let next = 0;
  await Promise.all(
    Array.from({ length: atOnce }, async () => {
      while (next < count) {
        const number = next;
        next += 1;
        await work(number);
      }
    }),
  );
}

/** One session over a line that may break: it ends in success, or in a message and an orderly end. */
async function play(protocol: LineProtocol, port: number, leaves: boolean): Promise<void> {
  const client = await RawClient.connect(port);
  connected += 1;
  client.send(whole[protocol]);
  if (leaves) {
    // Over a line that stalls after the sign-in nobody would ever end it.
    client.socket.on('data', () => {
      if (signedIn[protocol].test(client.received.toString('latin1'))) client.reset();
    });
  }
  const heard = (await client.rest()).toString('latin1');
  const ending = await client.ended;
  client.socket.destroy();
  if (signedIn[protocol].test(heard)) return;
  if (told.test(heard) && ending === 'end' && !blamesThePassword.test(heard)) return;
  throw new Error(`${protocol}: ended by ${ending} after ${JSON.stringify(heard)}`);
}

async function playAll(protocol: LineProtocol, tls: TlsMode, faults: Fault[]): Promise<void> {
  const { scene, line } = setting(protocol, tls);
  const { port } = stage.on(scene);
  const stalls = faults.some(({ act }) => act === 'stall');
  line.faults = [...faults];
  await repeat(faults.length, stalls ? faults.length : 16, () => play(protocol, port, stalls));
  expect(line.faults).toEqual([]);
}

/** Bytes that a whole session carries. */
async function measured(protocol: LineProtocol, tls: TlsMode): Promise<{ down: number; up: number }> {
  const { scene, line } = setting(protocol, tls);
  line.faults = [];
  await stage.atRest();
  const before = line.carried.length;
  await play(protocol, stage.on(scene).port, false);
  await until(() => line.carried.length > before, 'the line is over');
  const carried = line.carried.at(-1);
  if (!carried) throw new Error('nothing was carried');
  expect(carried.down).toBeGreaterThan(500);
  return carried;
}

async function nothingLeft(): Promise<void> {
  // Whoever was told something may take a moment to leave.
  await expect.poll(async () => (await stage.atRest()).sockets).toBeLessThanOrEqual(baseline.sockets + 2);
  await expect.poll(() => openFiles(stage.pid).files).toBeLessThanOrEqual(baseline.files + 4);
  const { tables } = await stage.snapshot();
  expect(tables.questions).toEqual({});
  for (const relay of Object.values(tables.relays)) expect(relay.sessionsOpen).toBe(0);
  await until(
    () => openFiles(process.pid).sockets <= own.sockets + 20,
    'the tests themselves have let go of what they opened',
  );
  // If ten thousand sessions each left something, there would be far more; garbage may stay uncollected for minutes.
  expect(residentBytes(stage.pid) - memory).toBeLessThan(400 * 1024 * 1024);
}

/**
 * Every byte of the sign-in is within this distance from the end, inside its TLS records; before it is the handshake.
 */
const signInBytes = 320;

describe.each(lineProtocols)('%s', (protocol) => {
  // The handshake is the same for all lineProtocols, so each tests its own share of it.
  const share = lineProtocols.indexOf(protocol) * 2;

  test.each(['down', 'up'] as const)(
    '64: a reset or an end after every byte of the sign-in, and all over the handshake, %s',
    async (direction) => {
      const total = (await measured(protocol, 'implicit'))[direction];
      const faults = Array.from({ length: total }, (_, after): Fault => {
        return { direction, after, act: after % 2 === 0 ? 'reset' : 'close' };
      });
      const chosen = faults.filter(({ after }) => after > total - signInBytes || after % 7 === share);
      await playAll(protocol, 'implicit', chosen);
      await nothingLeft();
      (await expectHonest(stage, setting(protocol, 'implicit').scene)).reset();
    },
  );

  test('64: the same after every byte in plaintext before TLS', async () => {
    await measured(protocol, 'starttls');
    for (const direction of ['down', 'up'] as const) {
      const faults = Array.from({ length: 180 }, (_, after): Fault => {
        return { direction, after, act: (after + share) % 4 < 2 ? 'reset' : 'close' };
      });
      await playAll(protocol, 'starttls', faults);
    }
    await nothingLeft();
    (await expectHonest(stage, setting(protocol, 'starttls').scene)).reset();
  });

  test('64: mail programs that reset at every step, thousands of times', async () => {
    const { port } = stage.on(setting(protocol, 'implicit').scene);
    const text = whole[protocol];
    await repeat(2600, 16, async (number) => {
      const client = await RawClient.connect(port);
      connected += 1;
      // After a part of what it has to say: immediately, or after some replies.
      client.send(text.slice(0, number % (text.length + 1)));
      if (number % 6 === 0) {
        for (let answers = number % 4; answers > 0; answers -= 1) await client.bytes(8).catch(() => undefined);
      }
      client.reset();
      await client.ended;
    });
    await nothingLeft();
  });
});

test('16, 64: a line that stalls, all over the attempt and the sign-in', async () => {
  const stalling: { protocol: LineProtocol; down: number }[] = [];
  for (const protocol of lineProtocols) {
    stalling.push({ protocol, down: (await measured(protocol, 'implicit')).down });
  }
  // Those of all protocols at once: each waits until its time is over.
  await Promise.all(
    stalling.map(({ protocol, down }) => {
      // Most of a server's bytes are its handshake; the sign-in is in the last few hundred.
      const places = Array.from({ length: 24 }, (_, number) => Math.floor((down * number) / 24));
      const late = Array.from({ length: 24 }, (_, number) => down - 300 + 12 * number);
      const faults = [...places, ...late].map((after): Fault => ({ direction: 'down', after, act: 'stall' }));
      return playAll(protocol, 'implicit', faults);
    }),
  );
  await nothingLeft();
  for (const protocol of lineProtocols) (await expectHonest(stage, setting(protocol, 'implicit').scene)).reset();
});

test('64: ten thousand times altogether, and every relay works', async () => {
  for (const { scene } of settings.values()) (await expectHonest(stage, scene)).reset();
  await nothingLeft();
  const { tables } = await stage.snapshot();
  const sessions = Object.values(tables.relays).reduce((sum, relay) => sum + relay.sessionsTotal, 0);
  expect(connected).toBeGreaterThan(10_000);
  expect(sessions).toBeGreaterThan(connected / 4);
});
