import { expect, test, vi } from 'vitest';
import type { ConfigurationInput } from '../../proxy/contract/index.ts';
import type { VerifiedSocket } from '../../proxy/trust/tls/secure-upstream.ts';
import { relayTo, startCore } from '../support/core.ts';
import { startFakeUpstream } from '../support/fake-upstream.ts';
import { createAuthority, issue } from '../support/pki.ts';
import { RawClient } from '../support/raw-client.ts';

// Where Postern signs in, what follows is the same splice over the same sockets: there is no slower path.

const { spliced } = vi.hoisted(() => ({ spliced: [] as { client: object; upstream: VerifiedSocket }[] }));
vi.mock('../../proxy/session/splice.ts', async (original) => {
  const { splice } = await original<typeof import('../../proxy/session/splice.ts')>();
  return {
    splice: (...all: Parameters<typeof splice>) => {
      spliced.push({ client: all[0], upstream: all[1] });
      return splice(...all);
    },
  };
});

/** The classes of a socket, from its own to the most general. */
function classesOf(socket: object): string[] {
  const names: string[] = [];
  for (let each = Object.getPrototypeOf(socket); each; each = Object.getPrototypeOf(each))
    names.push(each.constructor.name);
  return names;
}

test('the splice gets the same kind of sockets, with nothing of ours between', async () => {
  const authority = createAuthority();
  const identity = issue(authority, { names: ['localhost'] });
  const { port } = await startFakeUpstream({ protocol: 'smtp', tls: 'implicit', identity, users: { ada: 'right' } });
  const account = (name: string, more: object): ConfigurationInput['accounts'][number] => ({
    name,
    relays: [relayTo({ port, protocol: 'smtp', tls: 'implicit' }, { name })],
    ...more,
  });
  const core = await startCore({
    authority,
    accounts: [account('passed', {}), account('stored', { signIn: { kind: 'stored', user: 'ada' } })],
  });
  const { commands } = core.proxy;
  await commands.storePassword({ account: 'stored', password: 'right' });
  const { password } = await commands.localPassword({ account: 'stored' });
  for (const [relay, user, known] of [
    ['passed', 'ada', 'right'],
    ['stored', 'anybody', password],
  ] as const) {
    const client = await RawClient.connect(core.port(relay));
    await client.smtpReply();
    await client.smtp('EHLO here');
    const [answer] = await client.smtp(`AUTH PLAIN ${Buffer.from(`\0${user}\0${known}`).toString('base64')}`);
    expect(answer).toMatch(/^235/);
    expect((await client.smtp('NOOP'))[0]).toMatch(/^250/);
    client.finish();
  }
  const [passed, stored] = spliced as [(typeof spliced)[0], (typeof spliced)[0]];
  expect(classesOf(stored.client)).toEqual(classesOf(passed.client));
  expect(classesOf(stored.upstream.socket)).toEqual(classesOf(passed.upstream.socket));
  expect(classesOf(stored.upstream.socket)[0]).toBe('TLSSocket');
  expect(stored.client.constructor.name).toBe('Socket');
});
