/**
 * What happens to the ports while Postern is not running, and how it takes them back: the statements of
 * docs/security.md.
 */
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { expect, test } from 'vitest';
import { atEnd } from '../support/clean-up.ts';
import { startFakeUpstream } from '../support/fake-upstream.ts';
import { honestHalf } from '../support/honest-half.ts';
import { needRoot } from '../support/needs.ts';
import { selfSigned } from '../support/pki.ts';
import { freePort } from '../support/ports.ts';
import { type Postern, startPostern } from '../support/postern.ts';
import { RawClient } from '../support/raw-client.ts';

/** Tries to listen as another user, and returns the result. */
async function stranger(address: string, port: number): Promise<{ said: string; child: ChildProcess }> {
  needRoot();
  const script = `
import socket, sys
s = socket.socket(socket.AF_INET6 if ":" in "${address}" else socket.AF_INET)
s.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
s.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEPORT, 1)
try:
    s.bind(("${address}", ${port}))
    s.listen()
    print("listens", flush=True)
    sys.stdin.read()
except OSError as error:
    print(error.strerror, flush=True)`;
  const child = spawn('python3', ['-c', script], { uid: 65_534, gid: 65_534, stdio: ['pipe', 'pipe', 'inherit'] });
  atEnd(() => void child.kill());
  const [said] = await once(createInterface({ input: child.stdout }), 'line');
  return { said, child };
}

/** The other loopback address is taken; Postern has it as soon as it is free, and nobody can have either of them then. */
async function otherAddress(start: (port: number) => Promise<Postern>): Promise<void> {
  const port = await freePort();
  const other = await stranger('::1', port);
  expect(other.said).toBe('listens');
  const postern = await start(port);
  expect(await postern.event('relay-failed')).toMatchObject({
    relay: 'r',
    address: '::1',
    port,
    reason: 'address-in-use',
    holder: { pid: other.child.pid, program: 'python3' },
  });
  await honestHalf('honest: 85: the address that is ours is served meanwhile', async () => {
    const client = await RawClient.connect(port);
    expect(await client.line()).toMatch(/^-ERR \[SYS\/TEMP\] Postern: /);
    client.finish();
  });
  other.child.kill();
  await postern.event('listening', ({ address }) => address === '::1');

  // Nobody can listen on the port as well, at either address or at all of them.
  for (const address of ['127.0.0.1', '::1', '0.0.0.0', '::']) {
    expect([address, (await stranger(address, port)).said]).toEqual([address, 'Address already in use']);
  }
  await postern.stop();
}

/** What no program can prevent while it is not running: the port is taken, and Postern has it again as soon as it is free. */
async function whileNotRunning(start: (port: number, dataDirectory?: string) => Promise<Postern>): Promise<void> {
  const port = await freePort();
  const { dataDirectory, stop } = await start(port);
  await stop();
  const [later, below] = [await stranger('127.0.0.1', port), await stranger('127.0.0.1', 587)];
  expect(later.said).toBe('listens');
  expect(below.said, 'and what Linux prevents for it').toBe('Permission denied');
  const again = await start(port, dataDirectory);
  expect(await again.event('relay-failed')).toMatchObject({ address: '127.0.0.1', reason: 'address-in-use' });
  later.child.kill();
  await again.event('listening', ({ address }) => address === '127.0.0.1');
  await again.stop();
}

test('85: another user takes a port while Postern is not running, and the other loopback address: told, by whom, and had as soon as it is free', async () => {
  const upstream = await startFakeUpstream({ protocol: 'pop3', tls: 'implicit', identity: selfSigned() });
  const relay = { name: 'r', protocol: 'pop3', server: 'localhost', port: upstream.port, tls: 'implicit' } as const;
  const start = (listen: number, dataDirectory?: string): Promise<Postern> =>
    startPostern(
      dataDirectory === undefined
        ? { configuration: { version: 1, accounts: [{ name: 'A', relays: [{ ...relay, listen }] }] } }
        : { dataDirectory },
    );
  // A port that is not to be had is tried again after some time: both wait at once.
  await Promise.all([otherAddress(start), whileNotRunning(start)]);
});
