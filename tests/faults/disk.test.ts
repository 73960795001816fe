/** The disk is full or read-only: mail goes on, the person is told, and nothing stored is lost. */
import { spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { atEnd, scratchDirectory } from '../support/clean-up.ts';
import { needNamespaces } from '../support/needs.ts';
import { selfSigned } from '../support/pki.ts';
import { startPostern } from '../support/postern.ts';
import { RawClient } from '../support/raw-client.ts';
import { expectHonest, openStage, type Scene, type Stage, toldAtGreeting, welcome } from '../threats/stage.ts';

function mount(...words: string[]): void {
  const { status, stderr } = spawnSync('mount', words, { encoding: 'utf8' });
  if (status !== 0) throw new Error(`mount ${words.join(' ')}: ${stderr}`);
}

/** A data directory on a file system of its own, of 256 KiB. */
function smallDisk(): { dataDirectory: string; fill(): void; free(): void; remount(how: 'ro' | 'rw'): void } {
  needNamespaces();
  const disk = join(scratchDirectory('disk'), 'small');
  mkdirSync(disk, { mode: 0o700 });
  mount('-t', 'tmpfs', '-o', 'size=256k,mode=0700', 'tmpfs', disk);
  atEnd(() => {
    const { status, stderr } = spawnSync('umount', ['--lazy', disk], { encoding: 'utf8' });
    if (status !== 0) throw new Error(`umount: ${stderr}`);
  });
  const ballast = join(disk, 'ballast');
  return {
    dataDirectory: join(disk, 'data'),
    fill() {
      for (const size of [64 * 1024, 4096, 1]) {
        for (let number = 0; number < 1000; number += 1) {
          try {
            writeFileSync(`${ballast}-${size}-${number}`, Buffer.alloc(size));
          } catch {
            break;
          }
        }
      }
    },
    free() {
      for (const name of readdirSync(disk)) if (name.startsWith('ballast')) rmSync(join(disk, name));
    },
    remount: (how) => mount('-o', `remount,${how}`, disk),
  };
}

/** An open log file prevents its disk from being remounted read-only. */
const quiet = { logLevel: 'error' } as const;

const strangers = Array.from(
  { length: 3 },
  (_, number): Scene => ({
    name: `stranger ${number}`,
    upstream: { protocol: 'pop3', tls: 'implicit', identity: selfSigned({ names: ['localhost'] }) },
  }),
);
const [before, during, after] = strangers as [Scene, Scene, Scene];
const friend: Scene = { name: 'friend', upstream: { protocol: 'pop3', tls: 'implicit' } };

async function greeting(stage: Stage, scene: Scene): Promise<string> {
  const client = await RawClient.connect(stage.on(scene).port);
  const line = await client.line();
  // A program that says nothing would have to wait for its turn the next time.
  client.send('QUIT\r\n');
  client.finish();
  await client.ended;
  return line;
}

async function approve(stage: Stage, scene: Scene): Promise<void> {
  expect(await greeting(stage, scene)).toMatch(toldAtGreeting.pop3);
  const { account } = stage.on(scene);
  const { tables } = await stage.snapshot();
  const question = Object.values(tables.questions).find((one) => one.account === account);
  const approved = await stage.core.command('approve', { id: question?.id ?? '', remember: 'always' });
  expect(approved).toMatchObject({ ok: true });
  expect(await greeting(stage, scene)).toMatch(welcome.pop3);
}

const warnings = async (stage: Stage) => (await stage.snapshot()).tables.core.core?.warnings ?? [];

test.each(['full', 'read-only'] as const)(
  '87: a disk that gets %s under commands that store something, and better: the mail goes on',
  async (what) => {
    const disk = smallDisk();
    const stage = await openStage([...strangers, friend], quiet, { dataDirectory: disk.dataDirectory });
    const trust = join(disk.dataDirectory, 'trust.json');
    const config = join(disk.dataDirectory, 'config.json');
    await approve(stage, before);
    const stored = readFileSync(trust, 'utf8');

    if (what === 'full') disk.fill();
    else disk.remount('ro');
    // In force, although it cannot be stored; and the person is told.
    await approve(stage, during);
    expect(await warnings(stage)).toEqual([expect.stringMatching(/cannot be saved .*full or read-only/)]);
    // The file is complete, with its earlier contents.
    expect(JSON.parse(readFileSync(trust, 'utf8')).decisions).toEqual(JSON.parse(stored).decisions);
    const configuration = await stage.core.command('configuration', {});
    if (!configuration.ok) throw new Error('no configuration');
    const accounts = configuration.value.accounts.slice(0, 2);
    const text = readFileSync(config, 'utf8');
    const configured = await stage.core.command('configure', { configuration: { ...configuration.value, accounts } });
    expect(configured).toMatchObject({ ok: false, failure: { code: 'failed' } });
    expect(readFileSync(config, 'utf8')).toBe(text);
    for (let round = 0; round < 100; round += 1) expect(await greeting(stage, friend)).toMatch(welcome.pop3);
    (await expectHonest(stage, friend)).finish();

    if (what === 'full') disk.free();
    else disk.remount('rw');
    await approve(stage, after);
    expect(await warnings(stage)).toEqual([]);
    expect(readdirSync(disk.dataDirectory).filter((name) => name.includes('temporary'))).toEqual([]);
    await stage.stop();
    expect(JSON.parse(readFileSync(trust, 'utf8')).decisions).toHaveLength(3);
    expect(statSync(trust).mode & 0o777).toBe(0o600);
  },
);

test.each(['full', 'full, and what is kept has grown', 'read-only'] as const)(
  '87: trust that is taken back on a disk that is %s: gone for good, or said not to be',
  async (what) => {
    const disk = smallDisk();
    const stage = await openStage(strangers, quiet, { dataDirectory: disk.dataDirectory });
    const trust = join(disk.dataDirectory, 'trust.json');
    const stored = (): string[] =>
      JSON.parse(readFileSync(trust, 'utf8')).decisions.map(({ id }: { id: string }) => id);
    await approve(stage, before);
    const [forgotten = ''] = stored();

    if (what === 'read-only') disk.remount('ro');
    else disk.fill();
    const kept = what === 'full' ? 0 : 2;
    if (kept > 0) for (const scene of [during, after]) await approve(stage, scene);
    const answer = await stage.core.command('forget', { id: forgotten });
    expect(await greeting(stage, before)).toMatch(toldAtGreeting.pop3);
    if (what === 'full') {
      // The room that the old file took is enough for a smaller one.
      expect(answer).toEqual({
        ok: true,
        value: { forgotten: 'decision', host: 'localhost', port: expect.any(Number) },
      });
      expect(stored()).toEqual([]);
    } else {
      const safe = what !== 'read-only';
      const message = safe
        ? /withdrawn.*not be saved \(ENOSPC\).*trust\.json was removed.*ask again/
        : /withdrawn until Postern stops.*not be saved \(EROFS\).*after a restart it would be trusted again/;
      expect(answer).toMatchObject({ ok: false, failure: { code: 'failed', message: expect.stringMatching(message) } });
      expect(existsSync(trust)).toBe(!safe);
      if (!safe) expect(stored()).toEqual([forgotten]);
    }
    // A rejection that is not kept is said, too.
    const { tables } = await stage.snapshot();
    const [asked] = Object.values(tables.questions);
    const rejected = await stage.core.command('reject', { id: asked?.id ?? '' });
    if (what !== 'full')
      expect(rejected).toMatchObject({ ok: false, failure: { message: expect.stringMatching(/asked again/) } });

    if (what === 'read-only') disk.remount('rw');
    else disk.free();
    await stage.stop();
    // As it was promised: saved when Postern stops.
    expect(stored()).toHaveLength(kept + 1);
    const decisions: { id: string; decision: string }[] = JSON.parse(readFileSync(trust, 'utf8')).decisions;
    expect(decisions.find(({ id }) => id === forgotten)?.decision).toBe('reject');
  },
);

test.each(['full', 'read-only'] as const)(
  'a start on a disk that is %s: clear words, or mail without storage; nothing lost',
  async (what) => {
    const disk = smallDisk();
    const first = await openStage([friend, before], quiet, { dataDirectory: disk.dataDirectory });
    await approve(first, before);
    await first.stop();
    const trust = readFileSync(join(disk.dataDirectory, 'trust.json'), 'utf8');
    const configuration = readFileSync(join(disk.dataDirectory, 'config.json'), 'utf8');

    if (what === 'full') disk.fill();
    else disk.remount('ro');
    const failed = await startPostern({ dataDirectory: disk.dataDirectory }).then(
      async (postern) => {
        await postern.stop();
        return '';
      },
      (error: unknown) => String(error),
    );
    if (failed !== '') expect(failed).toMatch(/postern: .*(?:disk|full|read-only)/i);
    expect(failed).not.toMatch(/at .*\.js:\d+/);
    expect(readFileSync(join(disk.dataDirectory, 'trust.json'), 'utf8')).toBe(trust);
    expect(readFileSync(join(disk.dataDirectory, 'config.json'), 'utf8')).toBe(configuration);

    if (what === 'full') disk.free();
    else disk.remount('rw');
    const again = await startPostern({ dataDirectory: disk.dataDirectory });
    const client = await RawClient.connect(again.port('relay 1'));
    expect(await client.line()).toMatch(welcome.pop3);
    client.finish();
    await again.event('session-closed');
    await again.stop();
  },
);
