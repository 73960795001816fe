/** What is recognised about the programs that connect to the built product. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { beforeAll, expect, test } from 'vitest';
import type { DiagnosisCode } from '../../proxy/contract/index.ts';
import { needRoot } from '../support/needs.ts';
import { RawClient } from '../support/raw-client.ts';
import { expectHonest, openStage, type Scene, type Stage, toldAtGreeting, welcome } from '../threats/stage.ts';

const scene: Scene = { name: 'programs', upstream: { protocol: 'smtp', tls: 'implicit' } };
const maxConnections = 3;

let stage: Stage;
beforeAll(async () => {
  stage = await openStage([scene], { maxConnections });
});

/** Finds the code in the event, in the state and in the output of `postern status`. */
async function isRecognised(code: DiagnosisCode, from: number): Promise<void> {
  expect((await stage.postern.event('refused', () => true, from)).code).toBe(code);
  const { stdout } = await stage.postern.command('status', '--json');
  expect(JSON.parse(stdout.toString()).relays[0].lastRefusal.diagnosis).toMatchObject({ code });
}

test('not-a-mail-program: a web page posts to the port', async () => {
  const from = stage.postern.events.length;
  const client = await RawClient.connect(stage.on(scene).port);
  client.send('POST / HTTP/1.1\r\nHost: localhost\r\n\r\n');
  await client.rest();
  client.finish();
  await isRecognised('not-a-mail-program', from);
});

test('command-too-long: a line that no command is', async () => {
  const from = stage.postern.events.length;
  const client = await RawClient.connect(stage.on(scene).port);
  expect(await client.line()).toMatch(welcome.smtp);
  expect(await client.smtp(`NOOP ${'x'.repeat(20_000)}`)).toEqual([expect.stringMatching(/^500 /)]);
  await isRecognised('command-too-long', from);
  client.finish();
});

test('other-user: a program of somebody else on this computer', async () => {
  needRoot();
  const from = stage.postern.events.length;
  const script = `require('node:net').connect(${stage.on(scene).port}, '127.0.0.1').on('error', () => {}).resume();`;
  const other = spawn(process.execPath, ['-e', script], { uid: 65_534, gid: 65_534, stdio: 'ignore' });
  await once(other, 'close');
  await isRecognised('other-user', from);
});

test('too-many-mail-programs: one more than is allowed; when one has gone, the next is served', async () => {
  await stage.atRest();
  const clients: RawClient[] = [];
  while (clients.length < maxConnections) clients.push(await expectHonest(stage, scene));
  const from = stage.postern.events.length;
  const client = await RawClient.connect(stage.on(scene).port);
  expect(await client.line()).toMatch(toldAtGreeting.smtp);
  client.finish();
  await isRecognised('too-many-mail-programs', from);
  for (const one of clients) one.finish();
  await stage.atRest();
  (await expectHonest(stage, scene)).finish();
});
