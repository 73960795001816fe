import type { Page } from 'playwright-core';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { prepareWindows, read, type Windows } from './support/window.ts';

let windows: Windows;
beforeAll(async () => {
  windows = await prepareWindows();
});
afterAll(() => windows.closeAll());

async function choose(page: Page, text: string, button = 'Choose the file'): Promise<void> {
  const coming = page.waitForEvent('filechooser');
  await page.getByRole('button', { name: button }).click();
  await (await coming).setFiles({ name: 'mail.conf', mimeType: 'text/plain', buffer: Buffer.from(text) });
}
const names = (commands: { name: string }[]) => commands.map(({ name }) => name).filter((name) => /import/i.test(name));

test('from “Add an account”: the file is chosen, what comes of it is shown, and is added when the person says so', async () => {
  const { page, core, complaints } = await windows.open('#/accounts?new');
  await page.getByRole('link', { name: 'Take over the accounts of stunnel or Email OAuth 2.0 Proxy' }).click();
  await choose(page, 'Private\nimap.private.example');
  await page.getByRole('heading', { name: 'It is a configuration of stunnel' }).waitFor();
  const shown = await read(page.locator('main .card'));
  expect(shown).toMatch(/Account Private\s+IMAP 127\.0\.0\.1:1993 to imap\.private\.example:993 TLS/);
  expect(shown).toMatch(/Additional authorities to trust[\s\S]*\/etc\/stunnel\/company\.pem/);
  expect(shown).toContain('[imap] verify: not carried: Private');
  expect(names(core.commands)).toEqual(['readImport']);
  await page.getByRole('button', { name: 'Add this' }).click();
  await page.getByText('Now stop stunnel').waitFor();
  expect(core.commands.find(({ name }) => name === 'addImport')?.input).toEqual({
    ...{ file: 'mail.conf', text: 'Private\nimap.private.example' },
  });
  await page.getByRole('link', { name: 'Private', exact: true }).click();
  await page.getByRole('heading', { name: 'Private', exact: true }).waitFor();
  expect(complaints).toEqual([]);
});

test('what is of neither program, too large or empty is said, and nothing can be added', async () => {
  const { page, core } = await windows.open('#/accounts?import');
  await choose(page, 'no such program');
  await page.getByText('found neither').waitFor();
  await choose(page, 'x'.repeat(1_000_001));
  await page.getByText('This file is larger than any such configuration.').waitFor();
  await choose(page, 'Private\n');
  await page.getByText('There is nothing in it to add.').waitFor();
  expect(await page.getByRole('button', { name: 'Add this' }).count()).toBe(0);
  expect(names(core.commands)).toEqual(['readImport', 'readImport']);
});

test('the words of the file are nobody’s but its own; a failure to add leaves it to be tried again', async () => {
  const { page, core, complaints } = await windows.open('#/accounts?import');
  await choose(page, '<img src=x onerror=alert(1)>\u202egnp\nimap.private.example');
  await page.getByRole('heading', { name: 'It is a configuration of stunnel' }).waitFor();
  expect(await page.locator('main img').count()).toBe(0);
  expect(await read(page.locator('main .card'))).toContain('<img src=x onerror=alert(1)>\ufffdgnp');
  core.failNext('addImport', 'The configuration could not be saved (ENOSPC).');
  await page.getByRole('button', { name: 'Add this' }).click();
  await page.getByText('could not be saved (ENOSPC)').waitFor();
  await page.getByRole('button', { name: 'Add this' }).click();
  await page.getByText('Now stop stunnel').waitFor();
  expect(complaints).toEqual([]);
});
