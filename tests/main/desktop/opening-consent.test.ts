import { expect, test } from 'vitest';
import { openingConsent } from '../../../main/desktop/opening-consent.ts';
import type { PosternApi } from '../../../proxy/contract/index.ts';

/**
 * Runs a command whose core reports one step. @returns the pages that were opened, and the steps passed to the window
 */
async function told(step: unknown) {
  const core = {
    subscribe: () => () => undefined,
    async command(_name: string, _input: unknown, progress: (step: unknown) => void) {
      progress(step);
      return { ok: true, value: { user: 'alice' } };
    },
  } as unknown as PosternApi;
  const opened: string[] = [];
  const heard: unknown[] = [];
  const wrapped = openingConsent(core, (page) => opened.push(page));
  const result = await wrapped.command('signIn', { account: 'Mail' }, (each) => heard.push(each));
  expect(result).toEqual({ ok: true, value: { user: 'alice' } });
  expect(heard).toEqual([step]);
  return opened;
}

test('the provider’s page is opened, and the window hears of it', async () => {
  const url = 'https://issuer.example/authorize?state=x';
  expect(await told({ event: 'open', url })).toEqual([url]);
});

test.each([
  ['the page for another device', { event: 'device', url: 'https://issuer.example/device', code: 'X', expiresAt: '' }],
  ['a file', { event: 'open', url: 'file:///etc/passwd' }],
  ['a page in plaintext', { event: 'open', url: 'http://issuer.example/' }],
  ['a program’s own scheme', { event: 'open', url: 'ms-settings:network' }],
  ['no address at all', { event: 'open', url: 'issuer.example' }],
  ['a step of a check', { relay: 'mail', step: 'connect', outcome: 'ok', message: '', milliseconds: 1 }],
])('not opened: %s', async (_, step) => {
  expect(await told(step)).toEqual([]);
});
