import { rename, unlink } from 'node:fs/promises';
import { join } from 'node:path';
import { readPrivateFile, UnusableFile, writeFileAtomically } from '../../config/atomic-file.ts';
import type { CertificateDecision, CertificateQuestion, KnownServer } from '../../contract/index.ts';
import { setAsideName } from '../../log/set-aside.ts';
import type { StateStore } from '../../state/store.ts';
import { settleWarning } from '../../state/warning.ts';
import { createRows, type Durability, type Rows } from './rows.ts';
import { createServerMemory, type ServerMemory } from './server-memory.ts';
import { emptyTrust, type GivenWarning, parseTrustFile, type TrustFile, writeTrustFile } from './trust-file.ts';

/**
 * The only memory of trust: decisions, what was seen of servers, and open questions. `trust.json` holds everything but
 * decisions `once`. A failing disk loses nothing that is now in force, and is reported as a warning.
 */
export interface TrustStore {
  readonly decisions: Rows<CertificateDecision>;
  /** Servers verified by the rules alone: a part of `memory`. */
  readonly servers: Rows<KnownServer>;
  readonly questions: Rows<CertificateQuestion>;
  readonly memory: ServerMemory;
  /** Warnings that were given before certificates expired. */
  readonly warnings: GivenWarnings;
  /**
   * Resolves when all changes so far are on disk: to null, or to why they could not be written. They are in force all
   * the same. Never rejects.
   */
  flush(): Promise<Unsaved | null>;
  /**
   * The same after trust was taken back. Where it cannot be written, the stored file, which would bring the trust back,
   * is removed: the room that it took is mostly enough for the new one, and without any file nothing is trusted.
   */
  flushWithdrawal(): Promise<Unsaved | null>;
  /** Writes what is left. Nothing is written after that. */
  close(): Promise<void>;
}

/** Why changes are not on disk. */
export interface Unsaved {
  /** The system's word for it, such as `ENOSPC`. */
  code: string;
  /** Whether no file is left that could bring back what was taken back. */
  removed: boolean;
}

export interface GivenWarnings {
  all(): readonly GivenWarning[];
  replace(warnings: readonly GivenWarning[]): void;
}

/**
 * How long changes that are not awaited are collected, in milliseconds: a flood of questions becomes one write a
 * second.
 */
const collect = { soon: 1_000, later: 60_000 };

/** A hundred questions with a hundred long names each, with room to spare. */
const maxFileBytes = 32 * 1024 * 1024;

/**
 * Opens `trust.json` in the data directory. A file that cannot be used is set aside under a dated name, with a warning
 * in the state; nothing is trusted then.
 */
export async function openTrustStore(dataDirectory: string, state: StateStore): Promise<TrustStore> {
  const path = join(dataDirectory, 'trust.json');
  const stored = await load(path, state);
  let warnings: readonly GivenWarning[] = stored.warnings;
  let changed = false;
  let closed = false;
  let timer: NodeJS.Timeout | undefined;
  let due = Number.POSITIVE_INFINITY;
  let writing: Promise<Unsaved | null> | null = null;

  const decisions = createRows(state, 'decisions', stored.decisions, schedule);
  const questions = createRows(state, 'questions', stored.questions, schedule);
  const memory = createServerMemory(state, stored.servers, schedule);

  function schedule(durability: Durability): void {
    if (durability === 'memory' || closed) return;
    changed = true;
    if (durability === 'now') {
      void flush();
      return;
    }
    const at = performance.now() + collect[durability];
    if (at >= due) return;
    due = at;
    clearTimeout(timer);
    timer = setTimeout(() => void flush(), collect[durability]).unref();
  }

  function flush(): Promise<Unsaved | null> {
    clearTimeout(timer);
    due = Number.POSITIVE_INFINITY;
    writing ??= writeChanges();
    return writing;
  }

  async function flushWithdrawal(): Promise<Unsaved | null> {
    const unsaved = await flush();
    if (unsaved === null) return null;
    const removed = await unlink(path).then(
      () => true,
      (error: unknown) => (error as NodeJS.ErrnoException).code === 'ENOENT',
    );
    if (!removed) return unsaved;
    // Another withdrawal may have written meanwhile what has just been removed.
    changed = true;
    const still = await flush();
    return still && { ...still, removed };
  }

  /** One write at a time; changes made meanwhile go into the next one. */
  async function writeChanges(): Promise<Unsaved | null> {
    // Several changes in one turn become one write.
    await Promise.resolve();
    let unsaved: Unsaved | null = null;
    while (changed && unsaved === null) {
      changed = false;
      const text = writeTrustFile({
        decisions: decisions.all().filter(({ decision }) => decision !== 'once'),
        servers: memory.all(),
        questions: questions.all(),
        warnings: [...warnings],
      });
      unsaved = await writeFileAtomically(path, text).then(
        () => null,
        (error: NodeJS.ErrnoException) => ({ code: error.code ?? 'unknown error', removed: false }),
      );
      settleWarning(state, cannotWrite, unsaved !== null);
    }
    // Retried with the next change, and at the end: retrying at once on a full disk is useless.
    if (unsaved !== null) changed = true;
    writing = null;
    return unsaved;
  }

  return {
    decisions,
    servers: memory.known,
    questions,
    memory,
    warnings: {
      all: () => warnings,
      replace(next) {
        warnings = next;
        schedule('soon');
      },
    },
    flush,
    flushWithdrawal,
    async close() {
      await flush();
      closed = true;
    },
  };
}

const cannotWrite =
  'Decisions about certificates cannot be saved to trust.json. They hold until Postern stops. Is the disk full or read-only?';

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
  const aside = setAsideName(path);
  const moved = await rename(path, aside).then(
    () => ` It was set aside as ${aside}.`,
    () => '',
  );
  settleWarning(
    state,
    `${path} ${problem}, so no earlier decision about a certificate is in force, and what was remembered of servers is lost: an alarm takes that one was verified or offered encryption before.${moved} Postern will ask again.`,
    true,
  );
  return emptyTrust;
}
