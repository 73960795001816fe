import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import type { Locator } from 'playwright-core';
import { expect, test } from 'vitest';
import type { PosternEvent } from '../../proxy/contract/index.ts';
import { launchBrowser } from '../renderer/support/window.ts';
import { atEnd, scratchDirectory } from '../support/clean-up.ts';
import { fetchWithPython, sendWithPython } from '../support/mail-programs.ts';
import { smallMessages } from '../support/messages.ts';
import { mustRun, runProgram } from '../support/programs.ts';
import { RawClient } from '../support/raw-client.ts';
import { startService } from '../support/service.ts';

const cli = fileURLToPath(new URL('../../dist/main/cli.js', import.meta.url));

/** Runs the built command, and returns its output up to the point where it was ready. */
async function run(option: string, config?: object) {
  const dataDirectory = join(scratchDirectory('practice'), 'data');
  mkdirSync(dataDirectory, { mode: 0o700 });
  const file = join(dataDirectory, 'config.json');
  if (config) writeFileSync(file, JSON.stringify(config), { mode: 0o600 });
  const events: PosternEvent[] = [];
  const service = await startService(
    process.execPath,
    [cli, 'run', '--json', '--no-window', option, '--data-dir', dataDirectory],
    {
      isReady: async () => events.some(({ event }) => event === 'ready'),
      onStart(child) {
        if (!child.stdout) return;
        createInterface({ input: child.stdout }).on('line', (line) => events.push(JSON.parse(line)));
      },
    },
  );
  const ports = Object.fromEntries(
    events.flatMap((event) => (event.event === 'listening' ? [[event.relay, event.port] as const] : [])),
  );
  const postern = (...args: string[]) => mustRun(process.execPath, [cli, ...args, '--data-dir', dataDirectory]);
  return { service, events, ports, postern, file, dataDirectory };
}

const relay = {
  ...{ name: 'imap', protocol: 'imap', listen: '127.0.0.1:0', server: 'imap.example.test', port: 993, tls: 'implicit' },
};
const account = { version: 1, accounts: [{ name: 'Work', relays: [relay] }] };
const none = { version: 1, accounts: [] };
/** However long this computer takes to run a few commands. */
const patient = { ...none, settings: { certificateDecisionSeconds: 300 } };
const practice = ['practice-imap', 'practice-pop3', 'practice-smtp'];

test.each<[string, object | undefined, string[]]>([
  ['--practice', undefined, practice],
  ['--practice', none, practice],
  ['--practice', account, ['imap']],
  ['--practice-if-new', undefined, practice],
  ['--practice-if-new', none, []],
  ['--practice-if-new', account, ['imap']],
])('postern run %s, with the configuration %j', async (option, config, relays) => {
  const { ports, service, file } = await run(option, config);
  expect(Object.keys(ports).sort()).toEqual(relays);
  await service.stop();
  expect(service.output().includes('There is already an account')).toBe(option === '--practice' && config === account);
  if (config) expect(JSON.parse(readFileSync(file, 'utf8'))).toEqual(config);
});

