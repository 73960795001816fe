/**
 * Servers that invent certificates, on every relay at once: memory, the stored file and the person's screen are
 * bounded.
 */
import { statSync } from 'node:fs';
import { join } from 'node:path';
import { beforeAll, expect, test } from 'vitest';
import { honestHalf } from '../support/honest-half.ts';
import { mailAndNews } from '../support/line-protocols.ts';
import { keyPair, selfSigned } from '../support/pki.ts';
import { residentBytes } from '../support/process-files.ts';
import { RawClient } from '../support/raw-client.ts';
import { expectHonest, openStage, type Scene, type Stage } from './stage.ts';

const megabyte = 1024 * 1024;
const relays = 10;
const certificates = 100;

const scenes = mailAndNews.flatMap((protocol) =>
  Array.from(
    { length: relays / mailAndNews.length },
    (_, at): Scene => ({ name: `95: ${at}, ${protocol}`, upstream: { protocol, tls: 'implicit' } }),
  ),
);
const bystanders = mailAndNews.map(
  (protocol): Scene => ({ name: `honest: 95, ${protocol}`, upstream: { protocol, tls: 'implicit' } }),
);
const told = /^(?:-ERR \[SYS\/TEMP\]|400) Postern: /;

let stage: Stage;
beforeAll(async () => {
  stage = await openStage([...scenes, ...bystanders]);
});

const long = (first: string) =>
  Array.from({ length: 100 }, (_, at) => `${first}${at}-${'n'.repeat(55)}.${'m'.repeat(60)}.${'o'.repeat(60)}.test`);
const text = (letter: string) => [['2.5.4.10', letter.repeat(200)]] as [string, string][];
const key = keyPair();
const chain = ['a', 'b'].map(
  (name) => selfSigned({ cn: name.repeat(60), names: long(name), attributes: text('\u{1d504}') }).certPem,
);

/** As large as OpenSSL accepts, and different each time. */
function made() {
  const leaf = selfSigned({
    cn: 'x'.repeat(60),
    names: ['localhost', ...long('l')],
    key,
    attributes: text('\u{1d504}'),
  });
  return { ...leaf, chainPem: [leaf.certPem, ...chain].join('') };
}

test('95: a hundred hostile certificates on each of ten relays, pop3 and nntp, are bounded in memory, on disk and on the screen', async () => {
  for (const scene of scenes) {
    const { upstream, port } = stage.on(scene);
    Object.defineProperty(upstream.options, 'identity', { get: made });
    const client = await RawClient.connect(port);
    expect(await client.line()).toMatch(told);
    client.finish();
  }
  const greeted = async () => {
    for (const one of bystanders) (await expectHonest(stage, one)).finish();
  };
  await greeted();
  const memory = residentBytes(stage.pid);
  const beside = honestHalf(
    'honest: 95: servers that verify, pop3 and nntp, are reached and signed in to meanwhile',
    greeted,
  );
  await Promise.all([
    beside,
    ...scenes.map(async (scene) => {
      for (let count = 1; count < certificates; count += 1) {
        const client = await RawClient.connect(stage.on(scene).port);
        expect(await client.line()).toMatch(told);
        client.finish();
        await client.ended;
      }
    }),
  ]);
  const more = residentBytes(stage.pid) - memory;
  const { tables } = await stage.snapshot();
  const met = Object.values(tables.questions).length + (tables.core.core?.questionsDropped ?? 0);
  expect(met).toBe(relays * certificates);
  await stage.core.command('reject', { id: Object.keys(tables.questions)[0] ?? '' });
  const size = statSync(join(stage.postern.dataDirectory, 'trust.json')).size;
  expect(more).toBeLessThan(100 * megabyte);
  expect(size).toBeLessThan(4 * megabyte);
});
