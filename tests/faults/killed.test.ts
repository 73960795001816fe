/** The process is killed at any moment: what was acknowledged is there the next time, and every file is whole. */
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { type CoreClient, connectCore } from '../../main/http/client.ts';
import { type Configuration, configurationSchema, type Snapshot } from '../../proxy/contract/index.ts';
import { parseTrustFile } from '../../proxy/trust/trust-file.ts';
import { selfSigned } from '../support/pki.ts';
import { startPostern } from '../support/postern.ts';
import { RawClient } from '../support/raw-client.ts';
import { until } from '../support/service.ts';
import { openStage, type Scene } from '../threats/stage.ts';

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

    // Everything at once, until it is gone. A command that is under way then may have come to either end.
    let killed = false;
    const decide = async () => {
      for (let number = 0; !killed; number = (number + 1) % strangers.length) {
        const client = await RawClient.connect(postern.port(`relay ${number}`));
        await client.ended;
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
        await core.command('configure', { configuration });
      }
    };
    const work = Promise.allSettled([decide(), reconfigure()]);
    await new Promise((resolve) => setTimeout(resolve, 120 + 97 * round));
    process.kill(core.pid, 'SIGKILL');
    killed = true;
    await until(() => isGone(core.pid), 'the process is gone');
    core.close();
    await work;
    await postern.stop();

    expect(parseTrustFile(readFileSync(join(dataDirectory, 'trust.json'), 'utf8'))).not.toBeNull();
    const text = JSON.parse(readFileSync(join(dataDirectory, 'config.json'), 'utf8'));
    expect(configurationSchema.parse(text).accounts.length).toBe(strangers.length);
  }

  const last = await startPostern({ dataDirectory });
  await last.stop();
  expect(readdirSync(dataDirectory).filter((name) => name.includes('temporary'))).toEqual([]);
  expect(acknowledged).toBeGreaterThan(0);
});
