import { describe, expect, test } from 'vitest';
import table from '../../assets/providers.json' with { type: 'json' };
import { providerSignIns, relaySchema } from '../../proxy/contract/index.ts';
import { isHostName } from '../../proxy/discovery/address.ts';
import {
  candidatesOf,
  type Provider,
  providerOfDomain,
  providerOfExchangers,
  shownProvider,
} from '../../proxy/discovery/providers.ts';

const providers = table.providers as Provider[];

describe('the table', () => {
  test('has the providers that people ask for', () => {
    const domains = [
      ...[
        'gmail.com',
        'outlook.com',
        'hotmail.com',
        'yahoo.com',
        'icloud.com',
        'aol.com',
        'gmx.de',
        'gmx.com',
        'web.de',
      ],
      ...['fastmail.com', 'mailbox.org', 'posteo.de', 'zoho.com', 'yandex.ru', 'mail.ru', 't-online.de', 'freenet.de'],
      ...[
        'online.de',
        'ovh.net',
        'gandi.net',
        'ik.me',
        'bluewin.ch',
        'orange.fr',
        'free.fr',
        'laposte.net',
        'libero.it',
      ],
      ...[
        'comcast.net',
        'cox.net',
        'att.net',
        'verizon.net',
        'btinternet.com',
        'sky.com',
        'emailsrvr.com',
        'proton.me',
      ],
      ...['tutanota.com', 'onmicrosoft.com'],
    ];
    expect(domains.filter((domain) => providerOfDomain(domain) === null)).toEqual([]);
  });

  test('no domain stands in two entries', () => {
    const all = providers.flatMap(({ domains }) => domains);
    expect(all.filter((domain, at) => all.indexOf(domain) !== at)).toEqual([]);
    expect(all.filter((domain) => !isHostName(domain) || domain !== domain.toLowerCase())).toEqual([]);
  });

  test.each(providers.map((provider) => [provider.name, provider] as const))('%s is sound', (_, provider) => {
    const keys = ['documentation', 'domains', 'exchangers', 'name', 'note', 'servers', 'signIn', 'user'];
    expect(Object.keys(provider).sort()).toEqual(keys);
    expect(providerSignIns).toContain(provider.signIn);
    expect(['address', 'local-part']).toContain(provider.user);
    expect(provider.domains.length).toBeGreaterThan(0);
    expect(new URL(provider.documentation).protocol).toBe('https:');
    if (provider.signIn !== 'password') expect(provider.note).not.toBe('');
    const place = relaySchema.pick({ protocol: true, server: true, port: true, tls: true });
    for (const server of provider.servers) {
      expect(place.parse(server)).toEqual(server);
      expect(isHostName(server.server)).toBe(true);
    }
    const protocols = new Set(provider.servers.map(({ protocol }) => protocol));
    const closed = provider.signIn === 'bridge' || provider.signIn === 'impossible';
    expect(protocols.has('smtp') && (protocols.has('imap') || protocols.has('pop3'))).toBe(!closed);
  });
});

test('a provider is known by the domain of the address, whole', () => {
  expect(providerOfDomain('gmail.com')?.name).toBe('Gmail');
  expect(providerOfDomain('mail.gmail.com')).toBeNull();
  expect(providerOfDomain('notgmail.com')).toBeNull();
});

test('or by the hosts that take the mail of a domain in', () => {
  expect(providerOfExchangers(['mx.other.test', 'aspmx.l.google.com'])?.name).toBe('Gmail');
  expect(providerOfExchangers(['example.mail.protection.outlook.com'])?.name).toBe('Microsoft 365');
  expect(providerOfExchangers(['fakegoogle.com'])).toBeNull();
  expect(providerOfExchangers([])).toBeNull();
});

test('what the table says is trusted; that DNS leads to the entry has to be confirmed', () => {
  const gmail = providerOfDomain('gmail.com') as Provider;
  expect(candidatesOf(gmail).some(({ confirm }) => confirm)).toBe(false);
  const guessed = candidatesOf(gmail, 'a.test');
  expect(guessed.every(({ confirm }) => confirm)).toBe(true);
  expect(guessed[0]?.evidence).toContain('a.test goes to Gmail by its DNS');
  expect(shownProvider(gmail)).toMatchObject({ name: 'Gmail', signIn: 'app-password' });
});
