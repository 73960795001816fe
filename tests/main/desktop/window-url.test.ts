import { describe, expect, test } from 'vitest';
import { isOurSender, isWindowUrl, mayLoad, windowUrl } from '../../../main/desktop/window-url.ts';

describe('a document of the window', () => {
  test.each([windowUrl, 'postern://window/', 'postern://window/index.html#/accounts/Work?edit'])('%s is one', (url) => {
    expect(isWindowUrl(url)).toBe(true);
  });

  test.each([
    '',
    'about:blank',
    'https://window/index.html',
    'file:///index.html',
    'postern://windows/index.html',
    'postern://window.evil.example/index.html',
    'postern://evil@window/index.html',
    'postern://window:80/index.html',
    'postern://window/assets/icon.svg',
    'postern:window/index.html',
    'javascript:alert(1)//postern://window/index.html',
    'data:text/html,<p>',
  ])('%s is none', (url) => {
    expect(isWindowUrl(url)).toBe(false);
  });
});

describe('77: what the window may load', () => {
  test.each(['postern://window/assets/a.js', windowUrl, 'blob:postern://window/0-1-2'])(
    'honest: 77: its own files: %s',
    (url) => {
      expect(mayLoad(url)).toBe(true);
    },
  );

  test.each([
    'postern://other/a.js',
    'https://example.org/',
    'http://127.0.0.1:1143/',
    'file:///etc/passwd',
    'blob:https://example.org/1',
    'blob:postern://window.evil.example/1',
    'data:text/html,x',
    'ws://localhost/',
    'not a url',
  ])('not %s', (url) => {
    expect(mayLoad(url)).toBe(false);
  });
});

test('only the document that fills one of our windows is listened to', () => {
  const ours = { url: windowUrl, parent: null };
  expect(isOurSender(ours, true)).toBe(true);
  expect(isOurSender(ours, false)).toBe(false);
  expect(isOurSender(null, true)).toBe(false);
  expect(isOurSender({ ...ours, parent: {} }, true)).toBe(false);
  expect(isOurSender({ ...ours, url: 'https://example.org/' }, true)).toBe(false);
});
