import { describe, expect, test } from 'vitest';
import type { AccountConfiguration, SignIn } from '../../proxy/contract/index.ts';
import { type AccountDraft, checkDraft, draftOf, withNames } from '../../renderer/account-draft.ts';
import { newRelay, type RelayDraft, withProtocol, withTls } from '../../renderer/relay-draft.ts';
import { noSignIn, ownIssuer, type SignInDraft } from '../../renderer/sign-in-draft.ts';
import { ordinaryConfiguration as configuration } from './support/fake-state.ts';

function draft(relay: Partial<RelayDraft> = {}, name = 'New'): AccountDraft {
  const sound = { ...newRelay(0, 'imap', '1199'), server: 'imap.new.example', name: 'new-imap', named: true };
  return { name, relays: [{ ...sound, ...relay }] };
}

function faults(of: AccountDraft, original: string | null = null) {
  const checked = checkDraft(configuration, original, of);
  return checked.ok ? {} : Object.fromEntries(checked.faults);
}

describe('a sound draft', () => {
  test('of a new account is added at the end', () => {
    const checked = checkDraft(configuration, null, draft());
    expect(checked.ok && checked.configuration.accounts.map(({ name }) => name)).toEqual([
      'Work',
      'Home',
      'Club',
      'New',
    ]);
    expect(checked.ok && checked.configuration.accounts[3]?.relays).toEqual([
      {
        name: 'new-imap',
        protocol: 'imap',
        listen: '127.0.0.1:1199',
        server: 'imap.new.example',
        port: 993,
        tls: 'implicit',
      },
    ]);
  });

  test('of an account that is there stays in its place and changes nothing by itself', () => {
    for (const account of configuration.accounts) {
      const checked = checkDraft(configuration, account.name, draftOf(account));
      expect(checked).toEqual({ ok: true, configuration });
    }
  });

  test('keeps the devices that a relay serves, and says at the address that they do not go with it', () => {
    const [account] = configuration.accounts as [AccountConfiguration];
    const [first, ...others] = account.relays as [AccountConfiguration['relays'][number]];
    const served = { ...first, listen: '192.168.7.1:1143', lan: { allow: ['192.168.7.20'], reading: true } };
    const serving: AccountConfiguration = { ...account, relays: [served, ...others] };
    const all = { ...configuration, accounts: [serving, ...configuration.accounts.slice(1)] };
    const form = draftOf(serving);
    const checked = checkDraft(all, account.name, form);
    expect(checked.ok && checked.configuration).toEqual(all);
    const [field, ...rest] = form.relays as [RelayDraft];
    const moved = checkDraft(all, account.name, {
      ...form,
      relays: [{ ...field, listenAddress: '127.0.0.1' }, ...rest],
    });
    expect(moved.ok ? {} : Object.fromEntries(moved.faults)).toEqual({ [`${field.key}.listenAddress`]: 'wrong' });
    expect(faults(draft({ listenAddress: '192.168.7.1' }))).toEqual({ '0.listenAddress': 'wrong' });
  });

  test('keeps what it does not show, and what becomes of referrals where there are any', () => {
    const [account] = configuration.accounts as [AccountConfiguration];
    const [first, ...others] = account.relays as [AccountConfiguration['relays'][number]];
    const book = { ...first, protocol: 'ldap' as const, referrals: 'refuse' as const, proxyProtocol: ['10.0.0.2'] };
    const changed: AccountConfiguration = { ...account, relays: [book, ...others] };
    const all = { ...configuration, accounts: [changed, ...configuration.accounts.slice(1)] };
    const form = draftOf(changed);
    const checked = checkDraft(all, account.name, form);
    expect(checked.ok && checked.configuration).toEqual(all);
    // Mail has no referrals.
    const [field, ...rest] = form.relays as [RelayDraft];
    const mail = checkDraft(all, account.name, { ...form, relays: [{ ...field, protocol: 'imap' }, ...rest] });
    expect(mail.ok && mail.configuration.accounts[0]?.relays[0]).toEqual({ ...first, proxyProtocol: ['10.0.0.2'] });
  });

  test.each<SignIn>([
    { kind: 'pass-through' },
    { kind: 'stored', user: 'alice' },
    { kind: 'oauth', user: 'alice', provider: 'microsoft', clientId: '0f0e', scopes: ['offline_access'] },
    { kind: 'oauth', user: 'alice', issuer: 'https://login.example.org' },
  ])('keeps how the account signs in: $kind $provider', (signIn) => {
    const [account] = configuration.accounts as [AccountConfiguration];
    const signed: AccountConfiguration = { ...account, signIn };
    const accounts = [signed, ...configuration.accounts.slice(1)];
    const checked = checkDraft({ ...configuration, accounts }, account.name, draftOf(signed));
    expect(checked.ok && checked.configuration.accounts[0]).toEqual(signed);
  });

  test('says at each field what is missing of a sign-in, beside what is wrong elsewhere', () => {
    const faultsOf = (signIn: Partial<SignInDraft>) =>
      faults({ ...draft({ listenPort: '70000' }), signIn: { ...noSignIn, ...signIn } });
    const port = { '0.listenPort': 'wrong' };
    expect(faultsOf({})).toEqual(port);
    expect(faultsOf({ kind: 'stored' })).toEqual({ ...port, 'signIn.user': 'missing' });
    expect(faultsOf({ kind: 'oauth', user: 'a' })).toEqual({ ...port, 'signIn.provider': 'missing' });
    const own = { kind: 'oauth', user: 'a', provider: ownIssuer } as const;
    expect(faultsOf(own)).toEqual({ ...port, 'signIn.issuer': 'missing' });
    expect(faultsOf({ ...own, issuer: 'http://plain.example' })).toEqual({ ...port, 'signIn.issuer': 'wrong' });
    expect(faultsOf({ ...own, issuer: 'https://a.example', clientId: 'a b' })).toEqual({
      ...port,
      'signIn.clientId': 'wrong',
    });
    expect(faultsOf({ ...own, issuer: 'https://a.example' })).toEqual(port);
    const row = { kind: 'oauth', user: 'a', provider: 'microsoft' } as const;
    expect(faultsOf(row)).toEqual({ ...port, 'signIn.clientId': 'missing' });
    expect(faultsOf({ ...row, clientId: '0f0e' })).toEqual(port);
  });

  test('lets nobody in without a password but to send, and asks nothing where the mail program signs in', () => {
    const [account] = configuration.accounts as [AccountConfiguration];
    const relays = draftOf(account).relays.map((relay) => ({ ...relay, admit: 'no-password' as const }));
    const admitted = (signIn: SignInDraft) => {
      const checked = checkDraft(configuration, account.name, { name: account.name, signIn, relays });
      return checked.ok && checked.configuration.accounts[0]?.relays.map(({ protocol, admit }) => [protocol, admit]);
    };
    expect(admitted({ ...noSignIn, kind: 'stored', user: 'a' })).toEqual([
      ['imap', undefined],
      ['smtp', 'no-password'],
    ]);
    expect(admitted(noSignIn)).toEqual([
      ['imap', undefined],
      ['smtp', undefined],
    ]);
  });

  test('keeps how mail programs are let in', () => {
    const [account] = configuration.accounts as [AccountConfiguration];
    const relays = account.relays.map((relay) => ({ ...relay, admit: 'password' as const }));
    const signed: AccountConfiguration = { ...account, signIn: { kind: 'stored', user: 'alice' }, relays };
    const accounts = [signed, ...configuration.accounts.slice(1)];
    const checked = checkDraft({ ...configuration, accounts }, account.name, draftOf(signed));
    expect(checked.ok && checked.configuration.accounts[0]).toEqual(signed);
  });

  test.each([
    ['127.0.0.1', '1199', '127.0.0.1:1199'],
    ['127.0.0.2', '143', '127.0.0.2:143'],
    ['::1', '1199', '[::1]:1199'],
    ['both', '1199', 1199],
  ])('listens at %s port %s', (listenAddress, listenPort, listen) => {
    const checked = checkDraft(configuration, null, draft({ listenAddress, listenPort }));
    const relay = checked.ok ? checked.configuration.accounts[3]?.relays[0] : undefined;
    expect(relay?.listen).toBe(listen);
    expect(relay && draftOf({ name: 'New', relays: [relay] }).relays[0]).toMatchObject({ listenAddress, listenPort });
  });

  test('keeps what only some need', () => {
    const given = { address: '192.0.2.7', certificate: 'me.pem', clientKey: 'me.key' };
    const checked = checkDraft(configuration, null, draft(given));
    const relay = checked.ok ? checked.configuration.accounts[3]?.relays[0] : undefined;
    expect(relay).toMatchObject({ address: '192.0.2.7', clientCertificate: { certificate: 'me.pem', key: 'me.key' } });
    expect(relay && draftOf({ name: 'New', relays: [relay] }).relays[0]).toMatchObject(given);
  });
});

