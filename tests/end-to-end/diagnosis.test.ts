/** Every failure with a real cause, and what a person is told: on the command line and in the window, word for word. */
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { AxeBuilder } from '@axe-core/playwright';
import type { Page } from 'playwright-core';
import { beforeAll, describe, expect, test } from 'vitest';
import type { CheckReport } from '../../proxy/contract/index.ts';
import { launchBrowser, read } from '../renderer/support/window.ts';
import { credentials, startCauses } from '../support/causes.ts';
import { atEnd, scratchDirectory } from '../support/clean-up.ts';
import { type Postern, startPostern } from '../support/postern.ts';

const { causes, authority } = await startCauses();
let postern: Postern;
let page: Page;
const complaints: string[] = [];

beforeAll(async () => {
  const dataDirectory = join(scratchDirectory('diagnosis'), 'data');
  mkdirSync(dataDirectory, { mode: 0o700 });
  writeFileSync(join(dataDirectory, 'root.pem'), authority.certPem);
  postern = await startPostern({
    dataDirectory,
    window: true,
    configuration: {
      version: 1,
      accounts: causes.map(({ account: name, relays }) => ({
        name,
        relays: relays.map((relay) => ({ listen: '127.0.0.1:0', ...relay })),
      })),
      certificateAuthorities: ['root.pem'],
      settings: { connectTimeoutSeconds: 8, certificateDecisionSeconds: 0 },
    },
  });
  const browser = await launchBrowser();
  atEnd(() => browser.close());
  const context = await browser.newContext({ viewport: { width: 1200, height: 900 }, reducedMotion: 'reduce' });
  page = await context.newPage();
  page.on('console', (message) => {
    if (['error', 'warning'].includes(message.type())) complaints.push(message.text());
  });
  const ready = await postern.event('ready');
  await page.goto(String(ready.window));
});

describe.each(causes)('$account', ({ account, code, sentence }) => {
  test('on the command line', async () => {
    const words = ['check', account, '--user', credentials.user, '--password-stdin'];
    const { code: exit, stdout, stderr } = await postern.commandWith(`${credentials.password}\n`, ...words);
    expect({ exit, stderr }).toEqual({ exit: 1, stderr: '' });
    const said = stdout.toString();
    expect(said).toContain(`: ${sentence} [${code}]\n  What to do: `);
    expect(said).toContain(`\n  More: docs/diagnosis.md#${code}\n`);
    expect(said).not.toContain(credentials.password);
  });

  test('in the window', async () => {
    await page.goto(`${new URL(page.url()).origin}/#/accounts/${encodeURIComponent(account)}`);
    await page.getByRole('textbox', { name: 'User name' }).fill(credentials.user);
    await page.getByLabel('Password').fill(credentials.password);
    await page.getByRole('button', { name: 'Start the test' }).click();
    const told = page.locator(`[data-code="${code}"]`).last();
    await told.waitFor();
    const text = await read(told);
    expect(text).toContain(sentence);
    expect(text).toContain('What to do:');
    expect(text).toContain(`docs/diagnosis.md, under “${code}”`);
  });
});

test('in the window, what is tried behind the sign-in has the name that fits the path', async () => {
  const { account } = causes.find(({ code }) => code === 'directory-refused') ?? { account: '' };
  await page.goto(`${new URL(page.url()).origin}/#/accounts/${encodeURIComponent(account)}`);
  await page.getByRole('textbox', { name: 'User name' }).fill(credentials.user);
  await page.getByLabel('Password').fill(credentials.password);
  await page.getByRole('button', { name: 'Start the test' }).click();
  const steps = page.getByRole('log', { name: 'Steps of the test' });
  await steps.getByText('Search the directory').waitFor();
  expect(await read(steps)).not.toContain('mailbox');
});

test('--json has the code', async () => {
  const [cause] = causes;
  const { stdout } = await postern.command('check', cause?.account ?? '', '--json');
  const report = JSON.parse(stdout.toString()) as CheckReport;
  expect(report.relays[0]?.diagnosis).toMatchObject({ code: cause?.code, sentence: cause?.sentence });
});

test('the refusal and its event have the code, too', async () => {
  const refused = await postern.event('refused', ({ relay }) => relay === 'r1');
  expect(refused.code).toBe('connection-refused');
  const { stdout } = await postern.command('status', '--json');
  const { relays } = JSON.parse(stdout.toString());
  expect(relays[0].lastRefusal.diagnosis).toMatchObject({ code: 'connection-refused' });
});

test('a port in use: the event and the state name the program and a port that is free', async () => {
  const failed = await postern.event('relay-failed', ({ relay }) => relay === 'taken');
  expect(failed).toMatchObject({ reason: 'address-in-use', code: 'port-in-use', holder: { pid: process.pid } });
  expect(failed.freePort).toBeGreaterThan(failed.port);
  expect(failed.message).toContain(
    `(process ${process.pid}). Close that program, or choose another port for this path: `,
  );
  const { stdout } = await postern.command('status');
  expect(stdout.toString()).toContain(`${failed.freePort} is free`);
});

test('the page stands for everyone, and complains of nothing', async () => {
  const { violations } = await new AxeBuilder({ page }).analyze();
  expect(violations).toEqual([]);
  expect(complaints).toEqual([]);
});

test('nothing of the server’s own words is told', async () => {
  expect(`${postern.output()}${JSON.stringify(postern.events)}`).not.toMatch(/gsmtp|OUTLOOK\.COM|SSH-2\.0/);
});
