import { uptime } from 'node:os';
import { join } from 'node:path';
import { readPrivateFile, writeFileAtomically } from '../config/atomic-file.ts';
import { isSameServer, practiceServer, type RefusalReason, type RefusalRow, type RelayRow } from '../contract/index.ts';
import { isOfTheNetwork } from '../diagnosis/of-the-network.ts';
import type { StateStore } from '../state/store.ts';
import { type LastSession, parseLastSessions, type RelayPath, writeLastSessions } from './last-sessions-file.ts';

/** When a change reaches the disk at the latest, in milliseconds: a refusal, or that all is well again; another success. */
const collect = { news: 1_000, routine: 60_000 };

/** How the last session of each relay went, across restarts. Nothing is trusted, asked or refused because of it. */
export interface LastSessions {
  /**
   * To be called once the relays are in place: puts what is remembered of them into the state, and keeps it from then on.
   * What a relay has met since then is left as it is.
   */
  show(): void;
  /** Writes what is left. Never rejects. */
  close(): Promise<void>;
}

/** Refusals of one program, device or message: they say nothing of the relay's way to its server. */
const ofOneClient: ReadonlySet<RefusalReason> = new Set([
  'client-not-mail',
  'client-other-user',
  'client-line-too-long',
  'too-many-connections',
  'too-many-guesses',
  'local-password-wrong',
  'device-not-allowed',
  'device-tls-failed',
  'sender-not-allowed',
  'recipient-not-allowed',
  'rate-limited',
  'message-too-large',
  'ambiguous-end-of-data',
  'proxy-header-invalid',
]);

/**
 * Opens `last-sessions.json` in the data directory. A file that cannot be used costs the memory and no more, and neither
 * does one that cannot be written.
 *
 * @param bootedAt when this computer was started, milliseconds since 1970
 */
export async function openLastSessions(
  dataDirectory: string,
  state: StateStore,
  now: () => Date,
  bootedAt = Date.now() - uptime() * 1000,
): Promise<LastSessions> {
  const path = join(dataDirectory, 'last-sessions.json');
  const text = await readPrivateFile(path).catch(() => null);
  const remembered = new Map(parseLastSessions(text ?? '').map((row) => [pathKey(row), row]));
  /** What the disk has. */
  let written = text;
  let writing = Promise.resolve();
  let timer: NodeJS.Timeout | undefined;
  let due = Number.POSITIVE_INFINITY;
  let unsubscribe = () => {};
  const told = new Map<string, Pick<RelayRow, 'lastRefusal' | 'lastSuccess'>>();
  /** A start without any relay may be one whose configuration could not be found: it forgets nothing. */
  let isEmpty = true;

  function write(): Promise<void> {
    clearTimeout(timer);
    if (isEmpty) return writing;
    due = Number.POSITIVE_INFINITY;
    const next = writeLastSessions(state.all('relays').filter(isLasting).map(withoutClients));
    if (next !== written) {
      const before = written;
      written = next;
      writing = writeFileAtomically(path, next).catch(() => {
        // Tried again with the next change, and at the end.
        written = before;
      });
    }
    return writing;
  }

  function schedule(milliseconds: number): void {
    const at = performance.now() + milliseconds;
    if (at >= due) return;
    due = at;
    clearTimeout(timer);
    timer = setTimeout(() => void write(), milliseconds).unref();
  }

  function hear(key: string, row: RelayRow | null): void {
    isEmpty = false;
    const before = told.get(key);
    if (row) told.set(key, row);
    else told.delete(key);
    const [was, is] = [before?.lastRefusal ?? null, row?.lastRefusal ?? null];
    const worked = row !== null && row.lastSuccess !== before?.lastSuccess;
    if (was !== is || (worked && is !== null)) schedule(collect.news);
    else if (worked || row === null) schedule(collect.routine);
  }

  /** A time that has not come yet is that of a clock that was wrong. */
  const isPast = (at: string) => Date.parse(at) <= now().getTime();

  function stillHolds(refusal: RefusalRow, row: RelayRow): boolean {
    if (!isPast(refusal.at)) return false;
    // The network may be another one by now.
    if (isOfTheNetwork(refusal) && Date.parse(refusal.at) < bootedAt) return false;
    return isBackedByTrust(refusal, row, state);
  }

  return {
    show() {
      for (const row of state.all('relays')) {
        const { lastRefusal = null, lastSuccess = null } = remembered.get(pathKey(row)) ?? {};
        state.patch('relays', row.name, {
          lastRefusal: row.lastRefusal ?? (lastRefusal && stillHolds(lastRefusal, row) ? lastRefusal : null),
          lastSuccess: row.lastSuccess ?? (lastSuccess !== null && isPast(lastSuccess) ? lastSuccess : null),
        });
      }
      for (const row of state.all('relays')) told.set(row.name, row);
      isEmpty = told.size === 0;
      unsubscribe = state.subscribe(({ table, key, row }) => {
        if (table === 'relays') hear(key, row);
      });
    },
    async close() {
      unsubscribe();
      await write();
    },
  };
}

/** Decisions and questions are in `trust.json` alone: without them there, nothing says any more that there were any. */
function isBackedByTrust({ reason, diagnosis }: RefusalRow, row: RelayRow, state: StateStore): boolean {
  const { account, server, port } = row;
  if (reason === 'certificate-undecided') {
    return state.all('questions').some((each) => each.account === account && isSameServer({ server, port }, each));
  }
  if (reason !== 'certificate-rejected' || diagnosis.code !== 'certificate-rejected') return true;
  return state.get('decisions', String(diagnosis.facts.id))?.decision === 'reject';
}

/** The practice ends with Postern. */
function isLasting({ server }: RelayRow): boolean {
  return server !== practiceServer.host;
}

function withoutClients(row: RelayRow): LastSession {
  const { lastRefusal } = row;
  return { ...row, lastRefusal: lastRefusal && ofOneClient.has(lastRefusal.reason) ? null : lastRefusal };
}

function pathKey({ name, account, protocol, server, port, tls }: RelayPath): string {
  return JSON.stringify([name, account, protocol, server, port, tls]);
}
