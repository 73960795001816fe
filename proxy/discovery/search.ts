import {
  type DiscoveryStep,
  type FoundServer,
  type Protocol,
  protocols,
  type RejectedServer,
  tlsModes,
  tlsName,
} from '../contract/index.ts';
import { Refused } from '../net/refused.ts';
import { type Candidate, inOrder } from './candidate.ts';
import { type VerifyContext, verifyServer } from './verify.ts';

/** A longer list is of no use. */
const maxRejected = 20;

/**
 * The most servers of one protocol tried from a single source: real ones name two or three, hostile ones would use up
 * the time.
 */
const maxNamed = 6;

/** The results of a search so far. */
export interface Search {
  /** At most one server for each protocol. */
  readonly found: ReadonlyMap<Protocol, FoundServer>;
  readonly rejected: readonly RejectedServer[];
  readonly steps: readonly DiscoveryStep[];
  /** Whether any server was reached, whatever it then showed. */
  readonly reached: boolean;
  /** Reports a step when it begins and when it is done. `work` returns what came of it. */
  step<T>(key: string, message: string, work: () => Promise<T>, told: (result: T) => StepEnd): Promise<T>;
  /**
   * Tries named servers, for each protocol that has none yet, one after another, until one is verified.
   *
   * @throws the signal's reason
   */
  tryNamed(candidates: readonly Candidate[]): Promise<void>;
  /**
   * Tries servers that may not even exist, all of one TLS mode at once, and takes the first in order that is verified.
   *
   * @throws the signal's reason
   */
  tryGuesses(candidates: readonly Candidate[]): Promise<void>;
}

export type StepEnd = Pick<DiscoveryStep, 'outcome' | 'message'>;

export function createSearch(
  context: VerifyContext,
  progress: (step: DiscoveryStep) => void,
  signal: AbortSignal,
): Search {
  const found = new Map<Protocol, FoundServer>();
  const rejected: RejectedServer[] = [];
  const steps: DiscoveryStep[] = [];
  let reached = false;

  const done = (step: DiscoveryStep) => {
    steps.push(step);
    progress(step);
  };

  /** @returns whether it was verified */
  async function verify(candidate: Candidate, guessed: boolean, abandoned: AbortSignal): Promise<FoundServer | null> {
    const { protocol, server, port, tls, source } = candidate;
    const key = `${protocol} ${server} ${port}`;
    // Another source may name it again: the answer is known, and said.
    if (rejected.some((each) => `${each.protocol} ${each.server} ${each.port} ${each.tls}` === `${key} ${tls}`))
      return null;
    if (!guessed) progress({ key, outcome: 'running', message: `Trying ${server} port ${port} …` });
    try {
      const verified = await verifyServer(candidate, context, AbortSignal.any([signal, abandoned]));
      return { ...candidate, ...verified };
    } catch (error) {
      signal.throwIfAborted();
      if (abandoned.aborted) return null;
      if (!(error instanceof Refused)) throw error;
      reached ||= !quiet.has(error.reason);
      // A guess that leads nowhere is not reported.
      if (guessed && quiet.has(error.reason)) return null;
      if (rejected.length < maxRejected) {
        rejected.push({ protocol, server, port, tls, source, message: whyNot(error) });
      }
      done({ key, outcome: 'failed', message: whyNot(error) });
      return null;
    }
  }

  function take(server: FoundServer): void {
    const { protocol, server: name, port, protection } = server;
    found.set(protocol, server);
    done({
      key: `${protocol} ${name} ${port}`,
      outcome: 'ok',
      message: `${name} port ${port} speaks ${protocol.toUpperCase()}; its certificate is verified (${tlsName(protection.tlsVersion)}).`,
    });
  }

  async function tryNamed(candidates: readonly Candidate[]): Promise<void> {
    const never = new AbortController().signal;
    await each(candidates, async (own) => {
      for (const candidate of own.slice(0, maxNamed)) {
        const server = await verify(candidate, false, never);
        if (server) return take(server);
      }
    });
  }

  async function tryGuesses(candidates: readonly Candidate[]): Promise<void> {
    await each(candidates, async (own) => {
      for (const mode of tlsModes) {
        const abandon = new AbortController();
        const tries = own.filter(({ tls }) => tls === mode).map((each) => verify(each, true, abandon.signal));
        try {
          for (const attempt of tries) {
            const server = await attempt;
            if (server) return take(server);
          }
        } finally {
          abandon.abort();
          await Promise.allSettled(tries);
        }
      }
    });
  }

  /** The protocols are independent of one another. */
  async function each(candidates: readonly Candidate[], work: (own: Candidate[]) => Promise<void>): Promise<void> {
    const missing = protocols.filter((protocol) => !found.has(protocol));
    const outcomes = await Promise.allSettled(
      missing.map((protocol) => work(inOrder(candidates.filter((candidate) => candidate.protocol === protocol)))),
    );
    signal.throwIfAborted();
    for (const outcome of outcomes) if (outcome.status === 'rejected') throw outcome.reason;
  }

  return {
    found,
    rejected,
    steps,
    get reached() {
      return reached;
    },
    tryNamed,
    tryGuesses,
    async step(key, message, work, told) {
      signal.throwIfAborted();
      progress({ key, outcome: 'running', message });
      const result = await work();
      done({ key, ...told(result) });
      return result;
    },
  };
}

/** Nobody is asked about a server that was only found, so the advice for a certificate question does not fit. */
function whyNot(refused: Refused): string {
  return refused.reason === 'certificate-undecided'
    ? `${refused.diagnosis.sentence} If you know that this is your server, add it by hand: Postern then shows you the certificate, and asks.`
    : refused.message;
}

const quiet: ReadonlySet<string> = new Set(['upstream-unreachable', 'upstream-timeout']);
