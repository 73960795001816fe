/**
 * A configuration managed by someone else: never written, read again when it changes, applied completely or not at all.
 */
import { existsSync, mkdirSync, readFileSync, renameSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { beforeAll, describe, expect, test } from 'vitest';
import type { ConfigurationInput } from '../../proxy/contract/index.ts';
import { scratchDirectory } from '../support/clean-up.ts';
import { type FakeUpstream, startFakeUpstream } from '../support/fake-upstream.ts';
import { createAuthority, issue, selfSigned, writeFiles } from '../support/pki.ts';
import { type Postern, startPostern } from '../support/postern.ts';
import { runProgram } from '../support/programs.ts';
import { RawClient } from '../support/raw-client.ts';

const program = fileURLToPath(new URL('../../dist/main/cli.js', import.meta.url));
const authority = createAuthority();
const pem = writeFiles(scratchDirectory('authority'), issue(authority, { names: ['localhost'] })).root;
let upstream: FakeUpstream;

beforeAll(async () => {
  upstream = await startFakeUpstream({
    protocol: 'imap',
    tls: 'implicit',
    identity: issue(authority, { names: ['localhost'] }),
  });
});

function configurationOf(
  names: string[],
  more: Partial<ConfigurationInput> = {},
  port = upstream.port,
): ConfigurationInput {
  const relay: Omit<ConfigurationInput['accounts'][number]['relays'][number], 'name'> = {
    ...{ protocol: 'imap', tls: 'implicit', server: 'localhost', address: '127.0.0.1' },
    ...{ listen: '127.0.0.1:0', port },
  };
  return {
    version: 1,
    accounts: [{ name: 'Work', relays: names.map((name) => ({ ...relay, name })) }],
    certificateAuthorities: [pem],
    ...more,
  };
}

/**
 * A folder in the form of a Kubernetes ConfigMap: the file is a link, and the folder that it leads through is replaced
 * atomically.
 */
function configMap(configuration: unknown) {
  const folder = scratchDirectory('config-map');
  let version = 0;
  function exchange(next: unknown): void {
    version += 1;
    mkdirSync(join(folder, `..v${version}`));
    const text = typeof next === 'string' ? next : JSON.stringify(next);
    writeFileSync(join(folder, `..v${version}`, 'config.json'), text, { mode: 0o444 });
    symlinkSync(`..v${version}`, join(folder, '..data_tmp'));
    renameSync(join(folder, '..data_tmp'), join(folder, '..data'));
  }
  exchange(configuration);
  symlinkSync('..data/config.json', join(folder, 'config.json'));
  return { file: join(folder, 'config.json'), exchange };
}

async function signedIn(postern: Postern, relay: string): Promise<RawClient> {
  const { port } = await postern.event('listening', (event) => event.relay === relay);
  const client = await RawClient.connect(port);
  await client.line();
  expect((await client.imap('a LOGIN user secret')).at(-1)).toMatch(/^a OK/);
  return client;
}

describe('never written', () => {
  test('every command that would write it says so, and changes nothing', async () => {
    const doubtful = await startFakeUpstream({
      ...{ protocol: 'imap', tls: 'implicit' },
      identity: selfSigned({ names: ['elsewhere.example'] }),
    });
    const settings = { certificateDecisionSeconds: 0 };
    const configuration = configurationOf(['work'], { settings }, doubtful.port);
    const { file } = configMap(configuration);
    const before = readFileSync(file, 'utf8');
    const postern = await startPostern({ fixed: file });
    const { port } = await postern.event('listening');
    await (await RawClient.connect(port)).line();
    const { id } = await postern.event('certificate-pending');
    const stunnel = join(scratchDirectory('stunnel'), 'stunnel.conf');
    writeFileSync(
      stunnel,
      '[imap]\nclient = yes\naccept = 127.0.0.1:11143\nconnect = imap.example.org:993\nverifyChain = yes\n',
    );
    for (const words of [
      ['add', 'alice@example.org', '--yes'],
      ['import', stunnel, '--yes'],
      ['certificates', 'use-name', id],
    ]) {
      const ran = await postern.command(...words);
      expect([words[0], ran.code, ran.stderr]).toEqual([
        words[0],
        1,
        expect.stringContaining(`takes its configuration from ${file} and never writes it. Change that file`),
      ]);
    }
    expect(readFileSync(file, 'utf8')).toBe(before);
    expect(existsSync(join(postern.dataDirectory, 'config.json'))).toBe(false);
    expect((await postern.command('certificates', 'reject', id)).code, 'decisions are state').toBe(0);
    expect(existsSync(join(postern.dataDirectory, 'trust.json'))).toBe(true);
  });

  test('what is not there, and options that contradict each other', async () => {
    const folder = scratchDirectory('wrong');
    const run = (...words: string[]) => runProgram(process.execPath, [program, 'run', '--no-window', ...words]);
    const missing = await run('--config', join(folder, 'none.json'), '--state', join(folder, 'state'));
    expect([missing.code, missing.stderr]).toEqual([2, expect.stringContaining('there is no such file')]);
    for (const words of [
      ['--state', folder],
      ['--config', 'x', '--state', folder, '--data-dir', folder],
      ['--config', 'x', '--state', folder, '--practice'],
    ]) {
      expect((await run(...words)).code).toBe(2);
    }
  });

  test('a key from where the service manager puts secrets', async () => {
    const credentials = scratchDirectory('credentials');
    const identity = issue(authority, { names: ['client'] });
    const files = writeFiles(credentials, identity);
    const configuration = configurationOf(['work']);
    Object.assign(configuration.accounts[0]?.relays[0] ?? {}, {
      clientCertificate: { certificate: files.certificate, key: files.key },
    });
    const { file, exchange } = configMap(configuration);
    const postern = await startPostern({ fixed: file });
    await signedIn(postern, 'work');
    rmSync(files.key);
    exchange(configuration);
    const { message } = await postern.event('configuration-refused');
    expect(message).toContain('accounts[0].relays[0].clientCertificate.key: expected a PEM file, found no file');
    expect(message).not.toContain('PRIVATE');
  });
});

describe('read again', () => {
  test('when it changes: what stays the same keeps its sessions', async () => {
    const { file, exchange } = configMap(configurationOf(['one', 'two']));
    const postern = await startPostern({ fixed: file });
    const client = await signedIn(postern, 'one');
    exchange(configurationOf(['one', 'three']));
    expect(await postern.event('configuration-applied')).toMatchObject({ file });
    expect((await client.imap('b NOOP')).at(-1)).toMatch(/^b OK/);
    await signedIn(postern, 'three');
    const { stdout } = await postern.command('status', '--json');
    expect(JSON.parse(String(stdout)).relays.map(({ name }: { name: string }) => name)).toEqual(['one', 'three']);
  });

  test.each([
    ['no JSON', '{'],
    ['a relay without TLS among sound ones', 'none'],
    ['a file that is not there', 'missing'],
  ])('%s: all of the one before stays', async (_, kind) => {
    const { file, exchange } = configMap(configurationOf(['one']));
    const postern = await startPostern({ fixed: file });
    const client = await signedIn(postern, 'one');
    const next = configurationOf(['two', 'three']);
    if (kind === 'none') Object.assign(next.accounts[0]?.relays[1] ?? {}, { tls: 'none' });
    exchange(kind === '{' ? '{' : kind === 'missing' ? { ...next, certificateAuthorities: ['gone.pem'] } : next);
    const { message } = await postern.event('configuration-refused');
    expect(message).toContain(file);
    expect((await client.imap('b NOOP')).at(-1)).toMatch(/^b OK/);
    const { stdout } = await postern.command('status', '--json');
    expect(JSON.parse(String(stdout)).relays.map(({ name }: { name: string }) => name)).toEqual(['one']);
    exchange(configurationOf(['one', 'two']));
    await postern.event('configuration-applied');
    await signedIn(postern, 'two');
  });

  test('on SIGHUP, which is the end of a terminal only where there is no such configuration', async () => {
    const { file } = configMap(configurationOf(['one']));
    const postern = await startPostern({ fixed: file });
    const client = await signedIn(postern, 'one');
    postern.signal('SIGHUP');
    await postern.event('configuration-applied');
    expect((await client.imap('b NOOP')).at(-1)).toMatch(/^b OK/);
    client.finish();
    expect(await postern.stop()).toBe(0);
  });
});
