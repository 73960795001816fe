import type { Socket } from 'node:net';
import type { LineChannel } from '../net/line-channel.ts';
import type { AcceptTls } from '../net/local-tls.ts';
import { Refused } from '../net/refused.ts';
import type { ProxySource } from '../protocols/proxy-header.ts';
import { type ArrivalVerdict, screenArrival, screenFirstWords } from './admission.ts';
import { takeProxyHeader } from './balanced.ts';
import { isHere, type Origin, type Served, unlistedBehind } from './origin.ts';
import { tooMany } from './places.ts';
import type { SilentDial, SilentDials } from './silent-dials.ts';
import type { Wariness } from './wariness.ts';

/** What a relay has to say about who may come in. */
export interface CallerRules extends Served {
  ownUserOnly(): boolean;
  /** Makes a connection one in TLS, where TLS comes with the first byte. */
  acceptTls?: AcceptTls | undefined;
  /** Whether a connection to the server is already waiting. */
  spareWaits(): boolean;
  wariness: Wariness;
  silentDials: SilentDials;
}

/** What is known about one that has come in. */
export interface Admitted {
  /** For whom a balancer passes it on. */
  source: ProxySource | null;
  /** What it costs the server as long as it says nothing; null for one that has spoken, or that comes over the network. */
  dial: SilentDial | null;
}

/** One at the door: its connection is another one from the moment when it is in TLS. */
export interface Caller {
  client: Socket;
  lines: LineChannel;
}

/** One whom nothing speaks against. */
export interface Admissible extends Admitted {
  kind: 'admissible';
}

/** One who may not come in: told why, cut without a byte, or gone, so that there is nobody left to tell. */
export type Inadmissible = { kind: 'told' | 'cut'; refusal: Refused } | { kind: 'gone' };

/**
 * Screens one at the door: for whom a balancer passes it on, then, in TLS where that comes first, whose program it is and what it
 * says, then whether its server may be dialled for it while it is silent.
 *
 * @param door `crowd`: how many are at the door at this moment
 */
export async function screenCaller(
  caller: Caller,
  origin: Origin,
  rules: CallerRules,
  { crowd, secure }: { crowd: () => number; secure(caller: Caller, acceptTls: AcceptTls): Promise<void> },
): Promise<Admissible | Inadmissible> {
  /** Where TLS comes first, no word of ours is understood before. */
  let listens = rules.acceptTls === undefined;
  try {
    const balanced = origin === 'balancer';
    const source = balanced ? await takeProxyHeader(caller.lines) : null;
    const unlisted = balanced ? unlistedBehind(source, rules.devices) : null;
    if (unlisted) return { kind: 'cut', refusal: unlisted };
    if (rules.acceptTls) await secure(caller, rules.acceptTls);
    listens = true;
    const { client, lines } = caller;
    // Only this computer's own can be asked whose program it is; the address in a header is only the balancer's claim.
    const askOwner = (origin === 'this-computer' || (balanced && isHere(client))) && rules.ownUserOnly();
    const quiet = () => rules.wariness.quiet(crowd(), rules.spareWaits());
    let verdict: ArrivalVerdict = await screenArrival(client, lines, askOwner, quiet);
    let dial: SilentDial | null = null;
    // A person has listed the devices and the balancers: they wait for no turn.
    if (verdict === 'admitted' && origin === 'this-computer' && lines.buffered === 0) {
      const turn = await rules.silentDials.turn(lines);
      if (turn === null) verdict = tooMany;
      else if (turn === 'spoke') verdict = await screenFirstWords(lines);
      else dial = turn;
    }
    if (verdict === 'admitted') return { kind: 'admissible', source, dial };
    return verdict === 'gone' ? { kind: 'gone' } : { kind: 'told', refusal: verdict };
  } catch (error) {
    if (error instanceof Refused) return { kind: listens ? 'told' : 'cut', refusal: error };
    throw error;
  }
}
