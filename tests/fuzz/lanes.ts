import { once } from 'node:events';
import { type AddressInfo, createServer, type Server, type Socket } from 'node:net';
import { createSecureContext, type SecureContext } from 'node:tls';
import { type ConfigurationInput, type PosternEvent, protocols, tlsModes } from '../../proxy/contract/index.ts';
import { bounded } from '../support/bounded.ts';
import { createAuthority, type Identity, issue, selfSigned } from '../support/pki.ts';
import { playClient } from './client.ts';
import { type Played, wasClosed, wasOpened } from './invariants.ts';
import { accountForLate } from './late-refusals.ts';
import type { SessionPlan } from './plan.ts';
import { playServer, type ServerContexts } from './server.ts';
import { overOrStill, standing } from './standstill.ts';

/** The sessions of one lane run one after another, so a connection to its server belongs to the session in progress. */
export interface Lane {
  /** The session in progress, or null. */
  readonly playing: Played | null;
  /**
   * A session hung and did not end when both its ends were cut: whatever it still does would be attributed to the next
   * one.
   */
  readonly lost: boolean;
  event(event: PosternEvent): void;
  /** The product has closed a connection that it had accepted at this port. */
  released(port: number): void;
  /**
   * Plays a session to its end.
   *
   * @throws Error for a session that hangs; it says what everyone is waiting for
   */
  play(plan: SessionPlan, watch?: (played: Played) => void): Promise<Played>;
  close(): Promise<void>;
}

/** The lanes, and the relays through which the product should serve them. */
export interface Lanes {
  lanes: Lane[];
  configuration: ConfigurationInput;
  authority: Identity;
}

/**
 * Longer than all deadlines of a session together, on the slowest machine: a session that is still moving then is going
 * round in circles.
 */
const maxMilliseconds = 300_000;

/** How long a lane waits for a session that makes no progress. */
export interface LaneTimes {
  /** A session in which nothing moves for this many seconds hangs; as in `overOrStill` by default. */
  stillSeconds?: number;
  /** How long the product then has to end the session, after both its ends were cut. */
  cutMilliseconds: number;
}

/** More than all the time that the product gives its last words. */
const laneTimes: LaneTimes = { cutMilliseconds: 30_000 };

/** Starts a server for each lane. */
export async function openLanes(count: number, ownUserOnly: boolean, times = laneTimes): Promise<Lanes> {
  const authority = createAuthority();
  const contexts = serverContexts(authority);
  const lanes: Lane[] = [];
  const relays: ConfigurationInput['accounts'][number]['relays'] = [];
  for (let number = 0; number < count; number += 1) {
    const { lane, port } = await openLane(number, contexts, times);
    lanes.push(lane);
    for (const protocol of protocols) {
      for (const tls of tlsModes) {
        relays.push({
          name: relayName(number, { protocol, tls }),
          protocol,
          tls,
          port,
          server: 'localhost',
          address: '127.0.0.1',
          listen: '127.0.0.1:0',
        });
      }
    }
  }
  return {
    lanes,
    authority,
    configuration: {
      version: 1,
      accounts: [{ name: 'Fuzz', relays }],
      certificateAuthorities: ['root.pem'],
      settings: { certificateDecisionSeconds: 0, connectTimeoutSeconds: 3, logLevel: 'trace', ownUserOnly },
    },
  };
}

const relayName = (lane: number, { protocol, tls }: Pick<SessionPlan, 'protocol' | 'tls'>) =>
  `${lane}-${protocol}-${tls}`;

/** The number of the lane that a relay belongs to. */
export const laneOf = (relay: string) => Number(relay.split('-', 1)[0]);

