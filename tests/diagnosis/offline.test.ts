import { expect, test } from 'vitest';
import { orOffline } from '../../proxy/diagnosis/offline.ts';

test.each([
  ['dns-not-found', 'imap.gmail.com', 'offline'],
  ['dns-not-found', 'IMAP.Gmail.com.', 'offline'],
  ['dns-not-found', 'imap.gmial.com', 'dns-not-found'],
  ['server-timeout', 'imap.gmail.com', 'server-timeout'],
] as const)('%s of %s is %s', async (code, server, found) => {
  expect((await orOffline({ code }, server)).code).toBe(found);
});
