import { afterAll, beforeAll, expect, test } from 'vitest';
import { createFakeCore } from './support/fake-core.ts';
import { busyStore } from './support/fake-state.ts';
import { prepareWindows, type Windows } from './support/window.ts';

let windows: Windows;
beforeAll(async () => {
  windows = await prepareWindows();
});
afterAll(() => windows.closeAll());

const device = { lastSeen: '2026-03-01T10:00:00.000Z', messages: 3, refusals: 1 };

test('108: the open padlock says what is open, who has been here, and one deliberate act lets a device in', async () => {
  const store = busyStore();
  store.patch('relays', 'work-smtp', {
    devices: [
      { ...device, address: '192.168.7.20', listed: true },
      { ...device, address: '192.168.7.33', listed: false, messages: 0 },
    ],
  });
  const { page, core, complaints } = await windows.open('#/accounts/Work', createFakeCore(store));
  await page.getByRole('heading', { name: 'Devices on the local network' }).waitFor();
  await page.getByText('open from the device to this computer').waitFor();
  await page.getByText('3 messages sent · 1 refusal').waitFor();
  await page.getByText('Turned away').waitFor();
  // One that is allowed has no button.
  expect(await page.getByRole('button', { name: /^Let .* in$/ }).count()).toBe(1);
  await page.getByRole('button', { name: 'Let 192.168.7.33 in' }).click();
  await page.getByText('Do this only if you know which device it is.').waitFor();
  expect(core.commands.filter(({ name }) => name === 'allowDevice')).toEqual([]);
  await page.getByRole('alertdialog').getByRole('button', { name: 'Let it in' }).click();
  await page.getByText('Turned away').waitFor({ state: 'detached' });
  expect(core.commands.filter(({ name }) => name === 'allowDevice')).toHaveLength(1);
  expect(complaints).toEqual([]);
});
