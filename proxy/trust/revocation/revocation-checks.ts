import type { KnownServer, RevocationStanding } from '../../contract/index.ts';
import { BoundedMap } from '../../state/bounded-map.ts';
import type { Rows } from '../decisions/rows.ts';
import { type Place, serverId } from '../decisions/trust-history.ts';
import type { JudgedPath, StapleFinding } from '../judging/judge.ts';
import type { RevokedLookup } from '../judging/revoked-links.ts';
import type { Certificate } from '../x509/certificate.ts';
import { certificateStatus } from './certificate-status.ts';
import { listUrls } from './distribution-points.ts';
import { createFetches, type FetchesOptions } from './fetches.ts';
import { createKnownLists, type Link } from './known-lists.ts';
import { openListFiles } from './list-files.ts';

/** Checks whether certificates of known servers have been revoked. */
export interface RevocationChecks {
  /**
   * Adds to a judgement what the stored lists say. A path with a revoked certificate is abandoned if there is another
   * one. Waits for the disk at most, never for the network.
   *
   * @param again judges again with what is known to be revoked
   */
  complete(first: JudgedPath, again: (revoked: RevokedLookup) => JudgedPath): Promise<JudgedPath>;
  /**
   * A server has been verified, or would have been but for a revocation: from now on its lists are kept fresh.
   *
   * @param address where it was reached
   */
  met(place: Place, judged: JudgedPath, address: string | undefined): void;
  /** Runs the checks that are due. Never rejects. */
  checkDue(): Promise<void>;
  /** Cancels what is under way; by then everything fetched is on disk. */
  close(): Promise<void>;
}

export interface RevocationCheckOptions extends Omit<FetchesOptions, 'lists' | 'download'> {
  /** Null where nothing can be fetched. */
  download: FetchesOptions['download'] | null;
  /** Where lists are stored; created with the first one. */
  directory: string;
  servers: Rows<KnownServer>;
  /** False while nothing may be fetched. */
  mayFetch(): boolean;
  /** Whether a server is still among the configured ones. */
  isConfigured(place: Place): boolean;
  /** Receives the fingerprint of a server's certificate that turns out to be revoked, or to have a revoked issuer. */
  onRevoked(fingerprint: string): void;
  /** Is called for an unexpected internal error. */
  fault(error: unknown): void;
}

/** One server with one certificate. */
interface Target {
  key: string;
  place: Place;
  fingerprint: string;
  links: Link[];
  address: string | undefined;
  staple: StapleFinding;
  standing: RevocationStanding | null;
  fetching: boolean;
  /** Milliseconds since 1970. */
  nextAt: number;
  /** The latest check, under way or over. */
  checking: Promise<void>;
}

/** How many certificates of one server are watched: machines behind one name can have their own. */
const maxForOneServer = 4;
/** How many paths found to contain nothing revoked are remembered. */
const maxClean = 200;
/** The longest time without a check, in milliseconds: settings and clocks change. */
const maxSleep = 3_600_000;
const minSleep = 1_000;

