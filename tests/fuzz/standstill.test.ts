/**
 * A session that hangs is a failure that says what everyone is waiting for; the sessions after it are played all the
 * same.
 */
import { once } from 'node:events';
import { type AddressInfo, createServer } from 'node:net';
import { expect, test } from 'vitest';
import type { PosternEvent } from '../../proxy/contract/index.ts';
import { atEnd } from '../support/clean-up.ts';
import { type Lane, openLanes } from './lanes.ts';
import { isHonest, planSession, type SessionPlan } from './plan.ts';

/** A lane whose product says nothing in a session; with `closes`, it reports the session's end. */
async function laneOfProductThatSaysNothing(closes: boolean): Promise<Lane> {
  const { lanes } = await openLanes(1, false, { stillSeconds: 2, cutMilliseconds: closes ? 60_000 : 500 });
  const lane = lanes[0] as Lane;
  const told = (event: object) => lane.event({ time: '', relay: '0-pop3-implicit', ...event } as PosternEvent);
  const product = createServer((socket) => {
    told({ event: 'session-opened' });
    socket.on('error', () => {});
    socket.once('close', () => {
      if (!closes) return;
      told({ event: 'session-closed' });
      lane.released(port);
    });
    socket.resume();
  });
  product.listen(0, '127.0.0.1');
  await once(product, 'listening');
  const { port } = product.address() as AddressInfo;
  told({ event: 'listening', port });
  atEnd(() => Promise.all([lane.close(), new Promise((resolve) => product.close(resolve))]));
  return lane;
}

/** A client that waits for the greeting without a limit. */
function honestPlan(): SessionPlan {
  for (let number = 0; ; number += 1) {
    const plan = planSession(1, number);
    if (isHonest(plan) && plan.protocol === 'pop3' && plan.tls === 'implicit') return plan;
  }
}

const hangs =
  'it hangs, nothing moved for 2 s: the client waits for a line, 0 bytes unread, said last ""; no server was called; ' +
  'the product told [session-opened] and holds the connection';

test('a session in which nothing moves fails, and the lane plays on', async () => {
  const lane = await laneOfProductThatSaysNothing(true);
  for (let times = 0; times < 2; times += 1) {
    await expect(lane.play(honestPlan())).rejects.toThrow(new Error(hangs));
    expect(lane).toMatchObject({ lost: false, playing: null });
  }
});

test('a product that is not done with a session whose ends were cut costs the lane', async () => {
  const lane = await laneOfProductThatSaysNothing(false);
  await expect(lane.play(honestPlan())).rejects.toThrow(
    `${hangs}. Cut at both ends it still goes on: the client is gone; no server was called; ` +
      'the product told [session-opened] and holds the connection (not within 1 seconds)',
  );
  expect(lane.lost).toBe(true);
});
