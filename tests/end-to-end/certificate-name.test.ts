import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { scratchDirectory } from '../support/clean-up.ts';
import { startFakeUpstream } from '../support/fake-upstream.ts';
import { createAuthority, issue, writeFiles } from '../support/pki.ts';
import { startPostern } from '../support/postern.ts';
import { RawClient } from '../support/raw-client.ts';

// A certificate that is valid except for its name; the built command corrects the server name.

const [asked, hoster] = ['mail.customer.example', 'mail.hoster.example'];

async function withSharedHosting() {
  const shared = issue(createAuthority(), { names: [hoster] });
  const server = await startFakeUpstream({ protocol: 'imap', tls: 'implicit', identity: shared });
  const { root } = writeFiles(scratchDirectory('authority'), shared);
  const relay = { name: 'mail', protocol: 'imap', listen: '127.0.0.1:0', tls: 'implicit', port: server.port } as const;
  const postern = await startPostern({
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
  return { postern, id, configured };
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