export function openRevocationChecks(options: RevocationCheckOptions): RevocationChecks {
  const { servers, now } = options;
  const lists = createKnownLists(openListFiles(options.directory));
  const { download } = options;
  const fetches = download && createFetches({ ...options, download, lists });
  const targets = new Map<string, Target>();
  /** By path: the version of the lists that had nothing against it. */
  const clean = new BoundedMap<string, number>(maxClean);
  let timer: NodeJS.Timeout | null = null;
  let closed = false;

  const mayFetch = () => fetches !== null && options.mayFetch();
  const seconds = () => Math.floor(now().getTime() / 1000);

  function check(target: Target): Promise<void> {
    target.checking = target.checking
      .then(() => look(target))
      .catch(options.fault)
      .then(sleep);
    return target.checking;
  }

  async function look(target: Target): Promise<void> {
    if (closed) return;
    if (!options.isConfigured(target.place)) {
      targets.delete(target.key);
      return;
    }
    target.nextAt = now().getTime() + maxSleep;
    target.fetching = mayFetch();
    const findings = await Promise.all(
      target.links.map(async (link) => {
        const trouble = await refresh(link, target);
        return { certificate: link.certificate, trouble, answer: await lists.ask(link, seconds()) };
      }),
    );
    if (closed) return;
    if (fetches && target.fetching) {
      const due = await Promise.all(target.links.filter(({ urls }) => urls.length > 0).map(fetches.dueAt));
      target.nextAt = Math.min(target.nextAt, ...due);
    }
    const before = target.standing?.status;
    target.standing = certificateStatus(findings, target.staple, seconds());
    if (before !== 'revoked' && target.standing.status === 'revoked') options.onRevoked(target.fingerprint);
    show(target);
  }

  async function refresh(link: Link, { fetching, address }: Target): Promise<string | null> {
    if (link.urls.length === 0) return 'its authority names no list that could be fetched';
    if (!fetches || !fetching) return 'lists of revoked certificates are not fetched now';
    return fetches.refresh(link, address);
  }

  function show({ place, fingerprint, standing }: Target): void {
    // The row is about what was met last: the same certificate can have a revoked issuer and a good one.
    const latest = [...targets.values()].findLast((target) => serverId(target.place) === serverId(place));
    const row = servers.get(serverId(place));
    if (latest?.standing !== standing) return;
    if (!row || !standing || row.certificate.fingerprint !== fingerprint) return;
    if (JSON.stringify(row.revocation) !== JSON.stringify(standing))
      servers.set({ ...row, revocation: standing }, 'soon');
  }

  function sleep(): void {
    if (timer) clearTimeout(timer);
    timer = null;
    if (closed || targets.size === 0) return;
    const next = Math.min(...[...targets.values()].map(({ nextAt }) => nextAt));
    const milliseconds = Math.min(maxSleep, Math.max(minSleep, next - now().getTime()));
    timer = setTimeout(() => void checkDue(), milliseconds).unref();
  }

  async function checkDue(): Promise<void> {
    const due = [...targets.values()].filter(({ nextAt }) => nextAt <= now().getTime());
    await Promise.all(due.map(check));
    sleep();
  }

  return {
    checkDue,
    async complete(first, again) {
      const known = new Map<string, number>();
      const name = (issuer: Certificate, serial: Buffer) =>
        `${issuer.subject.key}\n${issuer.publicKeyFingerprint}\n${serial.toString('hex')}`;
      let judged = first;
      // Terminates: each round finds another certificate, and there are only so many.
      for (;;) {
        const path = pathKey(judged.path);
        if (clean.get(path) === lists.version) return judged;
        const before = known.size;
        const { version } = lists;
        for (const link of linksOf(judged.path)) {
          const answer = await lists.ask(link, seconds());
          if (answer.kind === 'revoked') known.set(name(link.issuer, link.certificate.serial), answer.at);
        }
        if (known.size === before) {
          if (known.size === 0) clean.set(path, version);
          return judged;
        }
        judged = again((issuer, serial) => known.get(name(issuer, serial)) ?? null);
      }
    },
    met({ account, server, port }, { path, certificate, staple }, address) {
      if (closed) return;
      const place = { account, server, port };
      const key = `${serverId(place)} ${pathKey(path)}`;
      const target: Target = targets.get(key) ?? {
        key,
        place,
        fingerprint: certificate.fingerprint,
        links: linksOf(path),
        address,
        staple,
        standing: null,
        fetching: false,
        nextAt: 0,
        checking: Promise.resolve(),
      };
      const news = target.staple?.kind !== staple?.kind;
      const latest = Object.assign(target, { address, staple });
      targets.delete(key);
      targets.set(key, latest);
      const here = [...targets.values()].filter((other) => serverId(other.place) === serverId(place));
      for (const old of here.slice(0, -maxForOneServer)) targets.delete(old.key);
      if (news || latest.nextAt <= now().getTime() || latest.fetching !== mayFetch()) void check(latest);
      else show(latest);
    },
    async close() {
      closed = true;
      sleep();
      fetches?.close();
      await Promise.all([...targets.values()].map(({ checking }) => checking));
      await lists.written();
    },
  };
}

function pathKey(path: readonly Certificate[]): string {
  return path.map(({ fingerprint }) => fingerprint).join();
}

/** Every certificate of a path but the last, which is a trust anchor. */
function linksOf(path: readonly Certificate[]): Link[] {
  return path.flatMap((certificate, index) => {
    const issuer = path[index + 1];
    return issuer ? [{ certificate, issuer, urls: listUrls(certificate) }] : [];
  });
}
