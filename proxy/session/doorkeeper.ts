import type { Socket } from 'node:net';
import { farewells } from '../contract/index.ts';
import type { Dialect } from '../dialects/dialect.ts';
import { type Balancers, isLoopback } from '../net/balancers.ts';
import type { Devices } from '../net/devices.ts';
import { LineChannel } from '../net/line-channel.ts';
import { Refused } from '../net/refused.ts';
import type { ProxySource } from '../protocols/proxy-header.ts';
import { judgeArrival, type Verdict } from './admission.ts';
import { takeProxyHeader } from './balanced.ts';
import { closeGently } from './close-gently.ts';
import type { TurnedAway } from './turned-away.ts';
import type { Wariness } from './wariness.ts';

/** More than ever wait at once to be judged, and few enough for the descriptors of a process. */
const maxArriving = 1000;
/** So many that were turned away may take their time to read why; the others hear it and are gone. */
const maxLeaving = 64;

/** What the doorkeeper of one relay goes by. */
export interface DoorRules {
  dialect: Dialect;
  paused(): boolean;
  ownUserOnly(): boolean;
  /** Which other machines may come in, where the relay serves devices of the local network; null or nothing elsewhere. */
  devices?: Devices | null;
  /** Whether a connection to the server waits already. */
  spareWaits(): boolean;
  wariness: Wariness;
  /** Takes a place for one more session, or returns false when all are taken. */
  admit(): boolean;
  turnedAway: TurnedAway;
  /** Whose connections begin with a header of the PROXY protocol; null where nobody's do. */
  balancers?: Balancers | null;
  /** Hears of a fault of ours. */
  fault(error: unknown): void;
}

/** Stands between the listener and the sessions: nothing is done for a program before it has passed. */
export interface Doorkeeper {
  /** Takes over an accepted connection: it is passed on to `enter` or told why not. */
  receive(client: Socket): void;
  /** Turns away whoever has not passed yet. Resolves when all who were told something have had time to read it. */
  close(): Promise<void>;
}

/** @param enter is given a program that has passed; a place was taken for it */
export function keepDoor(
  rules: DoorRules,
  enter: (client: Socket, lines: LineChannel, source: ProxySource | null) => void,
): Doorkeeper {
  const { dialect, wariness, turnedAway } = rules;
  const arriving = new Set<Socket>();
  const leaving = new Set<Promise<void>>();
  let closed = false;

  async function judge(client: Socket): Promise<void> {
    const { remoteAddress } = client;
    const stranger = rules.devices?.stranger(client) ?? null;
    if (stranger === 'gone') return void client.destroy();
    if (stranger) return cut(client, stranger);
    const balanced = rules.balancers?.has(remoteAddress) ?? false;
    // Of one that has gone nothing is known; that it went is found out below.
    const local = remoteAddress === undefined || isLoopback(remoteAddress);
    if (rules.balancers && !balanced && !local) {
      const facts = { from: remoteAddress };
      return cut(client, new Refused('device-not-allowed', { code: 'device-not-allowed', facts }));
    }
    if (arriving.size >= maxArriving) return refuse(client, tooMany);
    const lines = new LineChannel(client);
    arriving.add(client);
    let source: ProxySource | null = null;
    let verdict: Verdict;
    try {
      if (balanced) source = await takeProxyHeader(lines);
      // Whose program it is can be asked of this computer's own; the address in a header is the balancer's word.
      verdict = await judgeArrival(client, lines, (local || !balanced) && !rules.devices && rules.ownUserOnly(), () =>
        wariness.quiet(arriving.size, rules.spareWaits()),
      );
    } catch (error) {
      if (!(error instanceof Refused)) throw error;
      verdict = error;
    }
    // Whoever was turned away meanwhile has been told.
    if (!arriving.delete(client)) return;
    if (verdict === 'gone') return void client.destroy();
    if (verdict === 'admitted' && !closed && !rules.paused() && rules.admit()) return enter(client, lines, source);
    lines.detach();
    if (verdict !== 'admitted') {
      if (verdict.reason === 'client-not-mail') wariness.foreign();
      refuse(client, verdict);
    } else if (closed) dismiss(client, farewells.stopped);
    else if (rules.paused()) dismiss(client, farewells.paused);
    else refuse(client, tooMany);
  }

  function refuse(client: Socket, refusal: Refused): void {
    turnedAway.note(refusal);
    dismiss(client, refusal.message);
  }

  /** Somebody of the network who may not come in: no byte, and nothing is dialled. */
  function cut(client: Socket, refusal: Refused): void {
    turnedAway.note(refusal);
    client.destroy();
  }

  function dismiss(client: Socket, words: string): void {
    const lastWords = dialect.refuseGreeting(words);
    if (leaving.size >= maxLeaving) {
      client.end(lastWords, 'latin1');
      client.destroySoon();
      return;
    }
    const left = closeGently(client, lastWords).finally(() => leaving.delete(left));
    leaving.add(left);
  }

  return {
    receive(client) {
      client.on('error', () => {
        // A mail program that resets is gone; 'close' follows, and says all that matters.
      });
      judge(client).catch((error: unknown) => {
        arriving.delete(client);
        client.destroy();
        rules.fault(error);
      });
    },
    async close() {
      closed = true;
      for (const client of arriving) dismiss(client, farewells.stopped);
      arriving.clear();
      await Promise.all(leaving);
    },
  };
}

const tooMany = new Refused('too-many-connections', { code: 'too-many-mail-programs' });
