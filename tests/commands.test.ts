import { existsSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { configurationSchema } from '../proxy/contract/index.ts';
import { relayTo, startCore } from './support/core.ts';

const relay = (listen: string) =>
  relayTo({ protocol: 'imap', port: 993, tls: 'implicit' }, { server: 'imap.example.org', listen });

test('configure saves what it applies, with every default in it', async () => {
  const { proxy, dataDirectory } = await startCore({ accounts: [] });
  const configuration = configurationSchema.parse({
    version: 1,
    accounts: [{ name: 'A', relays: [relay('127.0.0.1:0')] }],
    settings: { certificateDecisionSeconds: 7 },
  });
  await proxy.commands.configure({ configuration });
  expect(JSON.parse(readFileSync(join(dataDirectory, 'config.json'), 'utf8'))).toEqual(configuration);
  expect(proxy.state.all('relays')).toMatchObject([{ name: 'relay', listeners: [{ status: { kind: 'listening' } }] }]);
});

test('configure leaves a file that somebody is editing alone', async () => {
  const { proxy, dataDirectory } = await startCore({ accounts: [] });
  writeFileSync(join(dataDirectory, 'config.json'), '{ "version": 1, "accounts": [ half', { mode: 0o600 });
  const configuration = configurationSchema.parse({ version: 1, accounts: [] });
  await expect(proxy.commands.configure({ configuration })).rejects.toMatchObject({ code: 'bad-input' });
  expect(readFileSync(join(dataDirectory, 'config.json'), 'utf8')).toBe('{ "version": 1, "accounts": [ half');
  // A file that is complete again must not be overwritten either, and is reported as not in effect; a missing or
  // unchanged file can be written.
  writeFileSync(join(dataDirectory, 'config.json'), '{ "version": 1, "accounts": [] }', { mode: 0o600 });
  await expect(proxy.commands.configure({ configuration })).rejects.toMatchObject({
    code: 'failed',
    message: expect.stringContaining('was changed by hand while Postern runs'),
  });
  rmSync(join(dataDirectory, 'config.json'));
  await proxy.commands.configure({ configuration });
  await proxy.commands.configure({ configuration });
});

test('how a person is told is no business of the window: a program stands in the file alone', async () => {
  const { proxy, dataDirectory } = await startCore({ accounts: [] });
  const configuration = configurationSchema.parse({
    version: 1,
    accounts: [{ name: 'A', relays: [] }],
    notify: { command: ['/bin/sh', '-c', 'true'] },
  });
  await expect(proxy.commands.configure({ configuration })).rejects.toMatchObject({
    code: 'bad-input',
    message: expect.stringContaining('config.json alone'),
  });
  expect(existsSync(join(dataDirectory, 'config.json'))).toBe(false);
  await proxy.apply(configuration);
  await proxy.commands.configure({ configuration: { ...configuration, accounts: [] } });
  const saved = JSON.parse(readFileSync(join(dataDirectory, 'config.json'), 'utf8'));
  expect(saved.notify).toEqual(configuration.notify);
  const { notify: _, ...without } = configuration;
  await expect(proxy.commands.configure({ configuration: without })).rejects.toMatchObject({ code: 'bad-input' });
});

test('free ports are none that the configuration has', async () => {
  const { proxy } = await startCore({ relays: [relay('127.0.0.1:1143')] });
  const { ports } = await proxy.commands.freePorts({ protocols: ['imap'] });
  expect(ports).toHaveLength(1);
  expect(ports[0]?.port).not.toBe(1143);
});

test('the command to stop is heard by whoever runs the core', async () => {
  const { proxy } = await startCore({ accounts: [] });
  await proxy.commands.stop({});
  await expect(proxy.stopRequested).resolves.toBeUndefined();
});

const servers = [
  { protocol: 'imap', server: 'imap.example.org', port: 993, tls: 'implicit' },
  { protocol: 'smtp', server: 'smtp.example.org', port: 587, tls: 'starttls' },
] as const;

test('accounts that are added at the same time are all there, on ports of their own', async () => {
  const { proxy, dataDirectory } = await startCore({ accounts: [] });
  await Promise.all(['A', 'B', 'C'].map((name) => proxy.commands.addAccount({ name, servers: [...servers] })));
  const { accounts } = JSON.parse(readFileSync(join(dataDirectory, 'config.json'), 'utf8'));
  expect(accounts.map(({ name }: { name: string }) => name)).toEqual(['A', 'B', 'C']);
  // At both loopback addresses where the computer has both.
  const relays = proxy.state.all('relays');
  const ports = relays.map(({ listeners }) => new Set(listeners.map(({ port }) => port)));
  expect(relays.flatMap(({ listeners }) => listeners).every(({ status }) => status.kind === 'listening')).toBe(true);
  expect(ports.map(({ size }) => size)).toEqual(Array(6).fill(1));
  expect(new Set(ports.flatMap((each) => [...each])).size).toBe(6);
  const again = proxy.commands.addAccount({ name: 'A', servers: [...servers] });
  await expect(again).rejects.toMatchObject({ code: 'bad-input' });
});

test('the practice account makes way for one that is added', async () => {
  const { proxy } = await startCore({ accounts: [] });
  await proxy.commands.startPractice({});
  await proxy.commands.addAccount({ name: 'A', servers: [...servers] });
  const { accounts } = await proxy.commands.configuration({});
  expect(accounts.map(({ name }) => name)).toEqual(['A']);
  expect(proxy.state.get('core', 'core')?.practice).toBeUndefined();
});
