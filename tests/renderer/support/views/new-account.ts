import type { Page } from 'playwright-core';
import { createFakeCore } from '../fake-core.ts';
import {
  appPasswordReport,
  findingCore,
  foreignReport,
  ordinaryReport,
  partReport,
  search,
  tokenReport,
} from '../fake-discovery.ts';
import { busyStore, practice } from '../fake-state.ts';
import type { View } from './view.ts';

const busy = () => createFakeCore(busyStore());
const where = '#/accounts?new';

/** Most of what was looked at failed, each in a way of its own. */
const failedReport = ordinaryReport({
  ...{ outcome: 'nothing', servers: [], address: 'ada@private.example', rejected: partReport.rejected },
  steps: [
    {
      key: 'provider-table',
      outcome: 'nothing',
      message: 'private.example is not in Postern’s own table of providers.',
    },
    { key: 'srv', outcome: 'failed', message: 'The DNS of private.example did not answer within 5 seconds.' },
    {
      key: 'autoconfig',
      outcome: 'failed',
      message:
        'https://autoconfig.private.example/mail/config-v1.1.xml?emailaddress=ada%40private.example was not read: the certificate is for another server.',
    },
    {
      key: 'imap mail.private.example 993',
      outcome: 'failed',
      message: 'The certificate of mail.private.example is not trustworthy by itself: it is for another server.',
    },
    {
      key: 'smtp mail.private.example 465',
      outcome: 'failed',
      message: 'mail.private.example port 465 does not answer.',
    },
  ],
});

/** An import: the file is chosen in the window, and says the account's name and its server in two lines. */
async function choose(page: Page, text: string): Promise<void> {
  const choosing = page.waitForEvent('filechooser');
  await page.getByRole('button', { name: 'Choose the file' }).click();
  await (await choosing).setFiles({ name: 'mail.conf', mimeType: 'text/plain', buffer: Buffer.from(text) });
}

/** The ways to a new account. */
export const newAccountViews: View[] = [
  {
    name: 'account-new',
    where,
    core: () => {
      const core = busy();
      core.store.patch('core', 'core', { practice: { ...practice, account: 'Club' } });
      return core;
    },
  },
  {
    name: 'account-new-searching',
    where,
    core: () => {
      const core = findingCore(foreignReport);
      core.discovery.hold = true;
      return core;
    },
    prepare: async (page) => {
      await page.getByLabel('Your e-mail address').fill('ada@private.example');
      await page.getByRole('button', { name: 'Find the servers' }).click();
      await page.getByText('own table of providers').waitFor();
    },
  },
  {
    name: 'account-new-found',
    where,
    core: () => findingCore(foreignReport),
    prepare: (page) => search(page, 'These servers were found'),
  },
  {
    name: 'account-new-app-password',
    where,
    core: () => findingCore(appPasswordReport),
    prepare: (page) => search(page, 'These servers were found'),
  },
  {
    name: 'account-new-oauth',
    where,
    core: () => findingCore(tokenReport),
    prepare: (page) => search(page, 'These servers were found'),
  },
  {
    name: 'account-new-part',
    where,
    core: () => findingCore(partReport),
    prepare: (page) => search(page, 'Only a part was found'),
  },
  {
    name: 'account-new-offline',
    where,
    core: () => findingCore({ ...partReport, outcome: 'nothing', servers: [], offline: true }),
    prepare: (page) => search(page, 'This computer seems to be offline'),
  },
  {
    name: 'account-new-failed',
    where,
    core: () => findingCore(failedReport),
    prepare: (page) => search(page, 'No server was found that can be used'),
  },
  { name: 'import', where: '#/accounts?import', core: busy },
  {
    name: 'import-read',
    where: '#/accounts?import',
    core: busy,
    prepare: async (page) => {
      await choose(page, 'Private\nimap.private.example');
      await page.getByRole('heading', { name: 'It is a configuration of stunnel' }).waitFor();
    },
  },
  {
    name: 'import-added',
    where: '#/accounts?import',
    core: busy,
    prepare: async (page) => {
      await choose(page, 'Private\nimap.private.example');
      await page.getByRole('button', { name: 'Add this' }).click();
      await page.getByText('Now stop stunnel').waitFor();
    },
  },
  {
    name: 'import-nothing',
    where: '#/accounts?import',
    core: busy,
    prepare: async (page) => {
      await choose(page, 'no such program');
      await page.getByText('found neither').waitFor();
    },
  },
];
