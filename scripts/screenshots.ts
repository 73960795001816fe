// `node scripts/screenshots.ts [NAME ...]`: pictures of every page, in light and dark, narrow and wide, into
// dist/screenshots/ for review. Those that a document shows go to docs/screenshots/ as well.
import { existsSync } from 'node:fs';
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { Page } from 'playwright-core';
import { connection } from '../renderer/words/frame.ts';
import { addressBookCore } from '../tests/renderer/support/fake-address-book.ts';
import { otherNameQuestion, questions } from '../tests/renderer/support/fake-certificates.ts';
import { createFakeCore, type FakeCore } from '../tests/renderer/support/fake-core.ts';
import {
  appPasswordReport,
  findingCore,
  foreignReport,
  partReport,
  search,
  tokenReport,
} from '../tests/renderer/support/fake-discovery.ts';
import { newsCore, newsQuestion } from '../tests/renderer/support/fake-news.ts';
import { holdSignIn, signedInCore, waitingCore } from '../tests/renderer/support/fake-sign-in.ts';
import { askingStore, busyStore, freshStore, ordinaryConfiguration } from '../tests/renderer/support/fake-state.ts';
import { prepareWindows, unfold } from '../tests/renderer/support/window.ts';

const directory = fileURLToPath(new URL('../dist/screenshots/', import.meta.url));
const shown = fileURLToPath(new URL('../docs/screenshots/', import.meta.url));

/** A page, the core it talks to, and what to do before the picture is taken. */
interface Picture {
  name: string;
  where: string;
  core: () => FakeCore;
  prepare?: (page: Page, core: FakeCore) => Promise<void>;
}

const busy = () => createFakeCore(busyStore());
const asking = () => createFakeCore(askingStore());
const withOtherName = () => {
  const store = askingStore();
  store.set('questions', otherNameQuestion.id, otherNameQuestion);
  return createFakeCore(store);
};
const withDevices = () => {
  const store = busyStore();
  const lastSeen = new Date(Date.now() - 600_000).toISOString();
  store.patch('relays', 'work-smtp', {
    devices: [
      { address: '192.168.7.20', listed: true, lastSeen, messages: 3, refusals: 1 },
      { address: '192.168.7.33', listed: false, lastSeen, messages: 0, refusals: 4 },
      { address: '2001:db8:1234:5678:9abc:def0:1234:5678', listed: true, lastSeen, messages: 1, refusals: 0 },
    ],
  });
  return createFakeCore(store);
};
const proved = () => {
  const store = askingStore();
  store.set('questions', questions.alarm.id, { ...questions.alarm, provedAgainAt: new Date().toISOString() });
  return createFakeCore(store);
};
const noAccounts = { ...ordinaryConfiguration, accounts: [] };
const empty = () => createFakeCore(freshStore(noAccounts), noAccounts);

