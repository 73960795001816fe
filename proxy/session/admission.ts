import type { Socket } from 'node:net';
import { foreignClient } from '../dialects/foreign-client.ts';
import type { LineChannel } from '../net/line-channel.ts';
import { localOwner } from '../net/local-owner.ts';
import { Refused } from '../net/refused.ts';

/** The mail program hung up. */
export class ClientGone extends Error {
  override readonly name = 'ClientGone';
}

/** One for all: every session ends with it, and where in our code that was noticed says nothing. */
export const clientGone = new ClientGone();

/** Judges who connected, while the server is being reached already. */
export interface Admission {
  /** Aborts with a `Refused` when the program must be turned away, with `ClientGone` when it left, or as `parent` does. */
  readonly signal: AbortSignal;
  /**
   * Ends the watching and waits for its verdict.
   *
   * @throws the reason of the signal when it has aborted
   */
  conclude(): Promise<void>;
  /** Ends the watching where the verdict makes no difference any more; nobody waits for the system to tell who it is. */
  dismiss(): Promise<void>;
}

/** A mail program waits for the greeting; one that speaks first does not need longer than this to show what it is. */
const enoughToTell = 512;

/**
 * @param lines the mail program's side; only looked at, nothing is read
 * @param ownUserOnly refuse programs of other users, where the system tells
 */
export function watchAdmission(
  client: Socket,
  lines: LineChannel,
  ownUserOnly: boolean,
  parent: AbortSignal,
): Admission {
  const gate = new AbortController();
  const enough = new AbortController();
  const passOn = () => gate.abort(parent.reason);
  if (parent.aborted) passOn();
  else parent.addEventListener('abort', passOn, { once: true });

  async function refuseOtherUser(): Promise<void> {
    const { localAddress, localPort, remoteAddress, remotePort } = client;
    if (!ownUserOnly || !localAddress || !localPort || !remoteAddress || !remotePort) return;
    const owner = await localOwner({ localAddress, localPort, remoteAddress, remotePort }, process.getuid?.());
    // What it left behind may be another user's, and nobody is there to hear an answer.
    if (owner.kind === 'gone') gate.abort(clientGone);
    if (owner.kind !== 'other-user') return;
    gate.abort(
      new Refused(
        'client-other-user',
        `A program of another user of this computer (user id ${owner.uid}) tried to use this relay. Only your own programs may; the setting "ownUserOnly" decides that.`,
      ),
    );
  }

  async function refuseForeign(): Promise<void> {
    let seen = 0;
    while (seen < enoughToTell) {
      try {
        await lines.arrival(enough.signal, seen);
      } catch {
        return;
      }
      const foreign = foreignClient(lines.peek());
      if (foreign) gate.abort(foreign);
      // A program that has said nothing and ended its side will not hear the greeting either.
      else if (lines.ended && lines.buffered === 0) gate.abort(clientGone);
      if (foreign || lines.ended || lines.peek().includes(0x0a)) return;
      seen = lines.buffered;
    }
  }

  const owned = refuseOtherUser();
  const watched = refuseForeign();
  async function dismiss(): Promise<void> {
    // With a reason of our own: the one that is made up otherwise carries a stack, for every session.
    enough.abort('enough');
    await watched;
    parent.removeEventListener('abort', passOn);
  }
  return {
    signal: gate.signal,
    async conclude() {
      enough.abort('enough');
      await owned;
      await dismiss();
      gate.signal.throwIfAborted();
    },
    dismiss,
  };
}
