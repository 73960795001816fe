import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { postMessage } from '../../../main/notify/webhook.ts';
import type { FetchOptions } from '../../../proxy/oauth/judged-fetch.ts';
import { scratchDirectory } from '../../support/clean-up.ts';
import { message } from './support.ts';

const never = new AbortController().signal;
const directory = scratchDirectory('webhook');
writeFileSync(join(directory, 'url'), 'https://hooks.example.org/canary\n');
writeFileSync(join(directory, 'token'), 'canary\n');
writeFileSync(join(directory, 'plain'), 'http://hooks.example.org/canary\n');
writeFileSync(join(directory, 'lines'), 'canary\r\nX-Forged: 1\n');

function answering(status: number | Error) {
  const asked: [string, FetchOptions][] = [];
  const fetch = async (url: string, options: FetchOptions) => {
    asked.push([url, options]);
    if (status instanceof Error) throw status;
    return new Response(null, { status });
  };
  return { asked, fetch };
}

test('URL and token come from files, and the message is JSON', async () => {
  const { asked, fetch } = answering(204);
  await postMessage({ urlFile: 'url', tokenFile: 'token' }, directory, message(), fetch, never);
  expect(asked).toEqual([
    [
      'https://hooks.example.org/canary',
      {
        method: 'POST',
        headers: { 'Content-Type': 'application/json', Authorization: 'Bearer canary' },
        body: JSON.stringify(message()),
        signal: never,
      },
    ],
  ]);
});

test.each([
  [{ urlFile: 'none' }, 'has no single word in the file that "urlFile" names'],
  [{ urlFile: 'plain' }, 'has no https URL in the file that "urlFile" names'],
  [{ urlFile: 'url', tokenFile: 'lines' }, 'has no single word in the file that "tokenFile" names'],
])('%o: nothing is asked, and no secret is told', async (webhook, problem) => {
  const { asked, fetch } = answering(200);
  const posted = postMessage(webhook, directory, message(), fetch, never);
  await expect(posted).rejects.toThrow(problem);
  await expect(posted).rejects.not.toThrow('canary');
  expect(asked).toEqual([]);
});

test.each([
  [500, 'at hooks.example.org answered with status 500'],
  [302, 'at hooks.example.org answered with status 302'],
  [new Error('its certificate has expired'), 'at hooks.example.org could not be reached: its certificate has expired'],
])('%s is a failure, told without the path', async (status, problem) => {
  const posted = postMessage({ urlFile: 'url' }, directory, message(), answering(status).fetch, never);
  await expect(posted).rejects.toThrow(problem);
  await expect(posted).rejects.not.toThrow('canary');
});
