/** What `postern status` of the built product says while it runs, and to whom; what another Postern is told. */
import { chmodSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { beforeAll, expect, test } from 'vitest';
import type { ConfigurationInput } from '../../proxy/contract/index.ts';
import { scratchDirectory } from '../support/clean-up.ts';
import { type FakeUpstreamOptions, startFakeUpstream } from '../support/fake-upstream.ts';
import { needLinux, needProgram, needRoot } from '../support/needs.ts';
import { createAuthority, issue, writeFiles } from '../support/pki.ts';
import { freePort } from '../support/ports.ts';
import { type Postern, startPostern } from '../support/postern.ts';
import { runProgram } from '../support/programs.ts';
import { RawClient } from '../support/raw-client.ts';
import { root } from '../support/sources.ts';

const identity = issue(createAuthority(), { names: ['mail.example.test'] });
/** Ends with a complete line: a connection that ends in the middle of one counts as cut off. */
const mail = Buffer.concat([Buffer.alloc(300_000, 'mail '), Buffer.from('\r\n')]);
const nobody = 65_534;

const server: FakeUpstreamOptions = {
  ...{ protocol: 'imap', tls: 'implicit', identity },
  signedIn: async ({ socket }) => void socket.end(mail),
};
let configuration: ConfigurationInput;
let postern: Postern;

beforeAll(async () => {
  const { port } = await startFakeUpstream(server);
  const listen = `127.0.0.1:${await freePort()}`;
  const relay = { name: 'imap', protocol: 'imap', tls: 'implicit', server: 'mail.example.test', port, listen } as const;
  configuration = {
    version: 1,
    accounts: [{ name: 'Work', relays: [{ ...relay, address: '127.0.0.1' }] }],
    certificateAuthorities: [writeFiles(scratchDirectory('authority'), identity).root],
  };
  postern = await startPostern({ configuration });
});

const status = async (of: Postern) => (await of.command('status')).stdout.toString();

test('a refusal leaves it once a later session was fine; traffic counts since the start', async () => {
  expect(await status(postern)).toContain('\nSince then 0 bytes were received and 0 bytes sent.\n');
  server.handshake = { reply: { instead: 'reset' } };
  const refused = await RawClient.connect(postern.port('imap'));
  expect(await refused.line()).toMatch(/^\* BYE /);
  await postern.event('refused');
  expect(await status(postern)).toContain('imap was last refused');
  refused.finish();

  delete server.handshake;
  const client = await RawClient.connect(postern.port('imap'));
  expect(await client.line()).toMatch(/^\* OK/);
  client.send('a LOGIN user secret\r\n');
  expect((await client.rest()).includes(mail)).toBe(true);
  client.finish();
  await postern.event('session-closed', ({ bytesDown }) => bytesDown > mail.length);
  const after = await status(postern);
  expect(after).not.toContain('was last refused');
  expect(after).toMatch(/^Since then 300\.\d kB were received and \d+ bytes sent\.$/m);

  await postern.stop();
  postern = await startPostern({ dataDirectory: postern.dataDirectory });
  expect(await status(postern)).toContain('\nSince then 0 bytes were received and 0 bytes sent.\n');
});

test('another user is told in a sentence whose it is, and learns nothing', async () => {
  needRoot();
  needProgram('setpriv');
  const as = ['--reuid', String(nobody), '--regid', String(nobody), '--clear-groups'];
  const command = [process.execPath, join(root, 'dist', 'main', 'cli.js')];
  chmodSync(dirname(postern.dataDirectory), 0o755);
  const ask = async (word: string) => {
    const line = [...as, ...command, word, '--data-dir', postern.dataDirectory];
    const { code, stdout, stderr } = await runProgram('setpriv', line, { cwd: '/' });
    expect([word, code, stdout.toString()]).toEqual([word, 2, '']);
    expect(stderr).toMatch(/^postern: .* belongs to another user\b.*\n$/);
    expect(stderr).toContain(postern.dataDirectory);
  };
  for (const word of ['status', 'certificates', 'accounts', 'check']) await ask(word);
  // As in a home folder that only its user may look into.
  chmodSync(dirname(postern.dataDirectory), 0o700);
  for (const word of ['status', 'accounts']) await ask(word);
});

test('a port that one Postern has is said to be another Postern’s by the next', async () => {
  // Other systems tell no more than that it is Node.
  needLinux();
  const second = await startPostern({ configuration });
  const failed = await second.event('relay-failed');
  expect(failed.message).toContain('is used by another Postern');
  const port = postern.port('imap');
  expect(await status(second)).toContain(`127.0.0.1 port ${port} is used by another Postern`);
  const checked = await second.command('check', 'imap');
  expect([checked.code, checked.stdout.toString()]).toEqual([1, expect.stringContaining('another Postern')]);
});
