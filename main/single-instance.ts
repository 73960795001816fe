import { randomUUID } from 'node:crypto';
import { existsSync } from 'node:fs';
import { rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';

/** The part of Electron's `app` that is used here. */
export interface InstanceLock {
  requestSingleInstanceLock(data: Record<string, unknown>): boolean;
}

/** Another instance that is stopping gives its transfers ten seconds; how long to wait for it (milliseconds). */
const within = 15_000;
const askAgainAfter = 1000;
const lookEvery = 50;
const answerName = /^answer-[\da-f-]{36}$/;

/**
 * Claims the data directory for this instance of the app. Electron gives the same answer, that it is not ours, when
 * another instance has it and when it cannot be claimed at all: a read-only folder, a full disk, a home directory in
 * use on another computer. So the other instance is asked to answer by creating a file whose name it is told.
 *
 * @param folder where the lock is
 * @returns `other` when a running instance has answered
 */
export async function claimInstance(
  app: InstanceLock,
  folder: string,
  limit = within,
): Promise<'ours' | 'other' | 'unavailable'> {
  const answer = `answer-${randomUUID()}`;
  const file = join(folder, answer);
  const until = Date.now() + limit;
  do {
    if (app.requestSingleInstanceLock({ answer })) return 'ours';
    const next = Math.min(until, Date.now() + askAgainAfter);
    do {
      await wait(lookEvery);
      if (!existsSync(file)) continue;
      await rm(file, { force: true });
      return 'other';
    } while (Date.now() < next);
  } while (Date.now() < until);
  return 'unavailable';
}

/** Answers a second instance. @param data what it sent; it may be anything */
export async function answerInstance(folder: string, data: unknown): Promise<void> {
  const { answer } = (data ?? {}) as { answer?: unknown };
  if (typeof answer === 'string' && answerName.test(answer)) await writeFile(join(folder, answer), '', { mode: 0o600 });
}
