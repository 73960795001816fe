import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { beforeAll, expect, test } from 'vitest';
import type { ConfigurationInput } from '../../proxy/contract/index.ts';
import { visit } from '../oauth/support/stage.ts';
import { atEnd, scratchDirectory } from '../support/clean-up.ts';
import { type OidcIssuer, startOidcIssuer } from '../support/oidc-issuer.ts';
import { createAuthority } from '../support/pki.ts';
import { type Postern, startPostern } from '../support/postern.ts';

// The command, the built core and a real issuer: from `sign-in` to what is stored, and out again.

const program = fileURLToPath(new URL('../../dist/main/cli.js', import.meta.url));
const authority = createAuthority();
let issuer: OidcIssuer;
let postern: Postern;

beforeAll(async () => {
  issuer = await startOidcIssuer({ authority });
  const dataDirectory = join(scratchDirectory('consent'), 'data');
  mkdirSync(dataDirectory, { mode: 0o700 });
  writeFileSync(join(dataDirectory, 'root.pem'), authority.certPem, { mode: 0o600 });
  const configuration: ConfigurationInput = {
    version: 1,
    accounts: [
      { name: 'Mail', signIn: { kind: 'oauth', user: 'alice@example.test', issuer: issuer.url }, relays: [] },
      { name: 'Old', relays: [] },
    ],
    certificateAuthorities: ['root.pem'],
  };
  postern = await startPostern({ dataDirectory, configuration });
});

/** `postern accounts sign-in`, up to its first word: where to go. */
async function beginSignIn(...more: string[]) {
  const args = ['accounts', 'sign-in', 'Mail', '--no-browser', '--json', ...more, '--data-dir', postern.dataDirectory];
  const child = spawn(process.execPath, [program, ...args], { stdio: ['ignore', 'pipe', 'inherit'] });
  atEnd(() => child.kill());
  const said: { event: string; url: string; [key: string]: unknown }[] = [];
  const lines = createInterface({ input: child.stdout });
  lines.on('line', (line) => said.push(JSON.parse(line)));
  const ended = once(child, 'exit').then(([code]) => code as number);
  await once(lines, 'line');
  return { said, ended, url: said[0]?.url ?? '', child };
}

test('sign-in: the address, the browser’s way, and the tokens are stored; sign-out gives them back', async () => {
  const { said, ended, url } = await beginSignIn();
  const page = await visit(await issuer.consentAs('alice@example.test', url));
  expect(page.text).toContain('<h1>Signed in</h1>');
  expect(await ended).toBe(0);
  expect(said).toEqual([
    { event: 'open', url },
    { event: 'signed-in', user: 'alice@example.test' },
  ]);
  expect(postern.events.filter(({ event }) => event.startsWith('sign'))).toMatchObject([
    { event: 'sign-in-needed', account: 'Mail', reason: 'consent-missing', url },
    { event: 'signed-in', account: 'Mail' },
  ]);
  const out = await postern.command('accounts', 'sign-out', 'Mail');
  expect([out.code, out.stdout.toString()]).toEqual([0, 'Signed out. The provider has taken the consent back.\n']);
});

test('with --device: an address and a code', async () => {
  const { said, ended, url } = await beginSignIn('--device');
  expect(said[0]).toEqual({ event: 'device', url, code: expect.any(String), expiresAt: expect.any(String) });
  await issuer.consentToCode('alice@example.test', url);
  expect(await ended).toBe(0);
}, 30_000);

test('given up with Ctrl+C, and by another sign-in: told as failed', async () => {
  const first = await beginSignIn();
  first.child.kill('SIGINT');
  expect(await first.ended).toBe(1);
  expect(first.said.at(-1)).toMatchObject({ event: 'failed', reason: 'cancelled' });
});

test('an account without such a sign-in, one that is not there, and words that are none', async () => {
  const said = async (...args: string[]) => {
    const { code, stderr } = await postern.command('accounts', ...args);
    return [code, stderr.toString()];
  };
  expect(await said('sign-in', 'Old')).toEqual([
    1,
    expect.stringContaining('The mail program signs in for “Old” by itself'),
  ]);
  expect(await said('sign-in', 'No')).toEqual([1, expect.stringContaining('no account named “No”')]);
  expect(await said('sign-in')).toEqual([2, expect.stringContaining('needs the name of an account')]);
  expect(await said('sing-in', 'Mail')).toEqual([2, expect.stringContaining('no "accounts" action "sing-in"')]);
});
