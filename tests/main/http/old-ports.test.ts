import { once } from 'node:events';
import { createServer } from 'node:net';
import { expect, test } from 'vitest';
import type { EarlierRuns } from '../../../main/http/earlier-runs.ts';
import { listenAtOldPorts, returnPath } from '../../../main/http/old-ports.ts';
import { atEnd } from '../../support/clean-up.ts';
import { freePort } from '../../support/ports.ts';
import { accepts } from '../../support/service.ts';
import { ask } from './ask.ts';

const sealed = { iv: 'iv', sealed: 'sealed' };

test('the port of an earlier run answers its question, and nothing else; one that somebody has is left to them', async () => {
  const [old, own] = [await freePort(), await freePort()];
  const other = createServer((socket) => socket.on('error', () => undefined).end('theirs')).listen(0, '127.0.0.1');
  await once(other, 'listening');
  atEnd(() => void other.close());
  const { port: taken } = other.address() as { port: number };
  const heard: unknown[] = [];
  const earlier: EarlierRuns = {
    ports: [old, old, taken, own],
    issue: () => Promise.reject(new Error('not asked for')),
    answer(port, asked) {
      heard.push([port, asked]);
      return asked === 'right' ? sealed : null;
    },
    windowBack: () => Promise.reject(new Error('not asked for')),
  };
  const end = await listenAtOldPorts(earlier, own, () => undefined);
  atEnd(end);
  const post = (body: string, headers: Record<string, string> = {}) =>
    ask(old, { method: 'POST', path: returnPath, headers, body });
  const answer = await post('"right"');
  expect([answer.status, JSON.parse(answer.body)]).toEqual([200, sealed]);
  expect(answer.headers['cache-control']).toBe('no-store');
  expect((await post('"wrong"')).status).toBe(403);
  expect((await post('no JSON')).status).toBe(403);
  expect((await post('x'.repeat(5000))).status).toBe(403);
  expect(heard).toEqual([
    [old, 'right'],
    [old, 'wrong'],
    [old, null],
    [old, null],
  ]);
  for (const headers of [
    { Origin: 'https://evil.example' },
    { Host: 'evil.example' },
    { 'Sec-Fetch-Site': 'same-site' },
  ])
    expect((await post('"right"', headers as Record<string, string>)).status).toBe(403);
  expect(heard).toHaveLength(4);
  for (const path of ['/', '/api/events', '/?token=x']) {
    const refused = await ask(old, { path });
    expect([refused.status, refused.body]).toEqual([403, expect.stringContaining('"postern window" prints a link')]);
  }
  expect(await accepts(own)).toBe(false);
  end();
  expect(await accepts(old)).toBe(false);
  expect(await accepts(taken)).toBe(true);
});
