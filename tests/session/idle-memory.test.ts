import { setImmediate as nextTurn } from 'node:timers/promises';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { expect, test, vi } from 'vitest';
import { dialects } from '../../proxy/dialects/index.ts';
import { relayTo, startCore } from '../support/core.ts';
import { startFakeUpstream } from '../support/fake-upstream.ts';
import { createAuthority, issue } from '../support/pki.ts';
import { RawClient } from '../support/raw-client.ts';
import { until } from '../support/service.ts';

test('a session that is signed in keeps no greeting: each would hold the 64 KiB that Node cut it from', async () => {
  const authority = createAuthority();
  const identity = issue(authority, { names: ['localhost'] });
  const upstream = await startFakeUpstream({ protocol: 'pop3', tls: 'implicit', identity });
  const core = await startCore({
    authority,
    relays: [relayTo({ port: upstream.port, protocol: 'pop3', tls: 'implicit' })],
  });
  const kept: WeakRef<object>[] = [];
  const { greet } = dialects.pop3;
  const spy = vi.spyOn(dialects.pop3, 'greet').mockImplementation(async (step) => {
    const greeting = await greet(step);
    kept.push(new WeakRef(greeting.text));
    return greeting;
  });
  const client = await RawClient.connect(core.port('relay'));
  await client.line();
  for (const words of ['USER user', 'PASS secret']) {
    client.send(`${words}\r\n`);
    expect(await client.line()).toMatch(/^\+OK/);
  }
  await until(() => core.proxy.state.all('sessions')[0]?.phase === 'signed-in', 'it is signed in');
  spy.mockRestore();
  setFlagsFromString('--expose-gc');
  const collect = runInNewContext('gc') as () => void;
  const isKept = () => kept[0]?.deref() !== undefined;
  // What a collection frees may have been in use in the turn that it ran in.
  for (let turn = 0; turn < 20 && isKept(); turn += 1) {
    await nextTurn();
    collect();
  }
  expect(kept).toHaveLength(1);
  expect(isKept()).toBe(false);
  client.finish();
});
