import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { eventually } from '../renderer/support/eventually.ts';
import { launchBrowser, read } from '../renderer/support/window.ts';
import { atEnd, scratchDirectory } from '../support/clean-up.ts';
import { type FakeUpstreamOptions, startFakeUpstream } from '../support/fake-upstream.ts';
import { createAuthority, issue, selfSigned, writeFiles } from '../support/pki.ts';
import { startPostern } from '../support/postern.ts';
import { RawClient } from '../support/raw-client.ts';

// A certificate that is valid except for its name; the built product corrects the server name, by the command and by the window.

const [asked, hoster] = ['mail.customer.example', 'mail.hoster.example'];

async function withSharedHosting(window = false) {
  const shared = issue(createAuthority(), { names: [hoster] });
  const options: FakeUpstreamOptions = { protocol: 'imap', tls: 'implicit', identity: shared };
  const server = await startFakeUpstream(options);
  const { root } = writeFiles(scratchDirectory('authority'), shared);
  const relay = { name: 'mail', protocol: 'imap', listen: '127.0.0.1:0', tls: 'implicit', port: server.port } as const;
  const postern = await startPostern({
    window,
    configuration: {
      version: 1,
      accounts: [{ name: 'Shop', relays: [{ ...relay, server: asked, address: '127.0.0.1' }] }],
      certificateAuthorities: [root],
      settings: { certificateDecisionSeconds: 0 },
    },
  });
  const client = await RawClient.connect(postern.port('mail'));
  expect(await client.line()).toMatch(/^\* BYE /);
  const { id } = await postern.event('certificate-pending');
  const configured = () => {
    const { accounts } = JSON.parse(readFileSync(join(postern.dataDirectory, 'config.json'), 'utf8'));
    return accounts[0].relays[0].server as string;
  };
  return { postern, id, configured, options };
}

test('the list names the command, the command verifies the name and uses it, and mail flows', async () => {
  const { postern, id, configured } = await withSharedHosting();
  const listed = (await postern.command('certificates')).stdout.toString();
  expect(listed).toContain(
    `If ${hoster} is your provider, use that name: postern certificates use-name ${id} --data-dir ${postern.dataDirectory}`,
  );
  const used = await postern.command('certificates', 'use-name', id.slice(0, 8));
  expect({ code: used.code, stderr: used.stderr }).toEqual({ code: 0, stderr: '' });
  expect(used.stdout.toString()).toContain(
    `Verified, and used from now on: ${hoster} instead of ${asked} (account Shop: mail).`,
  );
  expect(configured()).toBe(hoster);
  // Immediately, before anybody connects: the refusal under the old name no longer counts.
  const renamed = (await postern.command('status')).stdout.toString();
  expect(renamed).not.toContain('was last refused');
  expect(renamed).not.toContain(asked);
  const client = await RawClient.connect(postern.port('mail'));
  expect(await client.line()).toMatch(/^\* OK/);
  const status = (await postern.command('status')).stdout.toString();
  expect(status).not.toContain('was last refused');
  expect(status).toMatch(/^Since then .* were received and .* sent\.$/m);
});

test('a name that is none of the certificate is refused, and nothing is changed', async () => {
  const { postern, id, configured } = await withSharedHosting();
  const used = await postern.command('certificates', 'use-name', id, 'mail.elsewhere.example');
  expect(used.code).toBe(1);
  expect(used.stderr).toContain(`It offers ${hoster}.`);
  expect(configured()).toBe(asked);
});

test('by the button in the window: verified first, nothing is changed where that fails, and then mail flows', async () => {
  const { postern, configured, options } = await withSharedHosting(true);
  const browser = await launchBrowser();
  atEnd(() => browser.close());
  const page = await (await browser.newContext({ reducedMotion: 'reduce' })).newPage();
  await page.goto((await postern.event('ready')).window ?? '');
  await page.getByRole('link', { name: 'Answer it' }).click();
  await page.getByRole('button', { name: `Use ${hoster} instead` }).click();
  const dialog = page.getByRole('alertdialog', { name: `Does ${hoster} belong to your provider?` });

  // Somebody else answers by now: with the name on a certificate that nobody vouches for.
  const genuine = options.identity;
  options.identity = selfSigned({ names: [hoster] });
  await dialog.getByRole('button', { name: 'Verify and use it' }).click();
  await dialog.getByText(`Nothing was changed: ${hoster} could not be verified.`).waitFor();
  expect(configured()).toBe(asked);

  options.identity = genuine;
  await dialog.getByRole('button', { name: 'Verify and use it' }).click();
  await page.getByText(`Verified. The account now uses ${hoster}`).waitFor();
  await page.getByText('No question waits.').waitFor();
  expect(configured()).toBe(hoster);
  const client = await RawClient.connect(postern.port('mail'));
  expect(await client.line()).toMatch(/^\* OK/);
  await page.getByRole('link', { name: 'Overview' }).click();
  await page.getByText('All is well').waitFor();
  await eventually(() => read(page.getByRole('main'))).not.toContain(asked);
});