test('by the command alone: a mail program connects, the certificate is approved, mail flows', async () => {
  const { ports, postern, service, dataDirectory } = await run('--practice', patient);
  // A check of one route waits for the same answer, and says so.
  const check = spawn(process.execPath, [cli, 'check', 'practice-smtp', '--data-dir', dataDirectory]);
  const ended = once(check, 'close');
  let said = '';
  await new Promise<void>((resolve) =>
    check.stdout.on('data', (chunk: Buffer) => {
      said += chunk;
      if (said.includes(`waits for your decision, and this check with it.`)) resolve();
    }),
  );
  const user = { address: 'you@practice.localhost', password: 'practice' };
  const client = await RawClient.connect(ports['practice-imap'] ?? 0);
  let asked: { id: string; relays: string[] }[] = [];
  while (asked[0]?.relays.length !== 2) {
    const { stdout } = await postern('certificates', '--json');
    asked = (JSON.parse(stdout.toString()) as { questions: typeof asked }).questions;
  }
  // Once, for all three routes; and it says for how long.
  expect(asked).toHaveLength(1);
  const question = (await postern('certificates')).stdout.toString();
  expect(question).toContain('one answer counts for all its ports, and ends with the practice');
  const answer = (await postern('certificates', 'approve', asked[0].id)).stdout.toString();
  expect(answer).toMatch(/^Trusted until the practice ends: the certificate of practice\.localhost ports \d+ and \d+/);
  expect(await client.line()).toMatch(/^\* OK /);
  expect(await ended).toEqual([0, null]);
  expect(said).toContain('practice-smtp');
  expect(said).not.toMatch(/practice-(?:imap|pop3)/);
  // A wrong password is mended with the practice's own.
  const mistaken = [cli, 'check', 'practice-imap', '--user', user.address, '--password-stdin'];
  const { code, stdout } = await runProgram(process.execPath, [...mistaken, '--data-dir', dataDirectory], {
    input: 'mine\n',
  });
  expect(code).toBe(1);
  expect(stdout.toString()).toContain('the password “practice”. Type those in.');
  expect(stdout.toString()).not.toContain('app password');
  await sendWithPython(ports['practice-smtp'] ?? 0, user, smallMessages(1));
  const mail = await fetchWithPython('imap', ports['practice-imap'] ?? 0, user);
  expect(mail.map((bytes) => /^Subject: (.*?)\r?$/m.exec(bytes.toString())?.[1]).sort()).toEqual([
    'It works: your mail program reads through Postern',
    'small 0',
  ]);
  await service.stop();
});

test('the fingerprint that the terminal shows at the start is the window’s and the question’s; it asks once', async () => {
  const dataDirectory = join(scratchDirectory('practice'), 'data');
  let said = '';
  const service = await startService(
    process.execPath,
    [cli, 'run', '--practice', '--no-open', '--data-dir', dataDirectory],
    {
      isReady: async () => said.includes('Ctrl+C stops it.'),
      onStart: (child) =>
        child.stdout?.on('data', (chunk) => {
          said += String(chunk);
        }),
    },
  );
  const fingerprint = said.match(/^ {2}((?:[0-9A-F]{2}:){31}[0-9A-F]{2})$/m)?.[1] ?? '';
  expect(fingerprint).not.toBe('');
  const ports = [...said.matchAll(/ port (\d+) +no encryption/g)].map(([, port]) => Number(port));
  expect(ports).toHaveLength(practice.length);

  const browser = await launchBrowser();
  atEnd(() => browser.close());
  const page = await (await browser.newContext({ reducedMotion: 'reduce' })).newPage();
  await page.goto(/Window \(opens once\): (\S+)/.exec(said)?.[1] ?? '');
  const shown = (part: Locator) =>
    part.locator('.fingerprint').evaluateAll((all) => all.map((each) => each.textContent));
  await page.locator('.practice .fingerprint').waitFor();
  expect(await shown(page.locator('.practice'))).toEqual([fingerprint]);

  await Promise.all(ports.map((port) => RawClient.connect(port)));
  await page.getByText('1 question waits', { exact: true }).first().waitFor({ state: 'attached' });
  await page.getByRole('link', { name: 'Answer it' }).click();
  const question = page.getByRole('article', { name: /^Is this really practice\.localhost/ });
  await question.getByText(`The server shows it at ${ports.length} ports`).waitFor();
  expect(new Set(await shown(question))).toEqual(new Set([fingerprint]));
  await page.getByText('I have compared the fingerprint').click();
  await page.getByRole('button', { name: 'Always trust' }).click();
  await page.getByText('No question waits.').waitFor();
  // The first ones may have been held for longer than Postern holds one.
  for (const port of ports) {
    expect(await (await RawClient.connect(port)).line()).toMatch(/^(?:\* OK|\+OK|220) /);
  }
  const { stdout } = await mustRun(process.execPath, [cli, 'status', '--json', '--data-dir', dataDirectory]);
  expect((JSON.parse(stdout.toString()) as { questions: unknown[] }).questions).toEqual([]);
  await service.stop();
});
