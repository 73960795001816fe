import type { Socket } from 'node:net';
import { farewells } from '../contract/index.ts';
import { isLoopback } from '../contract/local-address.ts';
import type { Dialect } from '../dialects/dialect.ts';
import { foreignClient } from '../dialects/foreign-client.ts';
import { type AddressList, plainAddress } from '../net/addresses.ts';
import type { Devices } from '../net/devices.ts';
import { LineChannel } from '../net/line-channel.ts';
import { Refused } from '../net/refused.ts';
import type { ProxySource } from '../protocols/proxy-header.ts';
import { judgeArrival, judgeFirstWords, type Verdict } from './admission.ts';
import { takeProxyHeader } from './balanced.ts';
import { closeGently } from './close-gently.ts';
import { tooMany } from './places.ts';
import type { SilentDial, SilentDials } from './silent-dials.ts';
import type { TurnedAway } from './turned-away.ts';
import type { Wariness } from './wariness.ts';

/** More than ever wait to be judged at once, and few enough for a process's descriptors. */
const maxArriving = 1000;
/** How many that were turned away may take their time to read why; any others are told and dropped. */
const maxLeaving = 64;

/** The rules that one relay's doorkeeper follows. */
export interface DoorRules {
  dialect: Dialect;
  paused(): boolean;
  ownUserOnly(): boolean;
  /**
   * Which other machines may come in, where the relay serves devices of the local network; null or absent elsewhere.
   */
  devices?: Devices | null;
  /** Whether a connection to the server is already waiting. */
  spareWaits(): boolean;
  wariness: Wariness;
  silentDials: SilentDials;
  /** Takes a place for one more session, of whoever is at this address. Returns why there is none; null when it has one. */
  admit(address: string | undefined): Refused | null;
  turnedAway: TurnedAway;
  /** The peers whose connections begin with a PROXY protocol header; null where none do. */
  balancers?: AddressList | null;
  /** Is called for a fault of ours. */
  fault(error: unknown): void;
}

/** Stands between the listener and the sessions: nothing is done for a program before it has passed. */
export interface Doorkeeper {
  /** Takes over an accepted connection: it is passed on to `enter` or told why not. */
  receive(client: Socket): void;
  /**
   * Nobody new comes. Turns away everyone who has not passed yet, after `milliseconds` in which they may. Resolves when all who
   * were told something have had time to read it.
   */
  close(milliseconds?: number): Promise<void>;
}

/**
 * @param enter receives a program that has passed; a place has been taken for it. `dial` is what it costs the server as long
 *   as it says nothing; null for one that has spoken, or that comes over the network
 */
