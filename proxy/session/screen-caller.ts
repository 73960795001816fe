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

/** A relay's rules about who may connect. */
export interface CallerRules extends Served {
  ownUserOnly(): boolean;
  /** Makes a connection one in TLS, where TLS comes with the first byte. */
  acceptTls?: AcceptTls | undefined;
  /** Whether a connection to the server is already waiting. */
  spareWaits(): boolean;
  wariness: Wariness;
  silentDials: SilentDials;
}

/** What is known about a client that has passed screening. */
export interface Admitted {
  /** For whom a balancer passes it on. */
  source: ProxySource | null;
  /** Slot held while silent; null once it has spoken, or for network clients. */
  dial: SilentDial | null;
}

/** A client being screened; `client` is replaced by the TLS socket after the handshake. */
export interface Caller {
  client: Socket;
  lines: LineChannel;
}

/** Client that passed screening. */
export interface Admissible extends Admitted {
  kind: 'admissible';
}

/** Client that was rejected: told why, disconnected without a byte, or already gone. */
export type Inadmissible = { kind: 'told' | 'cut'; refusal: Refused } | { kind: 'gone' };

/**
 * Screens a client: reads the PROXY header if a balancer forwards it, then, inside TLS where that comes first, checks
 * the owner of its process and its first bytes, then whether the server may be dialled while it is silent.
 *
 * @param door `crowd`: how many clients are being screened at this moment
 */
export async function screenCaller(
  caller: Caller,
  origin: Origin,
  rules: CallerRules,
  { crowd, secure }: { crowd: () => number; secure(caller: Caller, acceptTls: AcceptTls): Promise<void> },
): Promise<Admissible | Inadmissible> {
  /** Where TLS comes first, nothing that we say before is understood. */
  let listens = rules.acceptTls === undefined;
  try {
    const balanced = origin === 'balancer';
    const source = balanced ? await takeProxyHeader(caller.lines) : null;
    const unlisted = balanced ? unlistedBehind(source, rules.devices) : null;
    if (unlisted) return { kind: 'cut', refusal: unlisted };
    if (rules.acceptTls) await secure(caller, rules.acceptTls);
    listens = true;
    const { client, lines } = caller;
    // Only a local client has a process to look up; the address in a header is only the balancer's claim.
    const askOwner = (origin === 'this-computer' || (balanced && isHere(client))) && rules.ownUserOnly();
    const quiet = () => rules.wariness.quiet(crowd(), rules.spareWaits());
    let verdict: ArrivalVerdict = await screenArrival(client, lines, askOwner, quiet);
    let dial: SilentDial | null = null;
    // A person has listed the devices and the balancers: they need no slot.
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