function serverContexts(authority: Identity): ServerContexts {
  const past = (days: number) => new Date(Date.now() - days * 86_400_000);
  const identities = {
    good: issue(authority, { names: ['localhost'] }),
    'self-signed': selfSigned({ names: ['localhost'] }),
    'wrong-name': issue(authority, { names: ['elsewhere.test'] }),
    expired: issue(authority, { names: ['localhost'], notBefore: past(60), notAfter: past(2) }),
  };
  const made = new Map<string, SecureContext>();
  return ({ server: { identity, handshake, tls12 } }) => {
    const oldCipher = handshake === 'old-cipher';
    const key = `${identity} ${oldCipher} ${tls12}`;
    const { chainPem, keyPem } = identities[identity];
    const context =
      made.get(key) ??
      createSecureContext({
        cert: chainPem,
        key: keyPem,
        ...(oldCipher ? { ciphers: 'ECDHE-ECDSA-AES128-SHA256' } : {}),
        ...(oldCipher || tls12 ? { maxVersion: 'TLSv1.2' } : {}),
      });
    made.set(key, context);
    return context;
  };
}

async function openLane(
  number: number,
  contexts: ServerContexts,
  { stillSeconds, cutMilliseconds }: LaneTimes,
): Promise<{ lane: Lane; port: number }> {
  let playing: Played | null = null;
  let lost = false;
  let changed = () => {};
  const ports = new Map<string, number>();
  const late = accountForLate();
  const sockets = new Set<Socket>();
  const server: Server = createServer({ allowHalfOpen: true, noDelay: true }, (socket) => {
    socket.on('error', () => {});
    sockets.add(socket);
    socket.once('close', () => sockets.delete(socket));
    // A connection that was given up may arrive after its session has ended.
    if (playing) playing.servers.push(playServer(socket, playing.plan, contexts));
    else socket.destroy();
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');

  async function untilOver(played: Played): Promise<void> {
    await Promise.all([
      played.client.over,
      new Promise<void>((resolve) => {
        changed = () => played.released && (!wasOpened(played) || wasClosed(played)) && resolve();
        changed();
      }),
    ]);
    // A server notices the end by itself: the product has closed every socket.
    for (const { over } of played.servers) await over;
  }

  /**
   * Both ends of a session that hangs are cut: the product must then end it, and nothing of it may reach the next one.
   */
  async function cut(played: Played, over: Promise<void>, { message }: Error): Promise<void> {
    played.client.speaker.raw.destroy();
    for (const socket of sockets) socket.destroy();
    lost = true;
    await bounded(over, cutMilliseconds, () => `${message}. Cut at both ends it still goes on: ${standing(played)}`);
    lost = false;
  }

  const lane: Lane = {
    get playing() {
      return playing;
    },
    get lost() {
      return lost;
    },
    event(event) {
      if (event.event === 'listening') ports.set(event.relay, event.port);
      // A summary of many clients that were turned away is about earlier sessions.
      if (event.event === 'refused' && event.times !== undefined) return;
      if (playing) playing.events.push(event);
      else late.between(event);
      changed();
    },
    released(port) {
      if (!playing || port !== ports.get(relayName(number, playing.plan))) return;
      playing.released = true;
      changed();
    },
    async play(plan, watch) {
      const events: PosternEvent[] = [];
      const port = ports.get(relayName(number, plan));
      if (port === undefined) throw new Error(`no relay listens for ${relayName(number, plan)}`);
      const played: Played = { plan, client: playClient(plan, port), servers: [], events, released: false };
      playing = played;
      const over = untilOver(played);
      const ended = overOrStill(over, played, stillSeconds);
      const hangs = await bounded(ended, maxMilliseconds, () => `it never ends: ${standing(played)}`).then(
        () => null,
        (error: Error) => error,
      );
      late.settle(relayName(number, plan), played);
      watch?.(played);
      if (hangs) await cut(played, over, hangs);
      playing = null;
      for (const socket of sockets) socket.destroy();
      if (hangs) throw hangs;
      return played;
    },
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        for (const socket of sockets) socket.destroy();
      }),
  };
  return { lane, port: (server.address() as AddressInfo).port };
}
