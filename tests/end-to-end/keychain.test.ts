/**
 * The vault's key in a real keyring (gnome-keyring over D-Bus), as the built product keeps it there: over restarts, while
 * the keyring is locked, and when it is unlocked again.
 */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { expect, test } from 'vitest';
import type { ConfigurationInput } from '../../proxy/contract/index.ts';
import { atEnd, scratchDirectory } from '../support/clean-up.ts';
import { startFakeUpstream } from '../support/fake-upstream.ts';
import { needLinux, needProgram } from '../support/needs.ts';
import { createAuthority, issue, writeFiles } from '../support/pki.ts';
import { startPostern } from '../support/postern.ts';
import { runProgram } from '../support/programs.ts';
import { RawClient } from '../support/raw-client.ts';
import { until } from '../support/service.ts';
import { root } from '../support/sources.ts';

const dialogue = join(root, 'tests/vault/support/keychain-dialogue.ts');

/** A desktop session of its own. @returns its address on the bus, and its keyring */
async function desktop(home: string) {
  needLinux();
  const runtime = join(home, 'run');
  mkdirSync(runtime, { recursive: true, mode: 0o700 });
  const bus = spawn(needProgram('dbus-daemon'), ['--session', '--print-address', '--nofork'], {
    env: { PATH: process.env.PATH ?? '', HOME: home, XDG_RUNTIME_DIR: runtime },
    stdio: ['ignore', 'pipe', 'ignore'],
  });
  atEnd(() => void bus.kill());
  const [address] = (await once(createInterface({ input: bus.stdout }), 'line')) as [string];
  const env = { HOME: home, XDG_RUNTIME_DIR: runtime, DBUS_SESSION_BUS_ADDRESS: address };
  const opens = async () => {
    const inSession = { env: { PATH: process.env.PATH ?? '', ...env } };
    return (await runProgram(process.execPath, [dialogue], inSession)).stdout.toString().includes('then: kept');
  };
  return {
    env,
    /** Starts the keyring, unlocked with the person's password or locked. @returns ends it */
    async keyring(password: string | null) {
      const way = password === null ? '--start' : '--unlock';
      const daemon = spawn(needProgram('gnome-keyring-daemon'), ['--foreground', '--components=secrets', way], {
        env: { PATH: process.env.PATH ?? '', ...env },
        stdio: ['pipe', 'ignore', 'ignore'],
      });
      atEnd(() => void daemon.kill());
      daemon.stdin.end(password ?? '');
      if (password !== null) await until(opens, 'the keyring is unlocked');
      return async () => {
        daemon.kill();
        await once(daemon, 'exit');
      };
    },
  };
}

test('kept in the keyring, over a restart; locked: said in words, and mail of other accounts goes on; unlocked: goes on', async () => {
  const { env, keyring } = await desktop(scratchDirectory('keyring-home'));
  let end = await keyring('secret');
  const identity = issue(createAuthority(), { names: ['localhost'] });
  const files = writeFiles(scratchDirectory('authority'), identity);
  const { port } = await startFakeUpstream({
    ...{ protocol: 'imap', tls: 'implicit', identity, users: { ada: 'right' } },
  });
  const at = { protocol: 'imap', server: 'localhost', address: '127.0.0.1', port, tls: 'implicit' } as const;
  const listen = '127.0.0.1:0';
  const configuration: ConfigurationInput = {
    version: 1,
    accounts: [
      { name: 'Kept', signIn: { kind: 'stored', user: 'ada' }, relays: [{ ...at, listen, name: 'kept' }] },
      { name: 'Passed', relays: [{ ...at, listen, name: 'passed' }] },
    ],
    certificateAuthorities: [files.root],
    settings: { certificateDecisionSeconds: 0 },
  };
  let postern = await startPostern({ env, configuration });
  const { dataDirectory } = postern;
  const kept = await postern.commandWith('right\n', 'accounts', 'sign-in', 'Kept', '--password-stdin');
  expect([kept.code, kept.stderr]).toEqual([0, '']);
  const local = (await postern.command('accounts', 'local-password', 'Kept')).stdout.toString().trim();
  const signIn = async (relay: string, password: string) => {
    const client = await RawClient.connect(postern.port(relay));
    await client.line();
    const answer = (await client.imap(`a LOGIN ada ${password}`)).at(-1) ?? '';
    client.reset();
    return answer;
  };
  const said = async (command: string) => (await postern.command(command)).stdout.toString();
  expect(await signIn('kept', local)).toMatch(/^a OK/);
  expect(await said('status')).toMatch(/The vault’s key is in .*keychain/);
  expect(existsSync(join(dataDirectory, 'vault.key'))).toBe(false);

  await postern.stop();
  postern = await startPostern({ env, dataDirectory });
  expect(await signIn('kept', local)).toMatch(/^a OK/);

  await postern.stop();
  await end();
  end = await keyring(null);
  postern = await startPostern({ env, dataDirectory });
  expect(await signIn('kept', local)).toMatch(/^a NO \[UNAVAILABLE\] Postern: .*cannot be read/);
  for (const command of ['status', 'accounts'])
    expect(await said(command)).toMatch(/keychain of this system is locked/);
  expect(await said('accounts')).toMatch(/NEEDED: what is stored for it cannot be read, .*\. Unlock the keychain/);
  expect(await signIn('passed', 'right')).toMatch(/^a OK/);
  // Not taken for lost: a new key would make everything that is sealed with the old one unreadable.
  expect(existsSync(join(dataDirectory, 'vault.key'))).toBe(false);

  await end();
  end = await keyring('secret');
  expect(await signIn('kept', local)).toMatch(/^a OK/);
  expect(await said('status')).not.toMatch(/locked/);
  await postern.stop();
  await end();
});