describe('faults, field by field', () => {
  test.each<[string, Partial<RelayDraft>, Record<string, string>]>([
    ['no server', { server: ' ' }, { '0.server': 'missing' }],
    ['a server with a scheme', { server: 'https://imap.new.example' }, { '0.server': 'wrong' }],
    ['a server with a port', { server: 'imap.new.example:993' }, { '0.server': 'wrong' }],
    ['no port', { port: '' }, { '0.port': 'missing' }],
    ['port 0', { port: '0' }, { '0.port': 'wrong' }],
    ['port 65536', { port: '65536' }, { '0.port': 'wrong' }],
    ['a port in words', { port: 'imap' }, { '0.port': 'wrong' }],
    ['no port here', { listenPort: '' }, { '0.listenPort': 'missing' }],
    ['a wrong port here', { listenPort: '70000' }, { '0.listenPort': 'wrong' }],
    ['a port here that is taken', { listenPort: '1143' }, { '0.listenPort': 'taken' }],
    ['a taken port on both addresses', { listenAddress: 'both', listenPort: '1143' }, { '0.listenPort': 'taken' }],
    ['another computer', { listenAddress: '192.168.0.1' }, { '0.listenAddress': 'wrong' }],
    ['all addresses', { listenAddress: '0.0.0.0' }, { '0.listenAddress': 'wrong' }],
    ['a short name that is taken', { name: 'work-imap' }, { '0.name': 'taken' }],
    ['no short name', { name: '' }, { '0.name': 'missing' }],
    ['an address with a port', { address: 'mail.new.example:993' }, { '0.address': 'wrong' }],
    ['a certificate without its key', { certificate: 'me.pem' }, { '0.clientKey': 'missing' }],
    ['a key without its certificate', { clientKey: 'me.key' }, { '0.certificate': 'missing' }],
  ])('%s', (_, relay, expected) => {
    expect(faults(draft(relay))).toEqual(expected);
  });

  test('names of accounts', () => {
    expect(faults(draft({}, ''))).toEqual({ name: 'missing' });
    expect(faults(draft({}, 'Work'))).toEqual({ name: 'taken' });
    expect(faults(draft({}, 'x'.repeat(101)))).toEqual({ name: 'wrong' });
  });

  test('of one relay do not hide what another value clashes with', () => {
    expect(faults(draft({ server: '', listenPort: '1143', name: 'work-imap' }, 'Home'))).toEqual({
      name: 'taken',
      '0.server': 'missing',
      '0.listenPort': 'taken',
      '0.name': 'taken',
    });
  });

  test('two relays of one draft may not share a port', () => {
    const { relays } = draft();
    const second = { ...newRelay(7, 'smtp', '1199'), server: 'smtp.new.example', name: 'new-smtp', named: true };
    expect(faults({ name: 'New', relays: [...relays, second] })).toEqual({ '7.listenPort': 'taken' });
  });

  test('its own values are not taken by itself', () => {
    const [work] = configuration.accounts;
    expect(work && faults(draftOf(work), 'Work')).toEqual({});
  });

  test('an account without relays', () => {
    expect(faults({ name: 'New', relays: [] })).toEqual({ relays: 'missing' });
  });
});

