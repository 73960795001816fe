import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { chmod, mkdir, mkdtemp, readdir, readFile, rm, stat, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { describe, expect, test } from 'vitest';
import type { Judgement } from '../../../proxy/trust/judging/judge.ts';
import { summarise } from '../../../proxy/trust/judging/summary.ts';
import { readCertificate } from '../../../proxy/trust/x509/certificate.ts';
import { selfSigned } from '../../support/pki.ts';
import { openDesk, type TestDesk } from '../support.ts';

const certificate = summarise(readCertificate(selfSigned({ names: ['mail.example.org'] }).der));
const judgement: Judgement = { problems: ['self-signed'], details: [], certificate, chain: [] };

function ask({ desk }: TestDesk, server = 'mail.example.org'): string {
  const verdict = desk.decide({ account: 'Work', relay: 'r', server, port: 993 }, judgement);
  if (verdict.kind !== 'ask') throw new Error(`expected a question, found ${verdict.kind}`);
  return verdict.id;
}

const trustFile = ({ directory }: TestDesk) => join(directory, 'trust.json');
const temporary = () => mkdtemp(join(tmpdir(), 'postern-trust-'));

describe('the file', () => {
  test('is private, and holds the decision when the command is done', async () => {
    const on = await openDesk();
    const { id } = await on.desk.approve(ask(on), 'always');
    const { mode } = await stat(trustFile(on));
    expect(mode & 0o777).toBe(0o600);
    expect(JSON.parse(await readFile(trustFile(on), 'utf8'))).toMatchObject({ version: 1, decisions: [{ id }] });
  });

  test('never holds a decision for once', async () => {
    const on = await openDesk();
    const { id } = await on.desk.approve(ask(on), 'once');
    await on.store.close();
    expect(await readFile(trustFile(on), 'utf8')).not.toContain(id);
  });

  test('no longer holds a decision when forgetting it is done', async () => {
    const on = await openDesk();
    const { id } = await on.desk.approve(ask(on), 'always');
    await on.desk.forget(id);
    expect(await readFile(trustFile(on), 'utf8')).not.toContain(id);
  });

  test('is tightened when others may read it', async () => {
    const before = await openDesk();
    await before.desk.approve(ask(before), 'always');
    await before.store.close();
    await chmod(trustFile(before), 0o644);
    const after = await openDesk({ directory: before.directory });
    expect(after.state.all('decisions')).toHaveLength(1);
    expect((await stat(trustFile(before))).mode & 0o777).toBe(0o600);
  });

  test('is written once for a flood of questions', async () => {
    const on = await openDesk();
    for (let number = 0; number < 90; number += 1) ask(on, `host${number}.example.org`);
    expect(await readdir(on.directory)).toEqual([]);
    await on.store.close();
    expect(await readdir(on.directory)).toEqual(['trust.json']);
    expect(JSON.parse(await readFile(trustFile(on), 'utf8')).questions).toHaveLength(90);
  });
});

test('trust that another certificate replaced, where that cannot be saved: in force, and a failure that says so', async () => {
  const on = await openDesk();
  const { id: former } = await on.desk.approve(ask(on), 'always');
  await on.store.flush();
  await rm(on.directory, { recursive: true });
  const other = summarise(readCertificate(selfSigned({ names: ['mail.example.org'] }).der));
  const where = { account: 'Work', relay: 'r', server: 'mail.example.org', port: 993 };
  const verdict = on.desk.decide(where, { ...judgement, certificate: other });
  if (verdict.kind !== 'ask') throw new Error(`expected a question, found ${verdict.kind}`);
  await expect(on.desk.approve(verdict.id, 'always')).rejects.toMatchObject({
    code: 'failed',
    message: expect.stringMatching(/former one is withdrawn until Postern stops.*\(ENOENT\)/),
  });
  expect(on.state.all('decisions').map(({ id }) => id)).toEqual([verdict.id]);
  await mkdir(on.directory);
  await on.store.close();
  expect(await readFile(trustFile(on), 'utf8')).not.toContain(former);
});

describe('a file that cannot be used', () => {
  const valid = { version: 1, decisions: [], servers: [], questions: [] };
  const decision = { id: 'feedfacefeedface', account: 'a', host: 'h', port: 1, decision: 'always', certificate };
  test.each([
    ['cut off', '{"version":1,"decisions":['],
    ['empty', ''],
    ['of another version', JSON.stringify({ ...valid, version: 2 })],
    ['with a decision that is not whole', JSON.stringify({ ...valid, decisions: [decision] })],
    [
      'with a decision for once',
      JSON.stringify({ ...valid, decisions: [{ ...decision, decision: 'once', problems: [], decidedAt: new Date() }] }),
    ],
    ['with an unknown key', JSON.stringify({ ...valid, trustEverything: true })],
    ['in another encoding', Buffer.from([0xff, 0xfe, 0x7b, 0])],
  ])('%s is set aside, with a warning, and nothing is trusted', async (_, content) => {
    const directory = await temporary();
    await writeFile(join(directory, 'trust.json'), content);
    const on = await openDesk({ directory });
    expect(on.state.get('core', 'core')?.warnings).toEqual([expect.stringMatching(/trust\.json .* set aside/)]);
    expect(on.state.all('decisions')).toEqual([]);
    const [aside, ...others] = await readdir(directory);
    expect(others).toEqual([]);
    expect(aside).toMatch(/^trust\.json\.unusable-\d{4}-\d\d-\d\dT/);
    expect(await readFile(join(directory, aside as string))).toEqual(Buffer.from(content));
    await on.desk.approve(ask(on), 'always');
    expect(JSON.parse(await readFile(trustFile(on), 'utf8')).decisions).toHaveLength(1);
  });

  test('a link is not followed', async () => {
    const real = await openDesk();
    await real.desk.approve(ask(real), 'always');
    const directory = await temporary();
    await symlink(trustFile(real), join(directory, 'trust.json'));
    const on = await openDesk({ directory });
    expect(on.state.all('decisions')).toEqual([]);
    expect(on.state.get('core', 'core')?.warnings).toHaveLength(1);
    await on.desk.approve(ask(on, 'other.example.org'), 'always');
    expect(await readFile(trustFile(real), 'utf8')).not.toContain('other.example.org');
  });
});

describe('a disk that fails', () => {
  test('loses nothing of what is in force, warns, and takes the warning back', async () => {
    const on = await openDesk();
    await rm(on.directory, { recursive: true });
    await writeFile(on.directory, 'a file where the folder was');
    const { id, unsaved } = await on.desk.approve(ask(on), 'always');
    expect(unsaved).toMatch(/^The certificate is trusted until Postern stops, but that could not be saved \(\w+\)\. /);
    expect(on.state.get('core', 'core')?.warnings).toEqual([expect.stringContaining('cannot be saved')]);
    expect(on.desk.decide({ account: 'Work', relay: 'r', server: 'mail.example.org', port: 993 }, judgement)).toEqual({
      kind: 'accept',
      trust: { kind: 'trusted-by-you', decision: id },
    });
    await rm(on.directory);
    await mkdir(on.directory);
    expect(await on.desk.approve(ask(on, 'other.example.org'), 'always')).not.toHaveProperty('unsaved');
    expect(on.state.get('core', 'core')?.warnings).toEqual([]);
    expect(JSON.parse(await readFile(trustFile(on), 'utf8')).decisions).toHaveLength(2);
  });
});

const child = `
import { createStateStore } from ${JSON.stringify(new URL('../../../proxy/state/store.ts', import.meta.url))};
import { createTrustDesk } from ${JSON.stringify(new URL('../../../proxy/trust/decisions/trust-desk.ts', import.meta.url))};
import { createLiveGrounds } from ${JSON.stringify(new URL('../../../proxy/trust/decisions/live-grounds.ts', import.meta.url))};
import { openTrustStore } from ${JSON.stringify(new URL('../../../proxy/trust/decisions/trust-store.ts', import.meta.url))};
const [directory, certificate] = process.argv.slice(2);
const state = createStateStore({ version: '0', startedAt: '', paused: false, questionsDropped: 0, warnings: [] });
const store = await openTrustStore(directory, state);
const desk = createTrustDesk({ store, state, emit: () => {}, now: () => new Date(), grounds: createLiveGrounds() });
const judgement = { problems: ['self-signed'], details: [], certificate: JSON.parse(certificate), chain: [] };
for (let number = 0; ; number += 1) {
  const { id } = desk.decide({ account: 'a', relay: 'r', server: process.pid + '-' + number + '.example.org', port: 993 }, judgement);
  await desk.approve(id, 'always');
  console.log(id);
}
`;

test('a process that is killed while it writes loses no decision that it had confirmed', async () => {
  const directory = await temporary();
  const script = join(await temporary(), 'child.mjs');
  await writeFile(script, child);
  const confirmed: string[] = [];
  for (let round = 0; round < 5; round += 1) {
    const process_ = spawn(process.execPath, [script, directory, JSON.stringify(certificate)], {
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    const closed = once(process_, 'close');
    let seen = 0;
    for await (const line of createInterface({ input: process_.stdout })) {
      confirmed.push(line);
      seen += 1;
      if (seen === 3 + round) process_.kill('SIGKILL');
    }
    await closed;
    const on = await openDesk({ directory });
    expect(on.state.get('core', 'core')?.warnings).toEqual([]);
    const stored = new Set(on.state.all('decisions').map(({ id }) => id));
    expect(confirmed.filter((id) => !stored.has(id))).toEqual([]);
    await on.store.close();
  }
});
