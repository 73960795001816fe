/**
 * Admission to a relay: nothing is done for a client before it has passed screening. The states of a connection:
 *
 *     accepted ──▶ screened ──▶ admitted
 *         │           │
 *         └───────────┴──────▶ rejected: told why in its own protocol, cut without a byte, or gone already
 *
 * On shutdown, clients still being screened get the shutdown message regardless of the result.
 */
import type { Socket } from 'node:net';
import { farewells } from '../contract/index.ts';
import type { Dialect } from '../dialects/dialect.ts';
import { foreignClient } from '../dialects/foreign-client.ts';
import { LineChannel } from '../net/line-channel.ts';
import type { AcceptTls } from '../net/local-tls.ts';
import { Refused } from '../net/refused.ts';
import { closeGently } from './close-gently.ts';
import { originOf } from './origin.ts';
import { tooMany } from './places.ts';
import {
  type Admissible,
  type Admitted,
  type Caller,
  type CallerRules,
  type Inadmissible,
  screenCaller,
} from './screen-caller.ts';
import type { SilentDial } from './silent-dials.ts';
import type { TurnedAway } from './turned-away.ts';

/** Maximum clients being screened: more than ever occur in practice, and few enough for a process's descriptors. */
const maxArriving = 1000;
/** How many rejected clients may take their time to read the message; others are sent it and dropped. */
const maxLeaving = 64;

const nothing = Buffer.alloc(0);

/** The rules that one relay's doorkeeper follows. */
export interface DoorRules extends CallerRules {
  dialect: Dialect;
  paused(): boolean;
  /** Takes a place for one more session of this address. Returns why there is none; null when it has one. */
  admit(address: string | undefined): Refused | null;
  turnedAway: TurnedAway;
  /** Is called for an unexpected internal error. */
  fault(error: unknown): void;
}

/** Stands between the listener and the sessions. */
export interface Doorkeeper {
  /** Takes over an accepted connection: it is passed on to `enter` or told why not. */
  receive(client: Socket): void;
  /**
   * Stops admitting clients; pending ones have `milliseconds` to finish screening, and if called again, the shorter
   * time. Each call resolves when all clients that were sent a message have had time to read it.
   */
  close(milliseconds?: number): Promise<void>;
}

/**
 * @param enter receives a client that has passed screening; a place has been taken for it, which the receiver gives
 *   back
 */
