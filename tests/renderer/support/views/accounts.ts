import type { Page } from 'playwright-core';
import { addressBookCore } from '../fake-address-book.ts';
import { inDays } from '../fake-certificates.ts';
import { failingCheckCore } from '../fake-check.ts';
import { createFakeCore, type FakeCore } from '../fake-core.ts';
import { crowdedStore } from '../fake-crowd.ts';
import { longNamesCore } from '../fake-long-names.ts';
import { newsCore } from '../fake-news.ts';
import { holdSignIn, signedInCore, waitingCore } from '../fake-sign-in.ts';
import { ago, askingStore, busyStore, freshStore, ordinaryConfiguration, practice } from '../fake-state.ts';
import { unfold } from '../window.ts';
import type { View } from './view.ts';

const busy = () => createFakeCore(busyStore());
const asking = () => createFakeCore(askingStore());
const noAccounts = { ...ordinaryConfiguration, accounts: [] };

function practisingCore(): FakeCore {
  const store = busyStore();
  store.patch('core', 'core', { practice: { ...practice, account: 'Club' } });
  return createFakeCore(store);
}

function crowdedCore(): FakeCore {
  const { store, configuration } = crowdedStore();
  return createFakeCore(store, configuration);
}

/** An account for devices of the local network, with a certificate for them. */
function devicesCore(): FakeCore {
  const store = busyStore();
  const lastSeen = ago(600);
  store.patch('core', 'core', {
    localCertificate: {
      ...{ fingerprint: '0123456789abcdef'.repeat(4), notAfter: inDays(1_800) },
      names: ['192.168.7.1', 'home.local', '2001:db8:1234:5678:9abc:def0:1234:1'],
    },
  });
  store.patch('relays', 'work-smtp', {
    ...{ localTls: 'offer', oldTls: 'taken', takesPasswords: true },
    devices: [
      { address: '192.168.7.20', listed: true, lastSeen, messages: 3, refusals: 1, tls: 'TLSv1' },
      { address: '192.168.7.33', listed: false, lastSeen, messages: 0, refusals: 4 },
      {
        address: '2001:db8:1234:5678:9abc:def0:1234:5678',
        listed: true,
        lastSeen,
        messages: 1,
        refusals: 0,
        tls: null,
      },
    ],
  });
  return createFakeCore(store);
}

const letIn = (page: Page) => page.getByRole('button', { name: 'Let it in: 192.168.7.33' });

async function test(page: Page, outcome: string): Promise<void> {
  await page.getByLabel('User name').fill('ada@example.org');
  await page.getByLabel('Password').fill('not a real one');
  await page.getByRole('button', { name: 'Start the test' }).click();
  await page.getByText(outcome).waitFor();
}

/** The card of a mail program for this account. */
const card = (name: string, account: string, program: string, core: () => FakeCore): View => ({
  ...{ name, where: `#/accounts/${account}?card`, core },
  prepare: async (page) => {
    await page.getByLabel('Which mail program is it?').selectOption(program);
    await page.locator('.card-steps').waitFor();
  },
});

/** The accounts, what is on the page of each, and the form to change one. */
export const accountViews: View[] = [
  { name: 'accounts', where: '#/accounts', core: asking },
  { name: 'accounts-none', where: '#/accounts', core: () => createFakeCore(freshStore(noAccounts), noAccounts) },
  { name: 'accounts-practice', where: '#/accounts', core: practisingCore },
  { name: 'accounts-crowd', where: '#/accounts', core: crowdedCore },
  { name: 'accounts-long-names', where: '#/accounts', core: longNamesCore },
  { name: 'account-missing', where: '#/accounts/Nobody', core: busy },
  {
    name: 'account',
    where: '#/accounts/Work',
    core: busy,
    prepare: (page) => test(page, 'Everything works.'),
  },
  {
    name: 'account-test-failed',
    where: '#/accounts/Work',
    core: failingCheckCore,
    prepare: (page) => test(page, 'Not everything works.'),
  },
  {
    name: 'account-remove',
    where: '#/accounts/Hotmail',
    core: signedInCore,
    prepare: async (page) => {
      await page.getByRole('button', { name: 'Remove', exact: true }).click();
      await page.getByRole('alertdialog').waitFor();
    },
  },
  {
    name: 'account-long-names',
    where: `#/accounts/${encodeURIComponent(longNamesCore().configuration().accounts[0]?.name ?? '')}`,
    core: longNamesCore,
  },
  { name: 'account-practice', where: '#/accounts/Club', core: practisingCore },
  { name: 'account-news', where: '#/accounts/Groups', core: newsCore },
  { name: 'account-address-book', where: '#/accounts/People', core: addressBookCore },
  { name: 'account-devices', where: '#/accounts/Work', core: devicesCore, prepare: (page) => letIn(page).waitFor() },
  { name: 'overview-devices', where: '#/overview', core: devicesCore, prepare: (page) => unfold(page, 'Work') },
  {
    name: 'account-devices-ask',
    where: '#/accounts/Work',
    core: devicesCore,
    prepare: async (page) => {
      await letIn(page).click();
      await page.getByRole('alertdialog').waitFor();
    },
  },
  card('card', 'Work', 'outlook-express', busy),
  card('card-netscape', 'Work', 'netscape-4', busy),
  card('card-news', 'Groups', 'agent', newsCore),
  card('card-address-book', 'People', 'outlook-express', addressBookCore),
  card('card-scanner', 'Work', 'scanner', devicesCore),
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
  {
    name: 'sign-in-browser',
    where: '#/accounts/Hotmail',
    core: waitingCore,
    prepare: async (page, core) => {
      holdSignIn(core);
      await page.getByRole('button', { name: 'Sign in', exact: true }).click();
      await page.getByText('Its page has opened in your web browser').waitFor();
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
    name: 'sign-in-local-password-replace',
    where: '#/accounts/Long',
    core: signedInCore,
    prepare: async (page) => {
      await page.getByRole('button', { name: 'Replace it with a new one' }).click();
      await page.getByRole('alertdialog').waitFor();
    },
  },
  {
    name: 'sign-in-form',
    where: '#/accounts/Hotmail?edit',
    core: signedInCore,
    prepare: async (page) => {
      await page.getByText('How to get a client id for Outlook.com').click();
      await page.getByLabel('Client id').fill('');
      await page.getByText('This provider wants a client id.').waitFor();
    },
  },
  {
    name: 'account-by-hand',
    where: '#/accounts?by-hand',
    core: busy,
    prepare: async (page) => {
      await page.getByRole('button', { name: 'Save' }).click();
      await page.getByRole('button', { name: 'More settings' }).first().click();
      await page.getByLabel('Short name').first().waitFor();
    },
  },
  {
    name: 'account-edit-news',
    where: '#/accounts/Groups?edit',
    core: newsCore,
    prepare: (page) => page.getByLabel('Server', { exact: true }).first().waitFor(),
  },
];