const pictures: Picture[] = [
  { name: 'welcome', where: '#/overview', core: empty },
  {
    name: 'practice',
    where: '#/overview',
    core: empty,
    prepare: async (page) => {
      await page.getByRole('button', { name: 'Try it without an account' }).click();
      await page.getByText('This is a practice account.').waitFor();
    },
  },
  { name: 'overview', where: '#/overview', core: busy, prepare: letMailMove },
  { name: 'overview-alarm', where: '#/overview', core: asking },
  {
    name: 'overview-well',
    where: '#/overview',
    core: busy,
    prepare: async (page, { store }) => {
      store.patch('relays', 'club-pop3', { lastRefusal: null });
      await page.getByText('All is well').waitFor();
      await unfold(page, 'Work');
      await page.getByRole('article', { name: 'Reading mail, work-imap' }).getByText('Details').click();
    },
  },
  {
    name: 'overview-question',
    where: '#/overview',
    core: asking,
    prepare: async (page, { store }) => {
      store.remove('questions', questions.alarm.id);
      await page.getByText('questions wait for you').waitFor();
    },
  },
  {
    name: 'overview-paused',
    where: '#/overview',
    core: busy,
    prepare: (_page, { store }) => Promise.resolve(store.patch('core', 'core', { paused: true })),
  },
  {
    name: 'overview-old',
    where: '#/overview',
    core: busy,
    prepare: async (page, core) => {
      core.say({ kind: 'core', status: 'restarting', reason: 'It stopped unexpectedly.' });
      await page.getByRole('alert').waitFor();
    },
  },
  {
    name: 'overview-silent',
    where: '#/overview',
    core: busy,
    prepare: async (page, core) => {
      core.say({ kind: 'core', status: 'gone', reason: connection.comesBack });
      await page.getByText(connection.silent).waitFor();
    },
  },
  { name: 'certificates', where: `#/certificates/${questions.expired.id}`, core: asking },
  { name: 'certificates-other-name', where: `#/certificates/${otherNameQuestion.id}`, core: withOtherName },
  { name: 'certificates-changed', where: `#/certificates/${questions.changed.id}`, core: asking },
  {
    name: 'certificates-alarm-rejected',
    where: `#/certificates/${questions.alarm.id}`,
    core: asking,
    prepare: async (page) => {
      await page.getByRole('button', { name: `Reject ${questions.alarm.host}` }).click();
      await page.getByText('You rejected what it shows').waitFor();
    },
  },
  {
    name: 'overview-alarm-rejected',
    where: `#/certificates/${questions.alarm.id}`,
    core: asking,
    prepare: async (page) => {
      await page.getByRole('button', { name: `Reject ${questions.alarm.host}` }).click();
      await page.getByText('You rejected what it shows').waitFor();
      await page.getByRole('link', { name: 'Overview' }).click();
      await page.getByText('A connection may be intercepted').waitFor();
    },
  },
  { name: 'certificates-proved-again', where: `#/certificates/${questions.alarm.id}`, core: proved },
  { name: 'certificates-stranger', where: `#/certificates/${questions.stranger.id}`, core: asking },
  { name: 'certificates-alarm', where: `#/certificates/${questions.alarm.id}`, core: asking },
  {
    name: 'activity',
    where: '#/activity',
    core: busy,
    prepare: async (page) => {
      await page.getByRole('listbox').focus();
      await page.keyboard.press('ArrowDown');
      await page.keyboard.press('ArrowDown');
    },
  },
  { name: 'accounts', where: '#/accounts', core: busy },
  {
    name: 'account-devices',
    where: '#/accounts/Work',
    core: withDevices,
    prepare: async (page) => {
      await page.getByRole('button', { name: 'Let 192.168.7.33 in' }).waitFor();
    },
  },
  {
    name: 'account-devices-ask',
    where: '#/accounts/Work',
    core: withDevices,
    prepare: async (page) => {
      await page.getByRole('button', { name: 'Let 192.168.7.33 in' }).click();
      await page.getByRole('alertdialog').waitFor();
    },
  },
  { name: 'account-news', where: '#/accounts/Groups', core: newsCore },
  {
    name: 'overview-news',
    where: '#/overview',
    core: newsCore,
    prepare: (page) => unfold(page, 'Groups'),
  },
  {
    name: 'certificates-news',
    where: `#/certificates/${newsQuestion.id}`,
    core: () => {
      const core = newsCore();
      core.store.set('questions', newsQuestion.id, newsQuestion);
      return core;
    },
  },
  {
    name: 'card-news',
    where: '#/accounts/Groups?card',
    core: newsCore,
    prepare: async (page) => {
      await page.getByLabel('Which mail program is it?').selectOption('agent');
      await page.getByRole('heading', { name: 'Forté Agent' }).waitFor();
    },
  },
  { name: 'activity-news', where: '#/activity', core: newsCore },
  {
    name: 'overview-address-book',
    where: '#/overview',
    core: addressBookCore,
    prepare: (page) => unfold(page, 'People'),
  },
  {
    name: 'card-address-book',
    where: '#/accounts/People?card',
    core: addressBookCore,
    prepare: async (page) => {
      await page.getByLabel('Which mail program is it?').selectOption('outlook-express');
      await page.getByRole('heading', { name: 'Outlook Express 5 and 6' }).waitFor();
    },
  },
  {
    name: 'account',
    where: '#/accounts/Work',
    core: busy,
    prepare: async (page) => {
      await page.getByLabel('User name').fill('ada@example.org');
      await page.getByLabel('Password').fill('not a real one');
      await page.getByRole('button', { name: 'Start the test' }).click();
      await page.getByText('Everything works.').waitFor();
    },
  },
  {
    name: 'account-new',
    where: '#/accounts?new',
    core: () => findingCore(foreignReport),
    prepare: (page) => search(page, 'These servers were found'),
  },
  {
    name: 'account-new-app-password',
    where: '#/accounts?new',
    core: () => findingCore(appPasswordReport),
    prepare: (page) => search(page, 'These servers were found'),
  },
  {
    name: 'account-new-part',
    where: '#/accounts?new',
    core: () => findingCore(partReport),
    prepare: (page) => search(page, 'Only a part was found'),
  },
  {
    name: 'account-new-offline',
    where: '#/accounts?new',
    core: () => findingCore({ ...partReport, outcome: 'nothing', servers: [], offline: true }),
    prepare: (page) => search(page, 'This computer seems to be offline'),
  },
  { name: 'account-by-hand', where: '#/accounts?by-hand', core: busy },
  {
    name: 'card',
    where: '#/accounts/Work?card',
    core: busy,
    prepare: async (page) => {
      await page.getByLabel('Which mail program is it?').selectOption('outlook-express');
      await page.getByRole('heading', { name: 'Outlook Express 5 and 6' }).waitFor();
    },
  },
  {
    name: 'account-oauth',
    where: '#/accounts?new',
    core: () => findingCore(tokenReport),
    prepare: (page) => search(page, 'These servers were found'),
  },
  { name: 'overview-sign-in', where: '#/overview', core: waitingCore },
  { name: 'sign-in-needed', where: '#/accounts/Hotmail', core: waitingCore },
  {
    name: 'sign-in-code',
    where: '#/accounts/Hotmail',
    core: waitingCore,
    prepare: async (page, core) => {
      holdSignIn(core);
      await page.getByRole('button', { name: 'Sign in with a code on another device' }).click();
      await page.getByText('WDJB-MJHT').waitFor();
    },
  },
  { name: 'sign-in-stored', where: '#/accounts/Long', core: waitingCore },
  {
    name: 'signed-in',
    where: '#/accounts/Hotmail',
    core: signedInCore,
    prepare: async (page) => {
      await page.getByRole('button', { name: 'Show the local password' }).click();
      await page.getByText('acdefhjkmnprtwxy').waitFor();
    },
  },
  {
    name: 'sign-in-form',
    where: '#/accounts/Hotmail?edit',
    core: signedInCore,
    prepare: (page) => page.getByText('How to get a client id for Outlook.com').click(),
  },
  { name: 'settings', where: '#/settings', core: busy },
  {
    name: 'settings-authority',
    where: '#/settings',
    core: busy,
    prepare: async (page) => {
      const choosing = page.waitForEvent('filechooser');
      await page.getByRole('button', { name: 'Add an authority …' }).click();
      const buffer = Buffer.from('-----BEGIN CERTIFICATE-----');
      await (await choosing).setFiles({ name: 'root.pem', mimeType: 'application/x-pem-file', buffer });
      await page.getByRole('alertdialog').waitFor();
    },
  },
];

