import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import type { PosternEvent } from '../../proxy/contract/index.ts';
import { bounded } from '../support/bounded.ts';
import { holdsSecret, type Played, violations, wasOpened, wasWhole } from './invariants.ts';
import { type Lane, laneOf, openLanes } from './lanes.ts';
import { isHonest, planSession } from './plan.ts';
import { type Ears, type Product, runBuilt, runCore } from './product.ts';
import { watchStalls } from './stalls.ts';

export interface RunOptions {
  seed: number;
  /** The numbers of the sessions to play, in this order. */
  numbers: readonly number[];
  /** How many run at the same time. */
  concurrency: number;
  /** Against the built command in a process of its own, instead of the core in this one. */
  built: boolean;
  /** Called with each session when it has ended, or hangs. */
  watch?: (played: Played) => void;
  /** Called with each failure immediately, so that a run which is ended from outside has reported what it found. */
  failed?: (failure: Failure) => void;
  progress?: (done: number) => void;
}

/** What went wrong, and the session that it belongs to; null where it belongs to none. */
export interface Failure {
  session: number | null;
  what: string;
}

export interface RunOutcome {
  failures: Failure[];
  /** How many sessions had each outcome. */
  counts: Record<string, number>;
}

/** After this many failures there is enough to look at. */
const enoughFailures = 10;

/** For starting and stopping the product: more than its own deadlines for both together. */
const aMinute = 60_000;

/**
 * A process that stalls for this long, again and again, uses up more than the two seconds in which the product's last
 * words have to be read. A real fault occurs every time.
 */
const stallMilliseconds = 200;
const maxTries = 20;

/** Sessions before memory is measured for the first time: caches fill up. */
const warmUp = 2_000;
/** How much the memory of a core without leaks may still vary, in bytes. */
const flatWithin = 40 * 1024 * 1024;