describe('what is filled in', () => {
  test('names follow the account until the person gives one', () => {
    const relays = [newRelay(0, 'imap', ''), newRelay(1, 'imap', ''), newRelay(2, 'smtp', '')];
    const named = withNames({ name: 'Büro Süd', relays }, configuration.accounts);
    expect(named.relays.map(({ name }) => name)).toEqual(['buro-sud-imap', 'buro-sud-imap-2', 'buro-sud-smtp']);
    const own = withNames({ name: 'Other', relays: [{ ...newRelay(0, 'imap', ''), name: 'mine', named: true }] }, []);
    expect(own.relays[0]?.name).toBe('mine');
  });

  test('names keep clear of those that are there', () => {
    const named = withNames({ name: 'Work', relays: [newRelay(0, 'imap', '')] }, configuration.accounts);
    expect(named.relays[0]?.name).toBe('work-imap-2');
  });

  test('the usual port comes with the kind and the encryption, unless the person chose another', () => {
    const imap = newRelay(0, 'imap', '');
    expect(imap).toMatchObject({ port: '993', tls: 'implicit' });
    expect(withTls(imap, 'starttls').port).toBe('143');
    expect(withProtocol(imap, 'smtp')).toMatchObject({ port: '587', tls: 'starttls' });
    expect(withProtocol({ ...imap, port: '9993' }, 'pop3')).toMatchObject({ port: '9993', tls: 'implicit' });
    expect(withTls({ ...imap, port: '9993' }, 'starttls').port).toBe('9993');
  });
});
