import type { Resolve } from '../../net/dial.ts';
import { type Download, DownloadFailed } from '../../net/download.ts';
import { type KnownLists, type Link, type ListAge, listName } from './known-lists.ts';
import { maxListBytes } from './list-files.ts';
import { reachableBeside } from './reachable.ts';
import { UnusableList } from './revocation-list.ts';

/** Keeps lists fresh, in the background. All times are milliseconds since 1970. */
export interface Fetches {
  /**
   * Fetches the list of a certificate when it is due.
   *
   * @param server the address at which the mail server was reached
   * @returns why there is no fresh list, completing "… is not known: "; null when there is one
   */
  refresh(link: Link, server: string | undefined): Promise<string | null>;
  /** When {@link refresh} next has something to do. */
  dueAt(link: Link): Promise<number>;
  /** Cancels what is under way. */
  close(): void;
}

export interface FetchesOptions {
  lists: KnownLists;
  download: Download;
  resolve: Resolve;
  now: () => Date;
  /** From 0 to 1. */
  random?: () => number;
  /** The whole of one download, in milliseconds. */
  timeLimit?: number;
}

const minute = 60_000;
/**
 * Authorities' lists are valid for several days, and are replaced several times a day: a revoked certificate must not
 * stay in force for all that time.
 */
const longest = 24 * 60 * minute;
/** A list that promises to be replaced every minute is not fetched every minute. */
const shortest = 15 * minute;
/** After a failure, doubled with each one. */
const firstRetry = 10 * minute;
const lastRetry = 8 * 60 * minute;
/** Simultaneous fetches. Low concurrency: these are background downloads. */
const maxAtOnce = 2;
const defaultTimeLimit = minute;

interface Failure {
  at: number;
  times: number;
  why: string;
}

export function createFetches(options: FetchesOptions): Fetches {
  const { lists, download, resolve, random = Math.random, timeLimit = defaultTimeLimit } = options;
  const now = () => options.now().getTime();
  const closing = new AbortController();
  const failures = new Map<string, Failure>();
  const running = new Map<string, Promise<string | null>>();
  /** One number for each list, so that not every Postern contacts an authority at the same time. */
  const jitters = new Map<string, number>();
  const enter = gate(maxAtOnce);

  function jitter(name: string): number {
    const known = jitters.get(name) ?? random();
    jitters.set(name, known);
    return known;
  }

  function freshUntil(link: Link, url: string, age: ListAge | null): number {
    if (!age) return 0;
    const fetchedAt = age.fetchedAt * 1000;
    // The clock has been set back: the age of the list is unknown.
    if (fetchedAt > now() + shortest) return 0;
    const life = Math.min(longest, age.nextUpdate * 1000 - fetchedAt);
    return fetchedAt + Math.max(shortest, life * (0.75 + 0.25 * jitter(listName(link, url))));
  }

  function retryAt({ at, times }: Failure): number {
    return at + Math.min(lastRetry, firstRetry * 2 ** (times - 1));
  }

  async function fetchOne(link: Link, url: string, server: string | undefined): Promise<string | null> {
    const name = listName(link, url);
    const failure = failures.get(name);
    if (failure && now() < retryAt(failure) && now() >= failure.at) return failure.why;
    const fetching = running.get(name) ?? enter(() => attempt(link, url, server)).finally(() => running.delete(name));
    running.set(name, fetching);
    const why = await fetching;
    if (why === null) failures.delete(name);
    else if (failures.get(name) === failure) failures.set(name, { at: now(), times: (failure?.times ?? 0) + 1, why });
    return why;
  }

  async function attempt(link: Link, url: string, server: string | undefined): Promise<string | null> {
    const signal = AbortSignal.any([closing.signal, AbortSignal.timeout(timeLimit)]);
    try {
      signal.throwIfAborted();
      const limits = { maxBytes: maxListBytes, signal, resolve, mayReach: reachableBeside(server) };
      const der = await download(url, limits);
      await lists.take(link, url, der, Math.floor(now() / 1000));
      return null;
    } catch (error) {
      if (error instanceof UnusableList) return flawed(error.message);
      if (error instanceof DownloadFailed) return `the list of its authority could not be fetched: ${error.message}`;
      return signal.aborted
        ? `the list of its authority could not be fetched within ${Math.round(timeLimit / 1000)} seconds`
        : 'the list of its authority could not be fetched';
    }
  }

  return {
    async refresh(link, server) {
      let first: string | null = null;
      const stale: string[] = [];
      for (const url of link.urls) {
        const age = await lists.age(link, url);
        if (now() >= freshUntil(link, url, age)) stale.push(url);
        else if (!age?.flaw) return null;
        else first ??= flawed(age.flaw);
      }
      for (const url of stale) {
        const why = await fetchOne(link, url, server);
        const flaw = why === null ? (await lists.age(link, url))?.flaw : null;
        if (why === null && !flaw) return null;
        first ??= why ?? flawed(flaw ?? '');
      }
      return first;
    },
    async dueAt(link) {
      const fresh = await Promise.all(link.urls.map(async (url) => freshUntil(link, url, await lists.age(link, url))));
      const until = Math.max(0, ...fresh);
      if (until > now()) return until;
      const retries = link.urls.flatMap((url) => failures.get(listName(link, url)) ?? []).map(retryAt);
      return retries.length === 0 ? now() : Math.min(...retries);
    },
    close: () => closing.abort(),
  };
}

function flawed(why: string): string {
  return `the list of its authority ${why}`;
}

/** Runs this many at once; the others wait in line. */
function gate(max: number): <T>(act: () => Promise<T>) => Promise<T> {
  let inside = 0;
  const line: (() => void)[] = [];
  return async (act) => {
    if (inside >= max) await new Promise<void>((resolve) => line.push(resolve));
    inside += 1;
    try {
      return await act();
    } finally {
      inside -= 1;
      line.shift()?.();
    }
  };
}
