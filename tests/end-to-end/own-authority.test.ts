/** An authority of one's own, added and removed in Settings of the built product, in a real browser. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { fingerprintText } from '../../proxy/contract/index.ts';
import { launchBrowser, read } from '../renderer/support/window.ts';
import { atEnd } from '../support/clean-up.ts';
import { startFakeUpstream } from '../support/fake-upstream.ts';
import { createAuthority, issue } from '../support/pki.ts';
import { startPostern } from '../support/postern.ts';
import { RawClient } from '../support/raw-client.ts';

test('with it, mail flows to the company’s server; without it, the connection ends, and the next is refused', async () => {
  const authority = createAuthority({ cn: 'Example Company Root' });
  const identity = issue(authority, { names: ['mail.example.test'] });
  const { port } = await startFakeUpstream({ protocol: 'imap', tls: 'implicit', identity });
  const relay = { name: 'imap', protocol: 'imap', listen: '127.0.0.1:0', tls: 'implicit', port } as const;
  const postern = await startPostern({
    window: true,
    configuration: {
      version: 1,
      accounts: [{ name: 'Work', relays: [{ ...relay, server: 'mail.example.test', address: '127.0.0.1' }] }],
      settings: { certificateDecisionSeconds: 0 },
    },
  });
  const meet = async (answer: RegExp) => {
    const client = await RawClient.connect(postern.port('imap'));
    expect(await client.line()).toMatch(answer);
    return client;
  };
  const authorities = () =>
    JSON.parse(readFileSync(join(postern.dataDirectory, 'config.json'), 'utf8')).certificateAuthorities;
  await meet(/^\* BYE /);

  const browser = await launchBrowser();
  atEnd(() => browser.close());
  const page = await (await browser.newContext({ reducedMotion: 'reduce' })).newPage();
  await page.goto((await postern.event('ready')).window ?? '');
  await page.getByRole('link', { name: /^Settings/ }).click();
  const choosing = page.waitForEvent('filechooser');
  await page.getByRole('button', { name: 'Add an authority …' }).click();
  const file = { name: 'root.pem', mimeType: 'application/x-pem-file', buffer: Buffer.from(authority.certPem) };
  await (await choosing).setFiles(file);
  const dialog = page.getByRole('alertdialog');
  await dialog.getByRole('heading', { name: 'Trust Example Company Root to vouch for any server?' }).waitFor();
  expect(await read(dialog)).toContain(fingerprintText(authority.fingerprint));
  await meet(/^\* BYE /);
  await dialog.getByRole('button', { name: 'Trust this authority' }).click();
  await page.getByRole('list', { name: 'Authorities of your own' }).getByText('Example Company Root').waitFor();
  expect(authorities()).toHaveLength(1);
  const open = await meet(/^\* OK/);

  await page.getByRole('button', { name: 'Remove Example Company Root' }).click();
  await dialog.getByRole('button', { name: 'Remove' }).click();
  await page.getByText('None have been added.').waitFor();
  await open.ended;
  await meet(/^\* BYE /);
  expect(authorities() ?? []).toEqual([]);
});
