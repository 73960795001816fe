/**
 * A refusal that arrives during the next session belongs to the client that left before it was judged; if there was
 * none, it stays.
 */
import { once } from 'node:events';
import { type AddressInfo, createServer, type Socket } from 'node:net';
import { expect, test } from 'vitest';
import type { PosternEvent, RefusalReason } from '../../proxy/contract/index.ts';
import { atEnd } from '../support/clean-up.ts';
import { violations } from './invariants.ts';
import { openLanes } from './lanes.ts';
import { planSession, type SessionPlan } from './plan.ts';

/** Breaks the connection before it has said anything, or waits for the greeting. */
function plan(leaves: boolean): SessionPlan {
  const any = planSession(1, 0);
  const client = { ...any.client, honest: false, mutationRate: 0, foreign: null, leavesBy: 'reset' as const };
  const leavesAfter = leaves ? 0 : Number.POSITIVE_INFINITY;
  return { ...any, protocol: 'pop3', tls: 'implicit', client: { ...client, leavesAfter } };
}

/** A product whose connections follow these stories, in turn. */
async function laneOf(...stories: ((socket: Socket, told: (event: object) => void) => void)[]) {
  const { lanes } = await openLanes(1, false);
  const lane = lanes[0];
  if (!lane) throw new Error('no lane');
  const told = (event: object) => lane.event({ time: '', relay: '0-pop3-implicit', ...event } as PosternEvent);
  const product = createServer((socket) => {
    socket.on('error', () => {});
    socket.once('close', () => lane.released(port));
    socket.resume();
    stories.shift()?.(socket, told);
  }).listen(0, '127.0.0.1');
  await once(product, 'listening');
  const { port } = product.address() as AddressInfo;
  told({ event: 'listening', port });
  atEnd(() => Promise.all([lane.close(), new Promise((resolve) => product.close(resolve))]));
  return lane;
}

const nothing = () => {};
const refused = (reason: RefusalReason) => ({ event: 'refused', reason });

function session(...first: object[]) {
  return (socket: Socket, told: (event: object) => void) => {
    for (const event of [...first, { event: 'session-opened', session: 's1' }]) told(event);
    socket.end('-ERR [SYS/TEMP] Postern: not now\r\n');
    socket.once('close', () => {
      told({ event: 'refused', reason: 'upstream-closed', session: 's1' });
      told({ event: 'session-closed', session: 's1', ending: 'refused' });
    });
  };
}

test('one that comes in the next session is of the client that left', async () => {
  const lane = await laneOf(nothing, session(refused('client-other-user')));
  expect((await lane.play(plan(true))).events).toEqual([]);
  expect(violations(await lane.play(plan(false)))).toEqual([]);
});

test('of two, as many are of earlier clients as have left untold: the others are a fault', async () => {
  const twice = [refused('client-other-user'), refused('client-not-mail')];
  const lane = await laneOf(nothing, session(...twice), session(...twice));
  await lane.play(plan(true));
  const stays = ['a refusal that is not of this session'];
  expect(violations(await lane.play(plan(false)))).toEqual(stays);
  expect(violations(await lane.play(plan(false)))).toEqual(stays);
});

test('one that is turned away itself keeps its own, whichever comes first', async () => {
  const turnedAway = (socket: Socket, told: (event: object) => void) => {
    told(refused('client-not-mail'));
    told(refused('client-other-user'));
    socket.end('-ERR [SYS/TEMP] Postern: not mail\r\n');
  };
  const lane = await laneOf(nothing, turnedAway);
  await lane.play(plan(true));
  const played = await lane.play(plan(false));
  expect(played.events).toMatchObject([refused('client-not-mail')]);
  expect(violations(played)).toEqual([]);
});
