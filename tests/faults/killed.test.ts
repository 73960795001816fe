/** The process is killed at any moment: what was acknowledged is there the next time, and every file is complete. */
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { type CoreClient, connectCore } from '../../main/http/client.ts';
import { type Configuration, configurationSchema, type Snapshot } from '../../proxy/contract/index.ts';
import { parseTrustFile } from '../../proxy/trust/decisions/trust-file.ts';
import { selfSigned } from '../support/pki.ts';
import { startPostern } from '../support/postern.ts';
import { RawClient } from '../support/raw-client.ts';
import { until } from '../support/service.ts';
import { expectHonest, openStage, type Scene, welcome } from '../threats/stage.ts';

const rounds = 8;
const strangers = Array.from(
  { length: 12 },
  (_, number): Scene => ({
    name: `stranger ${number}`,
    upstream: { protocol: 'pop3', tls: 'implicit', identity: selfSigned({ names: ['localhost'] }) },
  }),
);

function snapshotOf(core: CoreClient): Promise<Snapshot> {
  return new Promise((resolve, reject) => {
    const end = core.subscribe((message) => {
      if (message.kind === 'snapshot') resolve(message.snapshot);
      if (message.kind === 'core') reject(new Error('the core has gone'));
      setImmediate(() => end());
    });
  });
}

function isGone(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return false;
  } catch {
    return true;
  }
}

test('killed while it stores decisions and configurations', async () => {
  const stage = await openStage(strangers);
  const { dataDirectory } = stage.postern;
  await stage.stop();
  /** By id of a decision, what the last acknowledged command has made of it. */
  const promised = new Map<string, 'there' | 'forgotten'>();
  let acknowledged = 0;
  /** The last acknowledged configuration, and those after it that may have been stored. */
  let configurations = new Set<number>();

  for (let round = 0; round < rounds; round += 1) {
    const postern = await startPostern({ dataDirectory });
    const core = await connectCore(dataDirectory);
    const { tables } = await snapshotOf(core);
    for (const [id, fate] of promised) {
      expect([id, tables.decisions[id] ? 'there' : 'forgotten'], `round ${round}`).toEqual([id, fate]);
    }
    expect(tables.core.core?.warnings).toEqual([]);
    const configured = await core.command('configuration', {});
    if (!configured.ok) throw new Error('no configuration');
    const { value } = configured;
    if (round > 0) expect([...configurations]).toContain(value.settings.connectTimeoutSeconds);
    const enough = acknowledged + 1 + (round % 4);
    let stored = 0;

    // Everything at once, until the process is gone. A command under way at that moment may have taken effect or not.
    let killed = false;
    const decide = async () => {
      for (let number = 0; !killed; number = (number + 1) % strangers.length) {
        const client = await RawClient.connect(postern.port(`relay ${number}`));
        // A greeting where the stranger is trusted by now, otherwise a refusal.
        await client.line();
        client.socket.destroy();
        const { tables: now } = await snapshotOf(core);
        const asked = Object.keys(now.questions).map((id) => ['approve', id] as const);
        const decided = Object.keys(now.decisions).slice(0, number % 3 === 0 ? 1 : 0);
        for (const [name, id] of [...asked, ...decided.map((id) => ['forget', id] as const)]) {
          promised.delete(id);
          const answer =
            name === 'approve'
              ? await core.command(name, { id, remember: 'always' })
              : await core.command(name, { id });
          if (answer.ok) promised.set(id, name === 'approve' ? 'there' : 'forgotten');
          if (answer.ok) acknowledged += 1;
        }
      }
    };
    const reconfigure = async () => {
      for (let number = 0; !killed; number += 1) {
        const settings = { ...value.settings, connectTimeoutSeconds: 10 + (number % 50) };
        const configuration: Configuration = { ...value, settings };
        configurations.add(settings.connectTimeoutSeconds);
        const answer = await core.command('configure', { configuration });
        if (answer.ok) configurations = new Set([settings.connectTimeoutSeconds]);
        if (answer.ok) stored += 1;
      }
    };
    configurations.add(value.settings.connectTimeoutSeconds);
    const work = Promise.allSettled([decide(), reconfigure()]);
    // After some work, not after some time, and then at any moment of the next.
    while (acknowledged < enough || stored < 2) await new Promise((resolve) => setTimeout(resolve, 1));
    await new Promise((resolve) => setTimeout(resolve, 7 * round));
    process.kill(core.pid, 'SIGKILL');
    killed = true;
    await until(() => isGone(core.pid), 'the process is gone');
    core.close();
    await work;
    await postern.stop();

    const trust = join(dataDirectory, 'trust.json');
    expect(existsSync(trust) ? parseTrustFile(readFileSync(trust, 'utf8')) : 'no file').not.toBeNull();
    const text = JSON.parse(readFileSync(join(dataDirectory, 'config.json'), 'utf8'));
    expect(configurationSchema.parse(text).accounts.length).toBe(strangers.length);
  }

  // The next write of each file removes what a killed write has left next to it.
  const last = await startPostern({ dataDirectory });
  const core = await connectCore(dataDirectory);
  const configured = await core.command('configuration', {});
  if (!configured.ok) throw new Error('no configuration');
  expect(await core.command('configure', { configuration: configured.value })).toMatchObject({ ok: true });
  const { tables } = await snapshotOf(core);
  for (const id of [...Object.keys(tables.decisions), ...Object.keys(tables.questions)]) {
    expect(await core.command('forget', { id })).toMatchObject({ ok: true });
  }
  core.close();
  await last.stop();
  expect(readdirSync(dataDirectory).filter((name) => name.includes('temporary'))).toEqual([]);
  expect(acknowledged).toBeGreaterThanOrEqual(rounds);
});

