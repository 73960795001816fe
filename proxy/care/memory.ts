import { join } from 'node:path';
import { readPrivateFile, writeFileAtomically } from '../config/atomic-file.ts';
import type { UpstreamProtection } from '../contract/index.ts';
import { type CarePlace, type GivenWarning, parseCareFile, type RememberedServer, writeCareFile } from './care-file.ts';

/**
 * What Postern remembers of servers to look after the person: that they spoke TLS, the evidence of the last verified
 * session, and which warnings were given. `care.json` in the data directory; nothing is trusted because of it, so one that
 * cannot be read is simply begun anew.
 */
export interface CareMemory {
  /** When the server last agreed to TLS, ISO 8601; null when it never did. */
  offeredTls(place: CarePlace): string | null;
  /** The server has agreed to TLS just now. */
  sawTls(place: CarePlace): void;
  /** The evidence of the last verified session. */
  lastVerified(place: CarePlace): UpstreamProtection | null;
  verified(place: CarePlace, protection: UpstreamProtection): void;
  /** @returns false when this warning, or one nearer to the end, was given for the certificate before */
  warn(warning: GivenWarning): boolean;
  /** Forgets every server but these. */
  keepOnly(places: readonly CarePlace[]): void;
  /** Writes what is left. */
  close(): Promise<void>;
}

/** What is new of a server, in milliseconds; the rest is the time of its last use, which may wait. */
const soon = 1_000;
const later = 60_000;
/** Some thousand servers. */
const maxFileBytes = 16 * 1024 * 1024;

export async function openCareMemory(dataDirectory: string, now: () => Date): Promise<CareMemory> {
  const path = join(dataDirectory, 'care.json');
  const text = await readPrivateFile(path, maxFileBytes).catch(() => null);
  const stored = text === null ? null : parseCareFile(text);
  const servers = new Map<string, RememberedServer>((stored?.servers ?? []).map((row) => [keyOf(row), row]));
  let warnings = stored?.warnings ?? [];
  let changed = false;
  let due = Number.POSITIVE_INFINITY;
  let timer: NodeJS.Timeout | undefined;
  let writing: Promise<void> = Promise.resolve();

  function schedule(milliseconds: number): void {
    changed = true;
    const at = performance.now() + milliseconds;
    if (at >= due) return;
    due = at;
    clearTimeout(timer);
    timer = setTimeout(() => void write(), milliseconds).unref();
  }

  function write(): Promise<void> {
    clearTimeout(timer);
    due = Number.POSITIVE_INFINITY;
    writing = writing.then(async () => {
      if (!changed) return;
      changed = false;
      const content = writeCareFile({ servers: [...servers.values()], warnings });
      // A disk that fails loses comfort alone: what is remembered holds until Postern stops, and is tried again then.
      await writeFileAtomically(path, content).catch(() => {
        changed = true;
      });
    });
    return writing;
  }

  return {
    offeredTls: (place) => servers.get(keyOf(place))?.offeredTlsAt ?? null,
    sawTls(place) {
      const known = servers.get(keyOf(place));
      servers.set(keyOf(place), { protection: null, ...known, ...pick(place), offeredTlsAt: now().toISOString() });
      schedule(known ? later : soon);
    },
    lastVerified: (place) => servers.get(keyOf(place))?.protection ?? null,
    verified(place, protection) {
      const known = servers.get(keyOf(place))?.protection;
      servers.set(keyOf(place), { ...pick(place), protection, offeredTlsAt: protection.verifiedAt });
      schedule(known?.certificate.fingerprint === protection.certificate.fingerprint ? later : soon);
    },
    warn(warning) {
      const { account, fingerprint, threshold } = warning;
      const same = (row: GivenWarning) => row.account === account && row.fingerprint === fingerprint;
      if (warnings.some((row) => same(row) && row.threshold <= threshold)) return false;
      const present = now().getTime();
      warnings = [...warnings.filter((row) => !same(row) && Date.parse(row.notAfter) > present), warning];
      schedule(soon);
      return true;
    },
    keepOnly(places) {
      const kept = new Set(places.map(keyOf));
      const accounts = new Set(places.map(({ account }) => account));
      const gone = [...servers.keys()].filter((key) => !kept.has(key));
      for (const key of gone) servers.delete(key);
      const left = warnings.filter(({ account }) => accounts.has(account));
      if (gone.length === 0 && left.length === warnings.length) return;
      warnings = left;
      schedule(soon);
    },
    close: write,
  };
}

function keyOf({ account, server, port }: CarePlace): string {
  return JSON.stringify([account, server, port]);
}

/** The place alone, without what else the object has. */
function pick({ account, server, port }: CarePlace): CarePlace {
  return { account, server, port };
}