/** Some minutes of traffic in a moment: this script controls the page's clock. */
async function letMailMove(page: Page, { store }: FakeCore): Promise<void> {
  await page.clock.install();
  await page.reload();
  await page.locator('h1').waitFor();
  const bursts = [0, 0, 3, 9, 2, 0, 0, 0, 1, 4, 30, 22, 5, 1, 0, 0, 0, 2, 2, 6, 1, 0, 0, 12, 3];
  for (let step = 0; step < 100; step += 1) {
    const size = (bursts[step % bursts.length] ?? 0) * 9_000;
    const row = store.get('sessions', 's1');
    store.patch('sessions', 's1', {
      bytesDown: (row?.bytesDown ?? 0) + size,
      bytesUp: (row?.bytesUp ?? 0) + Math.round(size / (step % 7 === 3 ? 1.2 : 14)),
    });
    // The change has to arrive before the window reads it.
    await new Promise((resolve) => setTimeout(resolve, 15));
    await page.clock.runFor(5_000);
  }
}

// The window is built again: what an earlier run left in the usual temporary directory may be out of date.
const own = await mkdtemp(join(tmpdir(), 'postern-screenshots-'));
process.env.TMPDIR = own;
const windows = await prepareWindows();
await mkdir(directory, { recursive: true });
const wanted = process.argv.slice(2);
try {
  for (const picture of pictures.filter(({ name }) => wanted.length === 0 || wanted.includes(name))) {
    for (const colorScheme of ['light', 'dark'] as const) {
      for (const width of [480, 1200]) {
        const core = picture.core();
        const { page } = await windows.open(picture.where, core, {
          colorScheme,
          viewport: { width, height: width === 480 ? 860 : 800 },
        });
        await picture.prepare?.(page, core);
        // As high as the page: otherwise what sticks to the window's edge would be in the middle of it.
        for (let round = 0; round < 3; round += 1) {
          const height = await page.evaluate(() => {
            window.scrollTo(0, 0);
            return document.documentElement.scrollHeight;
          });
          await page.setViewportSize({ width, height });
          await new Promise((resolve) => setTimeout(resolve, 200));
        }
        const png = await page.screenshot();
        const file = `${picture.name}-${colorScheme}-${width}.png`;
        await writeFile(join(directory, file), png);
        if (existsSync(join(shown, file))) await writeFile(join(shown, file), png);
      }
    }
  }
} finally {
  await windows.closeAll();
  await rm(own, { recursive: true });
}
