import { closeSync, openSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { journalAt } from '../../../main/service/journal-socket.ts';
import { scratchDirectory } from '../../support/clean-up.ts';

test('one entry after another, each field on a line; a value with a line end has its length before it', async () => {
  const file = join(scratchDirectory('journal'), 'datagrams');
  const descriptor = openSync(file, 'w');
  const journal = journalAt(descriptor);
  journal.entry({ MESSAGE: 'One.', PRIORITY: '6' });
  journal.entry({ MESSAGE: 'Zwei\nZeilen, ä' });
  await journal.flush();
  closeSync(descriptor);
  expect(readFileSync(file, 'latin1')).toBe(
    `MESSAGE=One.\nPRIORITY=6\nMESSAGE\n\x0f\0\0\0\0\0\0\0${Buffer.from('Zwei\nZeilen, ä').toString('latin1')}\n`,
  );
});

/** A journal that gives these answers, and then accepts everything. */
function answering(...answers: (string | null)[]) {
  const taken: string[] = [];
  const journal = journalAt(0, (_descriptor, entry, done) => {
    const code = answers.shift() ?? null;
    if (code === null) taken.push(entry.toString());
    setImmediate(() => done(code === null ? null : Object.assign(new Error(code), { code })));
  });
  return { journal, taken };
}

test('a journal that is full for a moment is waited for, in order', async () => {
  const { journal, taken } = answering('EAGAIN', 'EAGAIN');
  for (const MESSAGE of ['one', 'two']) journal.entry({ MESSAGE });
  await journal.flush();
  expect(taken).toEqual(['MESSAGE=one\n', 'MESSAGE=two\n']);
});

test('what it does not take, and what is too much, is counted and said', async () => {
  const { journal, taken } = answering('ENOBUFS');
  for (let each = 0; each < 1_002; each += 1) journal.entry({ MESSAGE: `${each}` });
  await journal.flush();
  // Rejected: the first. Not even queued: the last two.
  expect(taken).toHaveLength(1_000);
  expect(taken.slice(0, 2)).toEqual([
    'MESSAGE=1\n',
    'MESSAGE=3 entries were left out: the journal did not take them.\nPRIORITY=4\nSYSLOG_IDENTIFIER=postern\n',
  ]);
});
