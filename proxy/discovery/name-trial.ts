import type { RelayConfiguration, Settings } from '../contract/index.ts';
import type { Resolve } from '../net/dial.ts';
import { Refused } from '../net/refused.ts';
import { CommandFailed, failedWhilePaused } from '../state/command-failed.ts';
import type { DecidingDesk, TlsContext } from '../trust/tls/secure-upstream.ts';
import { tryMilliseconds } from './context.ts';

/** What a trial uses of the core. */
export interface NameTrialOptions {
  resolve: Resolve;
  now: () => Date;
  revocations: DecidingDesk['revocations'];
  tlsContext: (relay: string) => TlsContext;
  settings: () => Settings;
  paused: () => boolean;
}

/** Tries whether relays reach verified servers under another name. */
export interface NameTrials {
  /**
   * Connects to the server of each relay under its new name, where the relay would connect from then on.
   *
   * @returns the relays with the new name, every one of them verified
   * @throws CommandFailed when one of them is not; says why
   */
  run(relays: readonly RelayConfiguration[], name: string): Promise<RelayConfiguration[]>;
  /** Ends those under way. @param why what they fail with */
  end(why?: CommandFailed): void;
}

export function createNameTrials(options: NameTrialOptions): NameTrials {
  const { resolve, now, revocations, tlsContext, settings, paused } = options;
  const underWay = new Set<AbortController>();

  /**
   * A name that cannot be looked up may still be used for verification: the server is dialled at the former address.
   */
  async function renamed(relay: RelayConfiguration, name: string): Promise<RelayConfiguration> {
    if (relay.address !== undefined || (await isKnown(resolve, name))) return { ...relay, server: name };
    return { ...relay, server: name, address: relay.server };
  }

  return {
    async run(relays, name) {
      if (paused()) throw failedWhilePaused();
      const controller = new AbortController();
      const { signal } = controller;
      underWay.add(controller);
      try {
        const { verifyServer } = await import('./verify.ts');
        const { createStrictDesk } = await import('./strict-desk.ts');
        const desk = createStrictDesk(now, revocations);
        const maxMilliseconds = Math.min(settings().connectTimeoutSeconds * 1000, tryMilliseconds);
        const trial = async (relay: RelayConfiguration) => {
          const next = await renamed(relay, name);
          const context = { resolve, desk, tlsContext: tlsContext(relay.name), tryMilliseconds: maxMilliseconds };
          await verifyServer(next, context, signal);
          return next;
        };
        return await Promise.all(relays.map(trial));
      } catch (error) {
        if (!(error instanceof Refused)) throw error;
        const why = error.reason === 'certificate-undecided' ? error.diagnosis.sentence : error.message;
        throw new CommandFailed('failed', `Nothing was changed: ${name} could not be verified. ${why}`, {
          cause: error,
        });
      } finally {
        controller.abort();
        underWay.delete(controller);
      }
    },
    end(why = new CommandFailed('cancelled', 'Postern stops; nothing was changed.')) {
      for (const controller of underWay) controller.abort(why);
    },
  };
}

/** Whether a name has an address. A name server that does not answer leaves that open, and connecting will tell. */
async function isKnown(resolve: Resolve, name: string): Promise<boolean> {
  try {
    return (await resolve(name)).length > 0;
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    return code !== 'ENOTFOUND' && code !== 'ENODATA';
  }
}
