import { addressBookCore } from '../fake-address-book.ts';
import { createFakeCore, type FakeCore } from '../fake-core.ts';
import { crowdedStore } from '../fake-crowd.ts';
import { putDesktop } from '../fake-desktop.ts';
import { longNamesCore } from '../fake-long-names.ts';
import { newsCore } from '../fake-news.ts';
import { askingStore, busyStore, freshStore, ordinaryConfiguration } from '../fake-state.ts';
import type { View } from './view.ts';

const busy = () => createFakeCore(busyStore());
const asking = () => createFakeCore(askingStore());

function crowdedCore(): FakeCore {
  const { store, configuration } = crowdedStore();
  return createFakeCore(store, configuration);
}

/** What happened, and the settings. */
export const otherViews: View[] = [
  { name: 'activity', where: '#/activity', core: asking },
  { name: 'activity-none', where: '#/activity', core: () => createFakeCore(freshStore(ordinaryConfiguration)) },
  {
    name: 'activity-chosen',
    where: '#/activity',
    core: busy,
    prepare: async (page) => {
      await page.getByRole('listbox').focus();
      await page.keyboard.press('ArrowDown');
      await page.keyboard.press('ArrowDown');
      await page.locator('.detail').waitFor();
    },
  },
  {
    name: 'activity-no-match',
    where: '#/activity',
    core: busy,
    prepare: async (page) => {
      await page.getByRole('searchbox', { name: 'Search' }).fill('nothing like it');
      await page.getByText('Nothing matches.').waitFor();
    },
  },
  {
    name: 'activity-long-names',
    where: '#/activity',
    core: longNamesCore,
    prepare: async (page) => {
      await page.getByRole('option').first().click();
      await page.locator('.detail').waitFor();
    },
  },
  { name: 'activity-crowd', where: '#/activity', core: crowdedCore },
  { name: 'activity-news', where: '#/activity', core: newsCore },
  { name: 'activity-address-book', where: '#/activity', core: addressBookCore },
  {
    name: 'settings',
    where: '#/settings',
    core: asking,
    prepare: (page) => page.getByLabel('Time for your answer').waitFor(),
  },
  {
    name: 'settings-wrong',
    where: '#/settings',
    core: () => {
      const core = busy();
      core.failNext('diagnostics', 'The diagnostics could not be collected: the disk is full.');
      return core;
    },
    prepare: async (page) => {
      await page.getByLabel('Time for your answer').fill('9999');
      await page.getByText('Type a whole number from 0 to 600.').waitFor();
      await page.getByRole('button', { name: 'Collect diagnostics' }).click();
      await page.getByText('the disk is full').waitFor();
    },
  },
  {
    name: 'settings-authority',
    where: '#/settings',
    core: asking,
    prepare: async (page) => {
      const choosing = page.waitForEvent('filechooser');
      await page.getByRole('button', { name: 'Add an authority …' }).click();
      const buffer = Buffer.from('-----BEGIN CERTIFICATE-----');
      await (await choosing).setFiles({ name: 'root.pem', mimeType: 'application/x-pem-file', buffer });
      await page.getByRole('alertdialog').waitFor();
    },
  },
  {
    name: 'settings-authority-added',
    where: '#/settings',
    core: () => createFakeCore(busyStore(), { ...ordinaryConfiguration, certificateAuthorities: ['authority-1.pem'] }),
    prepare: (page) => page.getByRole('list', { name: 'Authorities of your own' }).waitFor(),
  },
  {
    name: 'settings-desktop',
    where: '#/settings',
    core: busy,
    prepare: async (page, core) => {
      await putDesktop(page, core);
      await page.getByText('/home/ada/.config/postern').waitFor();
    },
  },
  {
    name: 'settings-licences',
    where: '#/settings',
    core: busy,
    prepare: async (page, core) => {
      await putDesktop(page, core);
      await page.getByRole('button', { name: 'Show the licences' }).click();
      await page.getByRole('dialog').waitFor();
    },
  },
];