export function keepDoor(
  rules: DoorRules,
  enter: (client: Socket, lines: LineChannel, source: ProxySource | null, dial: SilentDial | null) => void,
): Doorkeeper {
  const { dialect, wariness, turnedAway } = rules;
  const arriving = new Set<Socket>();
  const leaving = new Set<Promise<void>>();
  let closed = false;
  /** Is called when the last one has passed, or has been turned away. */
  let nobodyLeft = () => {};

  /** @returns false for one that has been turned away meanwhile */
  function leaveDoor(client: Socket): boolean {
    const here = arriving.delete(client);
    if (arriving.size === 0) nobodyLeft();
    return here;
  }

  async function judge(client: Socket): Promise<void> {
    const { remoteAddress } = client;
    const balanced = rules.balancers?.has(remoteAddress) ?? false;
    // Behind a balancer, nobody else is a device: only the balancer says which one it passes on.
    const devices = rules.balancers ? null : rules.devices;
    const stranger = devices?.stranger(client) ?? null;
    if (stranger === 'gone') return void client.destroy();
    if (stranger) return cut(client, stranger);
    // Nothing is known about one that has gone; that it has gone is found out below.
    const local = remoteAddress === undefined || isLoopback(plainAddress(remoteAddress));
    if (rules.balancers && !balanced && (rules.devices || !local)) {
      const facts = remoteAddress === undefined ? {} : { from: remoteAddress };
      return cut(client, new Refused('device-not-allowed', { code: 'device-not-allowed', facts }));
    }
    if (arriving.size >= maxArriving) return refuse(client, tooMany);
    const lines = new LineChannel(client);
    arriving.add(client);
    let source: ProxySource | null = null;
    let verdict: Verdict;
    let dial: SilentDial | null = null;
    try {
      if (balanced) source = await takeProxyHeader(lines);
      const unlisted = balanced ? unlistedBehind(source) : null;
      if (unlisted) {
        lines.detach();
        return leaveDoor(client) ? cut(client, unlisted) : undefined;
      }
      // Only this computer's own can be asked whose program it is; the address in a header is only the balancer's
      // claim.
      verdict = await judgeArrival(client, lines, (local || !balanced) && !devices && rules.ownUserOnly(), () =>
        wariness.quiet(arriving.size, rules.spareWaits()),
      );
      if (verdict === 'admitted' && local && !rules.devices && !balanced && lines.buffered === 0) {
        const turn = await rules.silentDials.turn(lines);
        if (turn === 'spoke') verdict = await judgeFirstWords(lines);
        else if (turn === null) verdict = tooMany;
        else dial = turn;
      }
    } catch (error) {
      if (!(error instanceof Refused)) throw error;
      verdict = error;
    }
    const here = leaveDoor(client);
    // One that has broken its connection meanwhile is not there to be admitted: it takes no place and opens no session.
    if (verdict === 'admitted' && client.destroyed) verdict = 'gone';
    const welcome = here && verdict === 'admitted' && !closed && !rules.paused();
    const noPlace = welcome ? rules.admit(source?.address ?? remoteAddress) : null;
    if (welcome && !noPlace) {
      if (dial) untilFirstWords(client, lines, dial);
      return enter(client, lines, source, dial);
    }
    dial?.giveBack();
    // Anyone turned away meanwhile has been told.
    if (!here) return;
    if (verdict === 'gone') return void client.destroy();
    lines.detach();
    if (verdict !== 'admitted') {
      if (verdict.reason === 'client-not-mail') wariness.foreign();
      refuse(client, verdict);
    } else if (closed) dismiss(client, farewells.stopped);
    else if (rules.paused()) dismiss(client, farewells.paused);
    else refuse(client, noPlace ?? tooMany);
  }

  /** Why the one that a balancer passes on may not come in; null for one that may. */
  function unlistedBehind(source: ProxySource | null): Refused | null {
    const stranger = rules.devices?.stranger({ remoteAddress: source?.address });
    if (stranger !== 'gone') return stranger ?? null;
    return new Refused('device-not-allowed', { code: 'device-not-allowed', facts: { device: 'not-listed' } });
  }

  function refuse(client: Socket, refusal: Refused): void {
    turnedAway.note(refusal);
    dismiss(client, refusal.message);
  }

  /** Somebody on the network who may not come in: no byte is sent, and nothing is dialled. */
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
        leaveDoor(client);
        client.destroy();
        rules.fault(error);
      });
    },
    async close(milliseconds = 0) {
      if (milliseconds > 0 && arriving.size > 0) {
        await new Promise<void>((resolve) => {
          const late = setTimeout(resolve, milliseconds);
          nobodyLeft = () => {
            clearTimeout(late);
            resolve();
          };
        });
      }
      closed = true;
      for (const client of arriving) dismiss(client, farewells.stopped);
      arriving.clear();
      await Promise.all(leaving);
    },
  };
}

/** A program that has been dialled for owes nothing once it speaks, unless it is a web page after all. */
function untilFirstWords(client: Socket, lines: LineChannel, dial: SilentDial): void {
  // Behind the channel's own listener: what has arrived can be seen.
  client.once('data', () => {
    if (!foreignClient(lines.peek())) dial.giveBack();
  });
}