/** Plays the sessions, checks each, and checks at the end that nothing is left of them. */
export async function run(options: RunOptions): Promise<RunOutcome> {
  const { seed, numbers, concurrency, built } = options;
  const failures: Failure[] = [];
  const fail = (session: number | null, what: string) => {
    failures.push({ session, what });
    options.failed?.({ session, what });
  };
  const counts: Record<string, number> = {};
  const count = (what: string) => {
    counts[what] = (counts[what] ?? 0) + 1;
  };
  const { lanes, configuration, authority } = await openLanes(concurrency, built);
  const inTime = <T>(what: string, promise: Promise<T>) =>
    bounded(promise, aMinute, () => `seed ${seed}: ${what} (running: ${running().join(', ') || 'no session'})`);
  const running = () => lanes.flatMap(({ playing }) => (playing ? [playing.plan.number] : []));
  /** For what cannot be attributed to one session: all running sessions are named. */
  const failAll = (what: string) => fail(running()[0] ?? null, `${what} (running: ${running().join(', ')})`);
  /** Clients that had no session: how many, how many of them were told why, and how many the product reported. */
  let unopened = 0;
  let heard = 0;
  let told = 0;
  const ears: Ears = {
    event(event: PosternEvent) {
      if (event.event === 'refused' && event.session === undefined) told += event.times ?? 1;
      if ('relay' in event) lanes[laneOf(event.relay)]?.event(event);
    },
    released: (port) => {
      for (const lane of lanes) lane.released(port);
    },
    text: (text) => holdsSecret(text) && failAll(`a password in ${JSON.stringify(text)}`),
    fault: (message) => failAll(`a fault: ${message}`),
  };
  const onError = (error: unknown) => {
    failAll(`an error that nobody caught: ${error instanceof Error ? error.stack : String(error)}`);
  };
  process.on('uncaughtException', onError);
  process.on('unhandledRejection', onError);

  const directory = mkdtempSync(join(tmpdir(), 'postern-fuzz-'));
  const dataDirectory = join(directory, 'data');
  mkdirSync(dataDirectory, { mode: 0o700 });
  writeFileSync(join(dataDirectory, 'root.pem'), authority.certPem, { mode: 0o600 });
  const product = await inTime(
    'the product does not start',
    (built ? runBuilt : runCore)(configuration, dataDirectory, ears),
  );
  const handles = countHandles();
  const stalls = watchStalls();
  let next = 0;
  let done = 0;

  async function serve(lane: Lane, end: number): Promise<void> {
    while (next < end && failures.length < enoughFailures && !lane.lost) {
      const number = numbers[next] ?? 0;
      next += 1;
      try {
        await playAndCheck(lane, number);
      } catch (error) {
        fail(number, error instanceof Error ? error.message : String(error));
      }
      done += 1;
      if (done % 1000 === 0) options.progress?.(done);
    }
  }

  /**
   * If the machine stalls, the product's deadlines report failures that are not real: such a session is played again.
   */
  async function playAndCheck(lane: Lane, number: number): Promise<void> {
    for (let tries = 1; ; tries += 1) {
      const begun = performance.now();
      const played = await lane.play(planSession(seed, number), options.watch);
      if (!wasOpened(played)) unopened += 1;
      if (!wasOpened(played) && !played.client.left) heard += 1;
      const faults = violations(played);
      if (faults.length > 0 && tries < maxTries && stalls.worstSince(begun) > stallMilliseconds) {
        count('played again after a stall');
        continue;
      }
      for (const what of faults) fail(number, what);
      tally(played, count);
      return;
    }
  }

  // Memory is measured while no session is running: a running one may hold a lot.
  await Promise.all(lanes.map((lane) => serve(lane, Math.min(numbers.length, warmUp))));
  const memory = await settledMemory(product);
  await Promise.all(lanes.map((lane) => serve(lane, numbers.length)));
  stalls.stop();
  const check = async (found: Promise<string[]>) => {
    try {
      for (const what of await found) fail(null, what);
    } catch (error) {
      fail(null, String(error));
    }
  };
  await check(leftovers(() => inTime('what it holds cannot be told', product.holds()), handles));
  const grown = (await settledMemory(product)) - memory;
  counts['memory grown by KiB'] = Math.round(grown / 1024);
  if (numbers.length > 2 * warmUp && grown > flatWithin) fail(null, `memory grew by ${grown} bytes`);
  await check(inTime('the product does not stop', product.stop()));
  // Every client that is turned away is reported, and no other: a flood of them is summed up at the end of a minute or
  // of the run.
  if (!failures.length && (told < heard || told > unopened)) {
    fail(null, `the product told of ${told} turned away; ${unopened} had no session, and ${heard} of them heard why`);
  }
  counts['without a session'] = unopened;
  counts['without a session, told of'] = told;
  const closed = Promise.all(lanes.map((lane) => lane.close()));
  await check(inTime('the servers do not close', closed).then(() => []));
  process.off('uncaughtException', onError);
  process.off('unhandledRejection', onError);
  rmSync(directory, { recursive: true, force: true, maxRetries: 5, retryDelay: 100 });
  return { failures, counts };
}

/** The outcome of a session, for the summary: a run in which nothing works would prove nothing. */
function tally(played: Played, count: (what: string) => void): void {
  for (const event of played.events) {
    if (event.event === 'refused') count(`refused ${event.reason}`);
    if (event.event === 'session-closed') count(`closed ${event.ending}`);
    if (event.event === 'session-verified') count('verified');
  }
  if (isHonest(played.plan)) count('honest');
  if (isHonest(played.plan) && wasWhole(played)) count('honest and whole');
  if (wasWhole(played)) count('whole');
}

/**
 * The lowest of several measurements, in bytes: what belongs to a socket is freed some time after the collection that
 * finds it.
 */
async function settledMemory(product: Product): Promise<number> {
  let least = product.memory();
  for (let more = 4; more > 0; more -= 1) {
    await pause(100);
    least = Math.min(least, product.memory());
  }
  return least;
}

function countHandles(): Record<string, number> {
  const counts: Record<string, number> = {};
  for (const name of process.getActiveResourcesInfo()) counts[name] = (counts[name] ?? 0) + 1;
  return counts;
}

/** What is still there when every session has ended; the last of it may take a moment. */
async function leftovers(holds: Product['holds'], handles: Record<string, number>): Promise<string[]> {
  for (let tries = 0; ; tries += 1) {
    const now = countHandles();
    const kinds = Object.keys(now).filter((kind) => /^(?:TCP|TLS|Timeout)/.test(kind));
    const more = kinds.filter((kind) => (now[kind] ?? 0) > (handles[kind] ?? 0));
    const left = [
      ...more.map((kind) => `${now[kind]} handles of the kind ${kind}, ${handles[kind] ?? 0} before`),
      ...(await holds()),
    ];
    if (left.length === 0 || tries === 600) return left;
    await pause(100);
  }
}
