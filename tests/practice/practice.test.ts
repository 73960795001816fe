import { expect, test } from 'vitest';
import { practiceServer } from '../../proxy/contract/index.ts';
import { startPractice } from '../../proxy/practice/practice.ts';
import { startCore } from '../support/core.ts';
import { RawClient } from '../support/raw-client.ts';

test('an account for each protocol, with verified TLS as its only fault to find', async () => {
  const practice = await startPractice(practiceServer.host);
  const { user, password } = practiceServer;
  expect(practice.account).toMatchObject({ user, password });
  expect(practice.configuration.relays.map(({ protocol, tls, server }) => [protocol, tls, server])).toEqual([
    ['imap', 'implicit', 'practice.localhost'],
    ['pop3', 'implicit', 'practice.localhost'],
    ['smtp', 'starttls', 'practice.localhost'],
  ]);
  const ports = practice.configuration.relays.flatMap(({ port, listen }) => [
    port,
    Number(String(listen).split(':').at(-1)),
  ]);
  expect(new Set(ports).size).toBe(6);
  expect(ports.every((port) => port > 0)).toBe(true);
  await practice.stop();
});

test('two at once do not get into each other', async () => {
  const practices = await Promise.all([startPractice('a.localhost'), startPractice('b.localhost')]);
  const ports = practices.flatMap(({ configuration }) => configuration.relays.map(({ port }) => port));
  expect(new Set(ports).size).toBe(6);
  await Promise.all(practices.map((practice) => practice.stop()));
});

test.each(['imap', 'pop3', 'smtp'])(
  'the first thing that happens over %s is a question about one fault',
  async (protocol) => {
    const core = await startCore({ accounts: [], settings: { certificateDecisionSeconds: 60 } });
    await core.proxy.commands.startPractice({});
    const client = await RawClient.connect(core.port(`practice-${protocol}`));
    const { id, problems, offers, host } = await core.event('certificate-pending');
    expect({ problems, offers, host }).toEqual({
      problems: ['self-signed'],
      offers: ['reject', 'once', 'always'],
      host: 'practice.localhost',
    });
    await core.proxy.commands.approve({ id, remember: 'once' });
    expect(await client.line()).toMatch(/^(?:\* OK|\+OK|220) /);
    await core.stop();
  },
);
