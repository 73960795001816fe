/** The diagnostics of the built product, with canaries in everything that a person types. */
import { existsSync, mkdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { beforeAll, expect, test } from 'vitest';
import { type ConfigurationInput, protocols } from '../../proxy/contract/index.ts';
import { scratchDirectory } from '../support/clean-up.ts';
import { startFakeUpstream } from '../support/fake-upstream.ts';
import { createAuthority, issue } from '../support/pki.ts';
import { type Postern, startPostern } from '../support/postern.ts';
import { mustRun } from '../support/programs.ts';
import { until } from '../support/service.ts';

const user = 'canary.user@example.test';
const password = 'canary password 7391';
const read =
  'import sys,zipfile,json;z=zipfile.ZipFile(sys.argv[1]);assert z.testzip() is None;print(json.dumps({n:z.read(n).decode() for n in z.namelist()}))';

let postern: Postern;
let directory: string;
beforeAll(async () => {
  const authority = createAuthority();
  const identity = issue(authority, { names: ['mail.example.test'] });
  directory = scratchDirectory('diagnostics');
  const dataDirectory = join(directory, 'data');
  mkdirSync(dataDirectory, { mode: 0o700 });
  writeFileSync(join(dataDirectory, 'root.pem'), authority.certPem);
  const relays: ConfigurationInput['accounts'][number]['relays'] = [];
  for (const protocol of protocols) {
    const { port } = await startFakeUpstream({ protocol, tls: 'implicit', identity, users: { [user]: password } });
    const place = { server: 'mail.example.test', address: '127.0.0.1', port, listen: '127.0.0.1:0' };
    relays.push({ name: protocol, protocol, tls: 'implicit', ...place });
    if (protocol === 'pop3')
      relays.push({ name: 'nobody', protocol, tls: 'implicit', ...place, server: 'other.example.test' });
  }
  postern = await startPostern({
    dataDirectory,
    configuration: {
      version: 1,
      accounts: [{ name: `Mail of ${user}`, relays: relays }],
      certificateAuthorities: ['root.pem'],
      notify: { command: ['/bin/true', password] },
      settings: { logLevel: 'trace', certificateDecisionSeconds: 0 },
    },
  });
  await postern.commandWith(`${password}\n`, 'check', '--user', user, '--password-stdin');
  // The log reaches the disk a moment later, and its file is created with the first line.
  const log = join(postern.dataDirectory, 'logs', 'postern.log');
  const tellsOfSessions = (line: string) => line.includes('session') && !line.includes(' trace ');
  const told = () => existsSync(log) && readFileSync(log, 'utf8').split('\n').some(tellsOfSessions);
  await until(told, 'the log tells of sessions');
});

async function bundle(name: string): Promise<Record<string, string>> {
  const file = join(directory, name);
  const { code, stdout, stderr } = await postern.command('diagnostics', file);
  expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
  expect(stdout.toString()).toContain('read it before you send it');
  expect(statSync(file).mode & 0o777).toBe(0o600);
  const { stdout: text } = await mustRun('python3', ['-c', read, file]);
  return JSON.parse(text.toString());
}

test('has what a helper wants to know, and no secret', async () => {
  const files = await bundle('one.zip');
  expect(Object.keys(files)).toEqual([
    'README.txt',
    'versions.txt',
    'configuration.json',
    'state.json',
    'refusals.txt',
    'log.txt',
  ]);
  expect(files['versions.txt']).toMatch(
    /^Postern \d[\s\S]*\nAuthorities \d+ of Mozilla, (?:none of the system|\d+ of \/)/,
  );
  expect(JSON.parse(files['configuration.json'] ?? '').accounts[0].name).toBe('Mail of ***@example.test');
  expect(JSON.parse(files['state.json'] ?? '').relays.imap.lastVerified.tlsVersion).toBe('TLSv1.3');
  expect(files['refusals.txt']).toContain(
    'nobody certificate-undecided: The certificate is not for other.example.test',
  );
  expect(files['log.txt']).toContain('session');
  // The trace is in the log itself, so its absence here proves something.
  expect(readFileSync(join(postern.dataDirectory, 'logs', 'postern.log'), 'utf8')).toContain(' trace ');
  expect(files['log.txt']).not.toContain(' trace ');
  const all = JSON.stringify(files);
  for (const secret of [user, 'canary.user', password, '7391']) {
    expect(all).not.toContain(secret);
    expect(all).not.toContain(Buffer.from(secret).toString('base64').replace(/=+$/, ''));
  }
  expect(all).not.toContain(Buffer.from(`\0${user}\0${password}`).toString('base64'));
  expect(all).not.toMatch(/PRIVATE KEY/);
});

test('overwrites nothing, and wants to know where to', async () => {
  const file = join(directory, 'mine.zip');
  writeFileSync(file, 'mine');
  const taken = await postern.command('diagnostics', file);
  expect([taken.code, taken.stderr]).toEqual([1, expect.stringContaining('already exists. Choose another name.')]);
  expect(readFileSync(file, 'utf8')).toBe('mine');
  const nowhere = await postern.command('diagnostics');
  expect([nowhere.code, nowhere.stderr]).toEqual([2, expect.stringContaining('Say where to put it')]);
  const impossible = join(directory, 'no', 'such.zip');
  expect((await postern.command('diagnostics', impossible)).code).toBe(1);
  expect(existsSync(impossible)).toBe(false);
});

test('without a running Postern it is made from what is stored', async () => {
  await postern.stop();
  const files = await bundle('later.zip');
  expect(JSON.parse(files['state.json'] ?? '').relays.imap.lastVerified.tlsVersion).toBe('TLSv1.3');
  expect(JSON.stringify(files)).not.toContain('canary');
});
