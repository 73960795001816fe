import { readFileSync } from 'node:fs';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { createFakeCore } from './support/fake-core.ts';
import { busyStore } from './support/fake-state.ts';
import { prepareWindows, unfold, type Windows } from './support/window.ts';

let windows: Windows;
beforeAll(async () => {
  windows = await prepareWindows();
});
afterAll(() => windows.closeAll());

const device = { lastSeen: '2026-03-01T10:00:00.000Z', messages: 3, refusals: 1 };

test('108: the open padlock says what is open, who has been here, and one deliberate act lets a device in', async () => {
  const store = busyStore();
  store.patch('relays', 'work-smtp', {
    localTls: 'off',
    takesPasswords: true,
    devices: [
      { ...device, address: '192.168.7.20', listed: true },
      { ...device, address: '192.168.7.33', listed: false, messages: 0 },
    ],
  });
  const { page, core, complaints } = await windows.open('#/accounts/Work', createFakeCore(store));
  await page.getByRole('heading', { name: 'Devices on the local network' }).waitFor();
  await page.getByText('not encrypted between the device and this computer').waitFor();
  await page.getByText('The device’s password crosses the local network as it is.').waitFor();
  await page.getByText('3 messages sent · 1 refusal').waitFor();
  await page.getByText('Turned away').waitFor();
  // One that is allowed has no button.
  expect(await page.getByRole('button', { name: /^Let it in: / }).count()).toBe(1);
  await page.getByRole('button', { name: 'Let it in: 192.168.7.33' }).click();
  await page.getByText('Do this only if you know which device it is.').waitFor();
  expect(core.commands.filter(({ name }) => name === 'allowDevice')).toEqual([]);
  await page.getByRole('alertdialog').getByRole('button', { name: 'Let it in' }).click();
  await page.getByText('Turned away').waitFor({ state: 'detached' });
  expect(core.commands.filter(({ name }) => name === 'allowDevice')).toHaveLength(1);
  expect(complaints).toEqual([]);
});

test('111: each padlock says what it is: of a path, of a device, of TLS that can be broken; and the certificate is there to take', async () => {
  const store = busyStore();
  const fingerprint = '0123456789abcdef'.repeat(4);
  store.patch('core', 'core', {
    localCertificate: { fingerprint, notAfter: '2031-11-26T12:00:00.000Z', names: ['192.168.7.1', 'home.local'] },
  });
  const listed = { ...device, listed: true };
  const old = { ...listed, address: '192.168.7.20', tls: 'TLSv1' };
  const open = { ...listed, address: '192.168.7.21', tls: null };
  store.patch('relays', 'work-smtp', {
    localTls: 'offer',
    oldTls: 'taken',
    takesPasswords: true,
    devices: [old, open],
  });
  const { page, complaints } = await windows.open('#/accounts/Work', createFakeCore(store));
  await page.getByText('unless the device uses STARTTLS').waitFor();
  await page.getByText('TLS 1.0 and 1.1 are taken from devices here').waitFor();
  await page.getByText('TLS 1.0', { exact: true }).waitFor();
  await page.getByText('not encrypted', { exact: true }).waitFor();
  await page.getByText('01:23:45:67:89:AB:CD:EF:'.repeat(4).slice(0, -1)).waitFor();
  await page.getByText('192.168.7.1, home.local').waitFor();
  for (const [button, name, content] of [
    ['Save as PEM', 'postern.pem', '-----BEGIN CERTIFICATE-----\nAAEC\n-----END CERTIFICATE-----\n'],
    ['Save as CER', 'postern.cer', '\0\x01\x02'],
  ] as const) {
    const download = page.waitForEvent('download');
    await page.getByRole('button', { name: button }).click();
    const file = await download;
    expect(file.suggestedFilename()).toBe(name);
    expect(readFileSync(await file.path(), 'latin1')).toBe(content);
  }

  await page.goto(page.url().replace(/#.*/, '#/'));
  await unfold(page, 'Work');
  const path = page.getByRole('list', { name: 'The path of your mail' });
  await path.getByText('Open in the local network').first().waitFor();
  expect(await path.getByText('no other computer can see it').count()).toBeGreaterThan(0);
  store.patch('relays', 'work-smtp', { localTls: 'require', devices: [old] });
  await path.getByText('With TLS 1.0 and 1.1, which can be broken').first().waitFor();
  store.patch('relays', 'work-smtp', { localTls: 'implicit', oldTls: 'unavailable' });
  await path.getByText('Encrypted, or not at all').first().waitFor();
  expect(await path.getByText('Open in the local network').count()).toBe(0);
  expect(complaints).toEqual([]);
});
