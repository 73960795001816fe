/**
 * Dovecot's scripted IMAP tests, group by group: against a real Dovecot directly, and through Postern in both TLS
 * modes.
 */
import { copyFileSync, existsSync, mkdirSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { beforeAll, expect, test } from 'vitest';
import { scratchDirectory } from '../support/clean-up.ts';
import { type MailSystem, mailUsers, sixRoutes, startMailSystem } from '../support/mail-system.ts';
import type { MailUser } from '../support/mail-users.ts';
import { type Postern, startPostern } from '../support/postern.ts';
import { runProgram } from '../support/programs.ts';
import { root } from '../support/sources.ts';

// As scripts/build-imaptest builds it, unless another one is named.
const program = process.env.IMAPTEST ?? join(root, 'node_modules', '.cache', 'imaptest', 'src', 'imaptest');
const folder = process.env.IMAPTEST_TESTS ?? join(program, '..', 'tests');
if (!existsSync(program)) throw new Error(`There is no imaptest program ${program}; see CONTRIBUTING.md.`);
const groups = readdirSync(folder, { withFileTypes: true })
  .filter((entry) => entry.isFile() && !entry.name.endsWith('.mbox'))
  .map(({ name }) => name)
  .sort();

// A user for each: the tests leave folders.
const users = mailUsers('direct', 'implicit', 'starttls');
let system: MailSystem;
let postern: Postern;
beforeAll(async () => {
  system = await startMailSystem(Object.values(users));
  postern = await startPostern({ configuration: sixRoutes(system) });
});

type Outcome = 'passed' | 'failed' | 'skipped';

/** Runs one group of commands and expected replies. */
async function run(group: string, { address, password }: MailUser, port: number, ...more: string[]): Promise<Outcome> {
  const alone = join(scratchDirectory('imaptest'), 'tests');
  mkdirSync(alone);
  for (const name of [group, `${group}.mbox`, 'default.mbox']) {
    if (existsSync(join(folder, name))) copyFileSync(join(folder, name), join(alone, name));
  }
  const where = ['host=127.0.0.1', `port=${port}`, `user=${address}`, `pass=${password}`, ...more];
  const { stdout, stderr } = await runProgram(program, [...where, `test=${alone}`]);
  const said = `${stdout}${stderr}`;
  const [, failed, skipped] = /1 test groups: (\d+) failed, (\d+) skipped/.exec(said) ?? [];
  if (failed === undefined) throw new Error(`${group} was not run to its end:\n${said}`);
  if (failed !== '0') return 'failed';
  return skipped === '0' ? 'passed' : 'skipped';
}

test('there are groups to run', () => expect(groups.length).toBeGreaterThan(60));

const outcomes = new Map<string, Outcome>();

test.each(groups)('%s', async (group) => {
  const direct = await run(group, users.direct, system.port('imap', 'implicit'), 'ssl=any-cert');
  outcomes.set(group, direct);
  const through = {
    implicit: await run(group, users.implicit, postern.port('imap-implicit')),
    starttls: await run(group, users.starttls, postern.port('imap-starttls')),
  };
  // Through Postern a server's capabilities lack what cannot work there; what a group needs of the others is the same.
  expect(through).toEqual({ implicit: direct, starttls: direct });
});

test('at the server itself nearly all of them go well: what Postern is held against', () => {
  const those = (outcome: Outcome) => groups.filter((group) => outcomes.get(group) === outcome);
  process.stdout.write(`${those('passed').length} passed, skipped: ${those('skipped')}, failed: ${those('failed')}\n`);
  expect(those('passed').length).toBeGreaterThan(0.7 * groups.length);
});