test('killed while a mail program waits for a decision, and another is in a transfer: the question stays', async () => {
  const [stranger] = strangers as [Scene];
  const friend: Scene = {
    name: 'friend',
    upstream: {
      protocol: 'pop3',
      tls: 'implicit',
      signedIn: async ({ stream, say }) => {
        await say('half of a mess');
        await stream.ended;
      },
    },
  };
  const stage = await openStage([stranger, friend], { certificateDecisionSeconds: 600 });
  const { dataDirectory } = stage.postern;
  const waiting = await RawClient.connect(stage.on(stranger).port);
  const { id } = await stage.postern.event('certificate-pending');
  const reading = await expectHonest(stage, friend);
  expect((await reading.bytes(14)).toString()).toBe('half of a mess');
  const trust = join(dataDirectory, 'trust.json');
  await until(() => existsSync(trust) && readFileSync(trust, 'utf8').includes(id), 'the question is stored');
  process.kill(stage.pid, 'SIGKILL');
  await until(() => isGone(stage.pid), 'the process is gone');
  await Promise.all([waiting.ended, reading.ended]);
  // Nothing was said that could be mistaken for the server's words, and the server's connection is closed.
  expect(waiting.received.length).toBe(0);
  expect(reading.received.toString()).toMatch(/half of a mess$/);
  await (await stage.on(friend).upstream.connection(0)).stream.ended;
  await stage.stop();

  const again = await startPostern({ dataDirectory });
  const core = await connectCore(dataDirectory);
  const { tables } = await snapshotOf(core);
  expect(tables.core.core?.warnings).toEqual([]);
  expect(tables.sessions).toEqual({});
  expect(tables.questions[id]).toMatchObject({ waiting: 0 });
  expect(await core.command('approve', { id, remember: 'always' })).toMatchObject({ ok: true });
  const client = await RawClient.connect(again.port('relay 0'));
  expect(await client.line()).toMatch(welcome.pop3);
  client.finish();
  core.close();
  await again.stop();
});
