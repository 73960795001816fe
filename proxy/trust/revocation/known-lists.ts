import { createHash } from 'node:crypto';
import { BoundedMap } from '../../state/bounded-map.ts';
import type { Certificate } from '../x509/certificate.ts';
import { DerFault } from '../x509/der.ts';
import { findRevoked } from './list-entries.ts';
import type { ListFiles } from './list-files.ts';
import {
  clockSkew,
  type ListScope,
  type RevocationList,
  readRevocationList,
  requireCurrent,
  requireIssuedBy,
  speaksFor,
  UnusableList,
} from './revocation-list.ts';

/** A certificate with its issuer, and where the lists are that cover it. */
export interface Link {
  certificate: Certificate;
  issuer: Certificate;
  urls: readonly string[];
}

/** Times are seconds since 1970. */
export type Answer =
  | { kind: 'revoked'; at: number; fetchedAt: number }
  | { kind: 'good'; until: number; fetchedAt: number }
  /** There is no list, or it is older than allowed. */
  | { kind: 'unknown' };

/** How old a list is. Seconds since 1970. */
export interface ListAge extends Pick<RevocationList, 'nextUpdate' | 'flaw'> {
  fetchedAt: number;
}

/** The lists fetched in this run of Postern or an earlier one. */
export interface KnownLists {
  /** Counts the lists taken. Earlier answers hold as long as it does not change. */
  readonly version: number;
  /** @param at seconds since 1970 */
  ask(link: Link, at: number): Promise<Answer>;
  /**
   * When the list of this address was fetched, and until when it is valid; null when there is none. Seconds since 1970.
   */
  age(link: Link, url: string): Promise<ListAge | null>;
  /**
   * Takes a fetched list, if it is what it should be and no older than the known one.
   *
   * @param at seconds since 1970
   * @throws {UnusableList}
   */
  take(link: Link, url: string, der: Buffer, at: number): Promise<void>;
  /** Resolves when the lists taken are on disk, or could not be written. */
  written(): Promise<void>;
}

/** What is kept in memory of a list: a few answers, but none of its entries. */
interface KnownList {
  thisUpdate: number;
  nextUpdate: number;
  number: bigint | null;
  flaw: string | null;
  scope: ListScope;
  fetchedAt: number;
  /** By serial number in hex: the second at which it was revoked, or null. */
  answers: Map<string, number | null>;
}

/** How many answers are kept for each list: those for a person's servers and their issuers. */
const maxAnswers = 100;

/** How many lists are kept in memory: more than a person's servers have. Others are read from their files again. */
const maxLists = 200;

/** The name of a list: the key and name that sign it, and the address. Another key's list is a different one. */
export function listName({ issuer }: Pick<Link, 'issuer'>, url: string): string {
  const parts = [issuer.subject.key, issuer.publicKeyFingerprint, url];
  return createHash('sha256').update(JSON.stringify(parts)).digest('hex').slice(0, 40);
}

export function createKnownLists(files: ListFiles): KnownLists {
  const memory = new BoundedMap<string, Promise<KnownList | null>>(maxLists);
  /** Taken, but not on disk yet. */
  const unwritten = new Map<string, { bytes: Buffer; savedAt: number }>();
  let writing = Promise.resolve();
  let version = 0;

  /** The list with an answer for this certificate, if it has one; from memory, or else from its file. */
  function open({ certificate, issuer }: Link, name: string): Promise<KnownList | null> {
    const serial = certificate.serial.toString('hex');
    const before = memory.get(name);
    const opened = before
      ? before.then((known) =>
          known && !known.answers.has(serial) ? load(name, issuer, serialsOf(known, serial)).catch(() => known) : known,
        )
      : load(name, issuer, [serial]).catch(() => null);
    memory.set(name, opened);
    return opened;
  }

  /** A file is checked like a freshly fetched list, except for its age. */
  async function load(name: string, issuer: Certificate, serials: string[]): Promise<KnownList | null> {
    const stored = unwritten.get(name) ?? (await files.read(name));
    if (!stored) return null;
    const list = readRevocationList(stored.bytes);
    await requireIssuedBy(list, issuer);
    return remember(list, Math.floor(stored.savedAt / 1000), serials);
  }

  return {
    get version() {
      return version;
    },
    async ask(link, at) {
      let best: Answer = { kind: 'unknown' };
      for (const url of link.urls) {
        const list = await open(link, listName(link, url));
        const revokedAt = list?.answers.get(link.certificate.serial.toString('hex'));
        if (!list || revokedAt === undefined || !speaksFor(list.scope, link.certificate, link.urls)) continue;
        const { thisUpdate, nextUpdate: until, fetchedAt, flaw } = list;
        // An old list does not prove that a certificate is good; what it says about revoked ones stands until a newer
        // one differs.
        if (revokedAt !== null) return { kind: 'revoked', at: revokedAt, fetchedAt };
        const current = thisUpdate <= at + clockSkew && until >= at - clockSkew;
        if (current && flaw === null && (best.kind === 'unknown' || until > best.until))
          best = { kind: 'good', until, fetchedAt };
      }
      return best;
    },
    async age(link, url) {
      const list = await open(link, listName(link, url));
      return list && { fetchedAt: list.fetchedAt, nextUpdate: list.nextUpdate, flaw: list.flaw };
    },
    async take(link, url, der, at) {
      const list = readable(der);
      requireCurrent(list, at);
      await requireIssuedBy(list, link.issuer);
      if (!speaksFor(list.scope, link.certificate, link.urls)) {
        throw new UnusableList('is not about this certificate');
      }
      const name = listName(link, url);
      const before = await open(link, name);
      if (before && isOlder(list, before)) throw new UnusableList('is older than the one that is known already');
      const serials = serialsOf(before, link.certificate.serial.toString('hex'));
      const known = await remember(list, at, serials);
      memory.set(name, Promise.resolve(known));
      version += 1;
      const now = at * 1000;
      const entry = { bytes: der, savedAt: now };
      unwritten.set(name, entry);
      writing = writing.then(async () => {
        await files.write(name, der, now);
        if (unwritten.get(name) === entry) unwritten.delete(name);
      });
    },
    written: () => writing,
  };
}

function readable(der: Buffer): RevocationList {
  try {
    return readRevocationList(der);
  } catch (error) {
    if (error instanceof DerFault) throw new UnusableList('cannot be read', { cause: error });
    throw error;
  }
}

async function remember(list: RevocationList, fetchedAt: number, serials: readonly string[]): Promise<KnownList> {
  const { thisUpdate, nextUpdate, number, flaw, scope, entries } = list;
  const revoked = await findRevoked(
    entries,
    serials.map((serial) => Buffer.from(serial, 'hex')),
  ).catch((error: unknown) => {
    if (error instanceof DerFault) throw new UnusableList('has entries that cannot be read', { cause: error });
    throw error;
  });
  const answers = new Map(serials.map((serial) => [serial, revoked.get(serial) ?? null]));
  return { thisUpdate, nextUpdate, number, flaw, scope, fetchedAt, answers };
}

/** The newest serial last, so that the oldest are forgotten. */
function serialsOf(known: KnownList | null, serial: string): string[] {
  const others = [...(known?.answers.keys() ?? [])].filter((other) => other !== serial);
  return [...others.slice(1 - maxAnswers), serial];
}

/** If either has no number, the dates decide (RFC 5280 §5.2.3: numbers never go back). */
function isOlder(list: RevocationList, known: KnownList): boolean {
  if (list.thisUpdate < known.thisUpdate) return true;
  return list.number !== null && known.number !== null && list.number < known.number;
}
