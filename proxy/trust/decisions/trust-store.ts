import { rename } from 'node:fs/promises';
import { join } from 'node:path';
import { readPrivateFile, UnusableFile, writeFileAtomically } from '../../config/atomic-file.ts';
import type { CertificateDecision, CertificateQuestion, KnownServer, TableName } from '../../contract/index.ts';
import type { StateStore } from '../../state/store.ts';
import { emptyTrust, parseTrustFile, type TrustFile, writeTrustFile } from './trust-file.ts';

/** One kind of remembered thing, keyed by its id. Every change is in the state table of the same rows at once. */
export interface Rows<T extends { id: string }> {
  get(id: string): T | undefined;
  all(): T[];
  /** @param durability `memory`: shown and kept for now; `soon`: on the disk with the next write; `now`: starts one */
  set(row: T, durability: Durability): void;
  remove(id: string, durability: Durability): void;
}
type Durability = 'memory' | 'soon' | 'now';

/**
 * The answers: decisions, servers that were verified, and questions that wait for a person. `trust.json` holds all but the
 * decisions `once`. A disk that fails loses nothing of what is in force now, and is told as a warning.
 */
export interface TrustStore {
  readonly decisions: Rows<CertificateDecision>;
  readonly servers: Rows<KnownServer>;
  readonly questions: Rows<CertificateQuestion>;
  /** Resolves when all changes so far are on the disk, or could not be brought there. Never rejects. */
  flush(): Promise<void>;
  /** Writes what is left. Nothing is written after that. */
  close(): Promise<void>;
}

/** How long changes that nobody waits for are collected, in milliseconds: a flood of questions is one write a second. */
const collectMilliseconds = 1_000;

/** A hundred questions with a hundred long names each, and room to spare. */
const maxFileBytes = 32 * 1024 * 1024;

/**
 * Opens `trust.json` in the data directory. One that cannot be used is set aside under a name with the date and a warning
 * goes into the state; nothing is trusted then.
 */
export async function openTrustStore(dataDirectory: string, state: StateStore): Promise<TrustStore> {
  const path = join(dataDirectory, 'trust.json');
  const stored = await load(path, state);
  let changed = false;
  let closed = false;
  let timer: NodeJS.Timeout | null = null;
  let writing: Promise<void> | null = null;

  const decisions = rows(state, 'decisions', stored.decisions, schedule);
  const servers = rows(state, 'servers', stored.servers, schedule);
  const questions = rows(state, 'questions', stored.questions, schedule);

  function schedule(durability: Durability): void {
    if (durability === 'memory' || closed) return;
    changed = true;
    if (durability === 'now') void flush();
    else timer ??= setTimeout(() => void flush(), collectMilliseconds).unref();
  }

  function flush(): Promise<void> {
    if (timer) clearTimeout(timer);
    timer = null;
    writing ??= writeChanges();
    return writing;
  }

  /** One write at a time; what changes meanwhile goes into the next one. */
  async function writeChanges(): Promise<void> {
    // Several changes in one turn are one write.
    await Promise.resolve();
    let works = true;
    while (changed && works) {
      changed = false;
      const text = writeTrustFile({
        decisions: decisions.all().filter(({ decision }) => decision !== 'once'),
        servers: servers.all(),
        questions: questions.all(),
      });
      works = await writeFileAtomically(path, text).then(
        () => true,
        () => false,
      );
      settleWarning(state, cannotWrite, !works);
    }
    // Tried again with the next change, and at the end: a loop over a full disk helps nobody.
    if (!works) changed = true;
    writing = null;
  }

  return {
    decisions,
    servers,
    questions,
    flush,
    async close() {
      await flush();
      closed = true;
    },
  };
}

const cannotWrite =
  'Decisions about certificates cannot be saved to trust.json. They hold until Postern stops. Is the disk full or read-only?';

function settleWarning(state: StateStore, warning: string, holds: boolean): void {
  const warnings = state.get('core', 'core')?.warnings ?? [];
  if (warnings.includes(warning) === holds) return;
  state.patch('core', 'core', {
    warnings: holds ? [...warnings, warning] : warnings.filter((known) => known !== warning),
  });
}

function rows<T extends { id: string }>(
  state: StateStore,
  table: Extract<TableName, 'decisions' | 'servers' | 'questions'>,
  stored: readonly T[],
  schedule: (durability: Durability) => void,
): Rows<T> {
  const map = new Map<string, T>();
  const show = (row: T) => {
    map.set(row.id, row);
    state.set(table, row.id, row as never);
  };
  for (const row of stored) show(row);
  return {
    get: (id) => map.get(id),
    all: () => [...map.values()],
    set(row, durability) {
      show(row);
      schedule(durability);
    },
    remove(id, durability) {
      if (!map.delete(id)) return;
      state.remove(table, id);
      schedule(durability);
    },
  };
}

async function load(path: string, state: StateStore): Promise<TrustFile> {
  let problem: string;
  try {
    const text = await readPrivateFile(path, maxFileBytes);
    if (text === null) return emptyTrust;
    const stored = parseTrustFile(text);
    if (stored) return stored;
    problem = 'is damaged';
  } catch (error) {
    problem = error instanceof UnusableFile ? 'cannot be used' : 'cannot be read';
  }
  const aside = `${path}.unusable-${new Date().toISOString().replace(/[:.]/g, '-')}`;
  const moved = await rename(path, aside).then(
    () => ` It was set aside as ${aside}.`,
    () => '',
  );
  settleWarning(
    state,
    `${path} ${problem}, so no earlier decision about a certificate is in force.${moved} Postern will ask again.`,
    true,
  );
  return emptyTrust;
}
