import type { IncomingMessage } from 'node:http';
import { expect, test } from 'vitest';
import { cookieName, isLedHere, pageHeader, screenVisitor } from '../../../main/http/guard.ts';
import { createKeys } from '../../../main/http/keys.ts';

// The whole table of who is admitted is in the server's test, over real connections.
test('a visitor is the window by its cookie and the page’s secret, a browser by the cookie alone, a program by its token, else a stranger, and nobody with another Host', () => {
  const keys = createKeys();
  const { cookie = '', page = '' } = keys.redeemLinkToken(keys.issueLinkToken()) ?? {};
  const visitor = (headers: Record<string, string>) =>
    screenVisitor({ headers: { host: '127.0.0.1:8123', ...headers } } as unknown as IncomingMessage, 8123, keys);
  const cookies = `a=b; ${cookieName(8123)}=${cookie}; c=d`;
  expect(visitor({ cookie: cookies, [pageHeader]: page })).toBe('window');
  expect(visitor({ cookie: cookies })).toBe('browser');
  // 86: a cookie that another port has set under our name comes first if its path is longer.
  const evil = `${cookieName(8123)}=evil; `;
  expect(visitor({ cookie: `${evil}${cookies}`, [pageHeader]: page })).toBe('window');
  expect(visitor({ cookie: `${evil.repeat(200)}${cookies}`, [pageHeader]: page })).toBe('stranger');
  expect(visitor({ cookie: cookies, [pageHeader]: cookie })).toBe('stranger');
  expect(visitor({ [pageHeader]: page })).toBe('stranger');
  expect(visitor({ cookie: `x${cookieName(8123)}=${cookie}`, [pageHeader]: page })).toBe('stranger');
  expect(visitor({ authorization: `Bearer ${keys.bearer}` })).toBe('program');
  expect(visitor({ authorization: `bearer ${keys.bearer}` })).toBe('stranger');
  expect(visitor({})).toBe('stranger');
  expect(visitor({ host: '127.0.0.1:8124', authorization: `Bearer ${keys.bearer}` })).toBeNull();
});

test('a page at another port may lead the browser here by a navigation, and no other request of it passes', () => {
  const led = {
    host: '127.0.0.1:8123',
    'sec-fetch-site': 'same-site',
    'sec-fetch-mode': 'navigate',
    'sec-fetch-dest': 'document',
  };
  const isLed = (headers: Record<string, string>) =>
    isLedHere({ headers: { ...led, ...headers } } as unknown as IncomingMessage, 8123);
  expect(isLed({})).toBe(true);
  for (const other of [
    { host: '127.0.0.1:8124' },
    { host: 'localhost:8123' },
    { origin: 'http://127.0.0.1:8123' },
    { 'sec-fetch-site': 'cross-site' },
    { 'sec-fetch-mode': 'no-cors' },
    { 'sec-fetch-dest': 'iframe' },
  ] as Record<string, string>[]) {
    expect(isLed(other)).toBe(false);
  }
  expect(screenVisitor({ headers: led } as unknown as IncomingMessage, 8123, createKeys())).toBeNull();
});
