/**
 * Speed on a slow line means round trips: any that a protocol does not need would be noticeable. Counted, not timed.
 */

import { once } from 'node:events';
import net, { type AddressInfo } from 'node:net';
import { expect, onTestFinished, test } from 'vitest';
import type { TlsMode } from '../../proxy/contract/index.ts';
import { relayTo, startCore } from '../support/core.ts';
import { startFakeUpstream } from '../support/fake-upstream.ts';
import type { LineProtocol } from '../support/line-protocols.ts';
import { createAuthority, issue } from '../support/pki.ts';
import { RawClient } from '../support/raw-client.ts';

/** Passes TCP on to `port` and notes the direction, one entry for each change. */
async function tap(port: number): Promise<{ port: number; turns: string[] }> {
  const turns: string[] = [];
  const note = (turn: string) => {
    if (turns.at(-1) !== turn) turns.push(turn);
  };
  const server = net.createServer((near) => {
    const far = net.connect(port, '127.0.0.1');
    near.on('data', () => note('up')).pipe(far);
    far.on('data', () => note('down')).pipe(near);
    near.on('error', () => far.destroy());
    far.on('error', () => near.destroy());
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  onTestFinished(() => void server.close());
  return { port: (server.address() as AddressInfo).port, turns };
}

const authority = createAuthority();
const identity = issue(authority, { names: ['localhost'] });

test.each<[LineProtocol, TlsMode, string, string]>([
  // TLS 1.3 takes one round trip; the server greets when it has our Finished (RFC 8446 §2).
  ['pop3', 'implicit', 'hello, greeting', 'up down up down'],
  ['imap', 'implicit', 'hello, greeting', 'up down up down'],
  ['smtp', 'implicit', 'hello, greeting', 'up down up down'],
  ['nntp', 'implicit', 'hello, greeting', 'up down up down'],
  // The plaintext greeting comes first. TLS 1.2 takes two round trips (RFC 5246 §7.3); under 1.3 the server's tickets,
  // which nobody waits for, could look like another one. The greeting inside is ours: POP3 and SMTP request nothing for
  // it.
  ['pop3', 'starttls', 'STLS, hello, keys', 'down up down up down up down'],
  ['smtp', 'starttls', 'EHLO, STARTTLS, hello, keys', 'down up down up down up down up down'],
  // IMAP's greeting contains capabilities, which only count when requested inside TLS (RFC 3501 §6.2.1).
  ['imap', 'starttls', 'STARTTLS, hello, keys, CAPABILITY', 'down up down up down up down up down'],
  // A news server that hands readers to another program has to be asked for that program first (RFC 4642 §2.1); whether
  // articles may be posted only counts when it is said inside TLS (RFC 4642 §2.2.2).
  [
    ...(['nntp', 'starttls', 'CAPABILITIES, STARTTLS, hello, keys, CAPABILITIES'] as const),
    'down up down up down up down up down up down',
  ],
])('%s, %s: before the greeting %s', async (protocol, tls, _what, expected) => {
  const upstream = await startFakeUpstream({
    protocol,
    tls,
    identity,
    tlsOptions: { maxVersion: tls === 'implicit' ? 'TLSv1.3' : 'TLSv1.2' },
  });
  const { port, turns } = await tap(upstream.port);
  const core = await startCore({ authority, relays: [relayTo({ port, protocol, tls })] });
  const client = await RawClient.connect(core.port('relay'));
  await client.line();
  expect(turns.join(' ')).toBe(expected);
});
