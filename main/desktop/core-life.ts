import { words } from './words.ts';

/*
 * The life of the core's process, seen from the shell. Rules:
 *
 * - A process is starting until its first snapshot has come; then it is live. It may end at any time.
 * - Unless it was to stop, another one is started after a while, which grows with each that ends soon after its start.
 * - One that says why it cannot start is tried again seldom, and so is one that has never become live several times in a row:
 *   a person has to do something, and is told so.
 * - A core that was to stop stays stopped.
 */

export const coreStages = ['starting', 'live', 'waiting', 'stopping', 'stopped'] as const;
export type CoreStage = (typeof coreStages)[number];

/** The legal steps from each stage. */
export const coreSteps: Record<CoreStage, readonly CoreStage[]> = {
  starting: ['live', 'waiting', 'stopping'],
  live: ['waiting', 'stopping'],
  waiting: ['starting', 'stopping'],
  stopping: ['stopped'],
  stopped: [],
};

/** A core that stayed up this long was healthy: its next end counts as the first one again (milliseconds). */
const wellAfter = 60_000;

/** After this many ends in a row before it was up, pending requests fail with that reason. */
const hopelessAfter = 4;

/** How a process ended on its own: with its reason why it cannot start, out of memory, or neither. */
export interface CoreEnd {
  failure: string | null;
  isExhausted: boolean;
}

/** The consequence: the status to show meanwhile, and the time until the next start, in milliseconds. */
export interface CoreRestart {
  status: 'restarting' | 'gone';
  reason: string;
  wait: number;
}

export class CoreLife {
  readonly #delays: readonly number[];
  readonly #now: () => number;
  #stage: CoreStage = 'waiting';
  #liveSince: number | null = null;
  /** Ends in a row that came soon. */
  #ends = 0;
  /** Ends in a row before it was live, without a reason given. */
  #vain = 0;
  #wasLive = false;

  /** @param delays before a core that ended is started again, in milliseconds; the last one repeats */
  constructor(delays: readonly number[], now: () => number = Date.now) {
    this.#delays = delays;
    this.#now = now;
  }

  get stage(): CoreStage {
    return this.#stage;
  }

  starting(): void {
    this.#step('starting');
    this.#liveSince = null;
  }

  /** It has sent a snapshot. @returns whether it is back after one that was live had ended on its own */
  live(): boolean {
    if (this.#stage !== 'starting') return false;
    this.#step('live');
    this.#liveSince = this.#now();
    const isBack = this.#wasLive;
    this.#wasLive = false;
    return isBack;
  }

  /** It is to stop. May be called more than once. */
  stopping(): void {
    if (this.#stage !== 'stopping' && this.#stage !== 'stopped') this.#step('stopping');
  }

  /** The process has ended. @returns null when it was to stop */
  ended({ failure, isExhausted }: CoreEnd): CoreRestart | null {
    if (this.#stage === 'stopping') {
      this.#step('stopped');
      return null;
    }
    this.#step('waiting');
    const since = this.#liveSince;
    if (since !== null && this.#now() - since > wellAfter) this.#ends = 0;
    this.#wasLive ||= since !== null;
    this.#vain = failure === null && since === null ? this.#vain + 1 : 0;
    const seldom = this.#delays.at(-1) ?? 0;
    const wait = this.#delays[this.#ends] ?? seldom;
    this.#ends += 1;
    // The person has to fix whatever keeps it from starting; it is tried again all the same.
    if (failure !== null) return { status: 'gone', reason: failure, wait: seldom };
    if (this.#vain >= hopelessAfter) return { status: 'gone', reason: words.core.keepsEnding, wait };
    return { status: 'restarting', reason: isExhausted ? words.core.exhausted : words.core.restarting, wait };
  }

  #step(to: CoreStage): void {
    if (!coreSteps[this.#stage].includes(to)) throw new Error(`The core cannot step from ${this.#stage} to ${to}.`);
    this.#stage = to;
  }
}
