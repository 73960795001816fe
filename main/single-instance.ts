import { randomUUID } from 'node:crypto';
import { existsSync } from 'node:fs';
import { rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';

/** What is asked of Electron's `app` here. */
export interface InstanceLock {
  requestSingleInstanceLock(data: Record<string, unknown>): boolean;
}

/** Another instance that stops gives its transfers ten seconds, and is waited for (milliseconds). */
const within = 15_000;
const askAgainAfter = 1000;
const lookEvery = 50;
const answerName = /^answer-[\da-f-]{36}$/;

/**
 * Claims the data directory for this instance of the app.
 *
 * Electron says the same, that it is not ours, when another instance has it and when it cannot be had at all: a folder
 * that may not be written to, a disk that is full, a home that another computer uses. So the other instance is asked to
 * answer, by a file of the name that it is told.
 *
 * @param folder where the lock lies
 * @returns `other` when a running instance has heard of us
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

/** Answers a second instance. @param data what it sent; anything may stand in it */
export async function answerInstance(folder: string, data: unknown): Promise<void> {
  const { answer } = (data ?? {}) as { answer?: unknown };
  if (typeof answer === 'string' && answerName.test(answer)) await writeFile(join(folder, answer), '', { mode: 0o600 });
}
