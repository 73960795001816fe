import { expect, test } from 'vitest';
import { orOffline } from '../../proxy/diagnosis/offline.ts';

test.each([
  ['dns-not-found', 'imap.gmail.com', false, 'offline'],
  ['dns-not-found', 'IMAP.Gmail.com.', false, 'offline'],
  ['dns-not-found', 'imap.gmial.com', false, 'dns-not-found'],
  ['dns-not-found', 'mail.example.org', true, 'offline'],
  ['server-timeout', 'imap.gmail.com', true, 'server-timeout'],
] as const)('%s of %s, reached before: %s, is %s', async (code, server, reachedBefore, found) => {
  expect((await orOffline({ code }, server, reachedBefore)).code).toBe(found);
});