export function keepDoor(
  rules: DoorRules,
  enter: (client: Socket, lines: LineChannel, admitted: Admitted) => void,
): Doorkeeper {
  const { dialect, wariness, turnedAway } = rules;
  const arriving = new Set<Socket>();
  const leaving = new Set<Promise<void>>();
  /** Those of `arriving` whose TLS handshake is not over: no message can reach them. */
  const unsecured = new Set<Socket>();
  const over = new AbortController();
  let closed = false;
  /** Waits until the last client has passed or been rejected. */
  const waiting = new Set<() => void>();

  async function receive(accepted: Socket): Promise<void> {
    const origin = originOf(accepted, rules);
    if (origin === 'gone') return void accepted.destroy();
    if (origin instanceof Refused) return cut(accepted, origin);
    if (arriving.size >= maxArriving)
      return rules.acceptTls ? cut(accepted, tooMany) : refuse(accepted, tooMany, nothing);
    const caller: Caller = { client: accepted, lines: new LineChannel(accepted) };
    arriving.add(accepted);
    if (rules.acceptTls) unsecured.add(accepted);
    try {
      const verdict = await screenCaller(caller, origin, rules, { crowd: () => arriving.size, secure });
      unsecured.delete(accepted);
      const { client, lines } = caller;
      // A client that was still being screened at shutdown has been told.
      const stillHere = leaveDoor(client);
      if (verdict.kind !== 'admissible') {
        if (stillHere) turnAway(client, lines, verdict);
        return;
      }
      // A client that has disconnected meanwhile takes no place and opens no session.
      if (stillHere && !client.destroyed) admit(client, lines, verdict);
      else verdict.dial?.giveBack();
    } catch (error) {
      const { client, lines } = caller;
      leaveDoor(client);
      unsecured.delete(accepted);
      rules.fault(error);
      // Before TLS, where it comes first, the client could not read a message; after shutdown it has been sent one.
      if ((rules.acceptTls && client === accepted) || client.writableEnded) client.destroySoon();
      else dismiss(client, farewells.fault, lines.detach());
    }
  }

  /** TLS from the first byte. @throws Refused */
  async function secure(caller: Caller, acceptTls: AcceptTls): Promise<void> {
    const { client: raw, lines } = caller;
    const began = lines.detach();
    if (began.length > 0) raw.unshift(began);
    const secured = await acceptTls(raw, over.signal);
    unsecured.delete(raw);
    if (!arriving.has(raw)) {
      secured.destroy();
      throw doorShut;
    }
    arriving.add(secured).delete(raw);
    caller.client = secured;
    caller.lines = new LineChannel(secured);
  }

  /** @returns false for one that has been turned away meanwhile */
  function leaveDoor(client: Socket): boolean {
    const here = arriving.delete(client);
    if (arriving.size === 0) letGo();
    return here;
  }

  function letGo(): void {
    for (const go of waiting) go();
  }

  /** Resolves when no client is being screened any more, the time is up, or shutdown is complete. */
  function untilNobodyWaits(milliseconds: number): Promise<void> {
    return new Promise((resolve) => {
      const go = () => {
        clearTimeout(late);
        waiting.delete(go);
        resolve();
      };
      const late = setTimeout(go, milliseconds);
      waiting.add(go);
    });
  }

  /** Meanwhile Postern may have been stopped or paused, or every place taken. */
  function admit(client: Socket, lines: LineChannel, admissible: Admissible): void {
    const { source, dial } = admissible;
    const shut = closed ? farewells.stopped : rules.paused() ? farewells.paused : null;
    const notNow = shut ?? rules.admit(source?.address ?? client.remoteAddress);
    if (notNow === null) {
      if (dial) untilFirstWords(client, lines, dial);
      try {
        enter(client, lines, admissible);
      } catch (error) {
        dial?.giveBack();
        throw error;
      }
      return;
    }
    dial?.giveBack();
    const said = lines.detach();
    if (notNow instanceof Refused) refuse(client, notNow, said);
    else dismiss(client, notNow, said);
  }

  function turnAway(client: Socket, lines: LineChannel, verdict: Inadmissible): void {
    if (verdict.kind === 'gone') return void client.destroy();
    const said = lines.detach();
    const { kind, refusal } = verdict;
    if (refusal.reason === 'client-not-mail') wariness.foreign();
    if (kind === 'cut') cut(client, refusal);
    else refuse(client, refusal, said);
  }

  /** @param said what it has sent: some protocols answer that */
  function refuse(client: Socket, refusal: Refused, said: Buffer): void {
    turnedAway.note(refusal);
    dismiss(client, refusal.message, said);
  }

  /** A client on the network that is not allowed: no byte is sent, and nothing is dialled. */
  function cut(client: Socket, refusal: Refused): void {
    turnedAway.note(refusal);
    client.destroy();
  }

  function dismiss(client: Socket, words: string, said: Buffer): void {
    const lastWords = dialect.refuseGreeting(words, said);
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
        // After a reset by the mail program 'close' follows, which is enough.
      });
      receive(client).catch((error: unknown) => {
        client.destroy();
        rules.fault(error);
      });
    },
    async close(milliseconds = 0) {
      if (milliseconds > 0 && arriving.size > 0) await untilNobodyWaits(milliseconds);
      closed = true;
      over.abort(doorShut);
      for (const client of unsecured) {
        arriving.delete(client);
        client.destroy();
      }
      for (const client of arriving) dismiss(client, farewells.stopped, nothing);
      arriving.clear();
      letGo();
      await Promise.all(leaving);
    },
  };
}

/** Never sent to the client: the TLS handshake is aborted. */
const doorShut = new Refused('device-tls-failed', { code: 'device-tls-failed' });

/** Releases the slot at the first data, unless it is HTTP. */
function untilFirstWords(client: Socket, lines: LineChannel, dial: SilentDial): void {
  // Runs after the channel's own listener, so that the data can be seen.
  client.once('data', () => {
    if (!foreignClient(lines.peek())) dial.giveBack();
  });
}
