import { expect, test } from 'vitest';
import { namesNearExchanger, usualNames } from '../../proxy/discovery/usual-names.ts';

const places = (all: ReturnType<typeof usualNames>) => all.map(({ server, port }) => `${server}:${port}`);

test('below the domain, TLS from the first byte first', () => {
  expect(places(usualNames('imap', 'a.test'))).toEqual([
    'imap.a.test:993',
    'mail.a.test:993',
    'a.test:993',
    'imap.a.test:143',
    'mail.a.test:143',
    'a.test:143',
  ]);
  expect(places(usualNames('pop3', 'a.test')).slice(0, 4)).toEqual([
    'pop.a.test:995',
    'pop3.a.test:995',
    'mail.a.test:995',
    'a.test:995',
  ]);
  expect(places(usualNames('smtp', 'a.test'))).toContain('smtp.a.test:587');
  expect(usualNames('smtp', 'a.test').some(({ confirm }) => confirm)).toBe(false);
});

test('near the exchanger, which is outside the domain', () => {
  const near = namesNearExchanger('imap', 'a.test', 'mx1.in.hoster.example');
  expect(places(near).slice(0, 3)).toEqual([
    'imap.hoster.example:993',
    'mail.hoster.example:993',
    'mx1.in.hoster.example:993',
  ]);
  expect(near.every(({ confirm }) => confirm)).toBe(true);
  expect(near[0]?.evidence).toContain('mx1.in.hoster.example by its DNS');
});

test('near the exchanger, which is inside the domain, or in one of three parts', () => {
  expect(namesNearExchanger('imap', 'a.test', 'mx.a.test').every(({ confirm }) => !confirm)).toBe(true);
  expect(places(namesNearExchanger('imap', 'a.test', 'mx.mail.web.de'))[0]).toBe('imap.web.de:993');
  expect(places(namesNearExchanger('imap', 'a.test', 'mx.t-online.com.au'))[0]).toBe('imap.t-online.com.au:993');
  expect(places(namesNearExchanger('imap', 'a.test', 'mx.hoster.co.uk'))[0]).toBe('imap.hoster.co.uk:993');
});
