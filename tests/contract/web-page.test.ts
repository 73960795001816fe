import { expect, test } from 'vitest';
import { webPage } from '../../proxy/contract/index.ts';

test('a secured web page is led to, at its whole address', () => {
  expect(webPage('https://issuer.example/authorize?state=x#y')).toBe('https://issuer.example/authorize?state=x#y');
});

test.each(['http://issuer.example/', 'javascript:alert(1)', 'file:///etc/passwd', 'mailto:a@b', 'issuer.example', ''])(
  'nothing else is: %j',
  (address) => {
    expect(webPage(address)).toBeNull();
  },
);
