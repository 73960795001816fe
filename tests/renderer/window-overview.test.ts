import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { diagnose, fingerprintText } from '../../proxy/contract/index.ts';
import { told } from '../support/findings.ts';
import { eventually } from './support/eventually.ts';
import { questions } from './support/fake-certificates.ts';
import { createFakeCore } from './support/fake-core.ts';
import { crowdedStore } from './support/fake-crowd.ts';
import { askingStore, busyStore, freshStore, ordinaryConfiguration, protection } from './support/fake-state.ts';
import { prepareWindows, read, unfold, type Windows } from './support/window.ts';

let windows: Windows;
beforeAll(async () => {
  windows = await prepareWindows();
});
afterAll(() => windows.closeAll());

describe('overview', () => {
  test('shows the path of every relay with what protects each leg', async () => {
    const { page, complaints } = await windows.open();
    await unfold(page, 'Work');
    const work = page.getByRole('article', { name: 'Reading mail, work-imap' });
    await eventually(() => read(work.getByRole('list'))).toContain('Encrypted right now');
    const path = await read(work.getByRole('list'));
    expect(path).toContain('connects to 127.0.0.1:1143');
    expect(path).toContain('Not encrypted; no other computer can see it');
    expect(path).toContain('TLS 1.3, very strong encryption');
    expect(path).toMatch(/Certificate ends in \d+ days/);
    expect(path).toContain('Verified');
    expect(path).toContain('imap.example.org:993');
    expect(complaints).toEqual([]);
  });

  test('a server trusted by the person is never called verified', async () => {
    const { page } = await windows.open();
    await unfold(page, 'Home');
    const home = page.getByRole('article', { name: 'Reading mail, home-imap' });
    await eventually(() => read(home)).toContain('Trusted by you');
    expect(await read(home)).not.toContain('Verified');
  });

  test('protection of the past is not shown as that of the present', async () => {
    const { page, core } = await windows.open();
    await unfold(page, 'Work');
    const smtp = page.getByRole('article', { name: 'Sending mail, work-smtp' });
    await eventually(() => read(smtp)).toContain('Encrypted last time');
    const imap = page.getByRole('article', { name: 'Reading mail, work-imap' });
    await eventually(() => read(imap)).toContain('Encrypted right now');
    core.store.remove('sessions', 's1');
    core.store.remove('sessions', 's2');
    await eventually(() => read(imap)).toContain('Encrypted last time');
  });

  test('a refusal is said in plain words, with what to do', async () => {
    const { page } = await windows.open();
    await page.getByText('1 of 3 accounts needs attention').waitFor();
    const club = page.getByRole('article', { name: 'Fetching mail, club-pop3' });
    await eventually(() => read(club)).toContain('There is no such server');
    expect(await read(club)).toContain('What to do: Look for a typing error');
    expect(await read(club)).toContain('Stopped: nothing is sent');
  });

  test('a password that was not accepted went to a verified server over TLS, and nothing says otherwise', async () => {
    const store = busyStore();
    store.patch('relays', 'club-pop3', { lastRefusal: null });
    const diagnosis = diagnose({ code: 'wrong-password' });
    const at = new Date(Date.now() + 60_000).toISOString();
    const verified = protection('imap.example.org');
    store.remove('sessions', 's1');
    store.remove('sessions', 's2');
    const reason = 'upstream-sign-in-failed';
    store.patch('relays', 'work-imap', { lastRefusal: { reason, message: '', at, diagnosis, protection: verified } });
    const { page, core } = await windows.open('#/overview', createFakeCore(store));
    const imap = page.getByRole('article', { name: 'Reading mail, work-imap' });
    await eventually(() => read(imap)).toContain('Encrypted; the server did not accept the password');
    expect(await read(imap)).toMatch(/Is it encrypted\?\s+Yes\. The server was last verified /);
    expect(await read(imap)).toContain('Verified');
    const wrong = /nothing (is|was) sent|New connections are stopped/i;
    expect(await read(imap)).not.toMatch(wrong);
    const hero = page.locator('.hero');
    expect(await read(hero)).toContain('The connection was encrypted. The server did not accept the password.');
    expect(await read(hero)).not.toMatch(wrong);
    // Its twin: without a verified server, nothing was sent.
    core.store.patch('relays', 'work-imap', { lastRefusal: { reason, message: '', at, diagnosis } });
    await eventually(() => read(hero)).toContain('Nothing was sent there.');
    await eventually(() => read(imap)).toContain('Stopped: nothing is sent');
  });

  test('an alarm stands first, in red, with the account and the server, and leads to what is known', async () => {
    const { page } = await windows.open('#/overview', createFakeCore(askingStore()));
    const alarm = page.locator('.hero-alarm');
    await eventually(() => read(alarm)).toContain('A connection may be intercepted');
    expect(await read(alarm)).toContain(`${questions.alarm.host}, which ${questions.alarm.account} uses`);
    // Nothing next to it says that all is well.
    const card = page.getByRole('article', { name: 'Sending mail, work-smtp' });
    await eventually(() => read(card)).toContain('New connections are stopped. Earlier ones were encrypted');
    expect(await read(card)).not.toMatch(/^Yes/m);
    await alarm.getByRole('link', { name: 'Look at it' }).click();
    await page.getByRole('heading', { name: `The connection to ${questions.alarm.host} may be intercepted` }).waitFor();
  });

  test('encryption that has vanished is an alarm like any other, until the server has proved itself again', async () => {
    const { page, core } = await windows.open('#/overview');
    core.store.patch('relays', 'work-imap', { encryptionVanishedAt: new Date().toISOString() });
    const alarm = page.locator('.hero-alarm');
    await eventually(() => read(alarm)).toContain('A connection may be intercepted');
    expect(await read(alarm)).toContain('imap.example.org, which Work uses, offered encryption before');
    const card = page.getByRole('article', { name: 'Reading mail, work-imap' });
    expect(await read(card)).toContain('May be intercepted');
    expect(await read(card)).toContain('Do not use this network for mail.');
    const overview = page.getByRole('link', { name: /^Overview/ });
    await overview.locator('.badge-alarm').waitFor();
    core.store.patch('relays', 'work-imap', { encryptionVanishedAt: null });
    await alarm.waitFor({ state: 'detached' });
    expect(await overview.locator('.badge').count()).toBe(0);
  });

  test('a server that wants the modern sign-in leads to where that is chosen', async () => {
    const { page, core } = await windows.open('#/overview');
    const diagnosis = diagnose({ code: 'oauth-needed' }, { server: 'imap.example.org', port: 993 });
    const at = new Date(Date.now() + 1_000).toISOString();
    const lastRefusal = { reason: 'oauth-only', message: '', at, diagnosis } as const;
    core.store.patch('relays', 'work-imap', { lastRefusal });
    await page.getByRole('link', { name: 'Choose who signs in' }).click();
    await page.getByText('Who signs in at the mail server?').waitFor();
    expect(new URL(page.url()).hash).toBe('#/accounts/Work?edit');
  });

  test('commands in the advice name the folder that this Postern was started with', async () => {
    const { page, core } = await windows.open('#/overview');
    core.store.patch('core', 'core', { commandOptions: ' --data-dir /srv/mail' });
    const finding = { code: 'self-signed', facts: { id: '0123456789abcdef' } } as const;
    const diagnosis = diagnose(finding, { server: 'imap.example.org', port: 993 });
    const at = new Date(Date.now() + 1_000).toISOString();
    const lastRefusal = { reason: 'certificate-undecided', message: '', at, diagnosis } as const;
    core.store.patch('relays', 'work-imap', { lastRefusal });
    const imap = page.getByRole('article', { name: 'Reading mail, work-imap' });
    await eventually(() => read(imap)).toContain(
      '"postern certificates approve 0123456789abcdef --data-dir /srv/mail"',
    );
  });

  test('numbers follow the sessions', async () => {
    const { page, core } = await windows.open();
    await unfold(page, 'Work');
    const imap = page.getByRole('article', { name: 'Reading mail, work-imap' });
    await eventually(() => read(imap)).toMatch(/Received\s+24\.9 MB/);
    core.store.patch('sessions', 's1', { bytesDown: 903_480_000 });
    await eventually(() => read(imap)).toMatch(/Received\s+924\.9 MB/);
  });

  test('a port that another program has is said with what to do', async () => {
    const store = busyStore();
    const inUse = told({ code: 'port-in-use', facts: { address: '127.0.0.1', listenPort: 1143, program: 'dovecot' } });
    store.patch('relays', 'work-imap', {
      listeners: [{ address: '127.0.0.1', port: 1143, status: { kind: 'failed', reason: 'address-in-use', ...inUse } }],
    });
    store.remove('sessions', 's1');
    const { page } = await windows.open('#/overview', createFakeCore(store));
    const imap = page.getByRole('article', { name: 'Reading mail, work-imap' });
    await eventually(() => read(imap)).toContain('127.0.0.1 port 1143 is used by dovecot.');
    expect(await read(imap)).toContain('choose another port');
  });

  test('what was recognised is explained, in the words of the core', async () => {
    const store = busyStore();
    const diagnosis = diagnose({ code: 'captive-portal' }, { server: 'imap.example.org', port: 993 });
    const at = new Date(Date.now() + 60_000).toISOString();
    store.patch('relays', 'work-imap', { lastRefusal: { reason: 'tls-handshake-failed', message: '', at, diagnosis } });
    const { page } = await windows.open('#/overview', createFakeCore(store));
    const imap = page.getByRole('article', { name: 'Reading mail, work-imap' });
    await eventually(() => read(imap)).toContain(diagnosis.sentence);
    expect(await read(imap)).toContain(diagnosis.advice);
    expect(await read(imap)).toContain('docs/diagnosis.md, under “captive-portal”');
  });

  test('without a network nothing is called refused, but offline, in quiet colours', async () => {
    const store = busyStore();
    const diagnosis = diagnose({ code: 'offline' }, { server: 'mail.kleinefirma.example', port: 995 });
    const at = new Date().toISOString();
    store.patch('relays', 'club-pop3', { lastRefusal: { reason: 'upstream-unreachable', message: '', at, diagnosis } });
    const { page, core } = await windows.open('#/overview', createFakeCore(store));
    await page.getByText('This computer seems to be offline').first().waitFor();
    await page.getByText('Mail resumes on its own once the network is back.').waitFor();
    const club = page.getByRole('article', { name: 'Fetching mail, club-pop3' });
    expect(await read(club)).toMatch(/Offline[\s\S]*Offline: nothing is sent/);
    expect(await read(club)).not.toContain('Refused');
    expect(await page.locator('main :is(.tone-refused, .leg-refused, .trouble-refused)').count()).toBe(0);
    // Another refusal is called what it is.
    const smtp = diagnose({ code: 'captive-portal' }, { server: 'smtp.example.org', port: 587 });
    core.store.patch('relays', 'work-smtp', {
      lastRefusal: { reason: 'tls-handshake-failed', message: '', at, diagnosis: smtp },
    });
    await page.getByText('2 of 3 accounts need attention').waitFor();
    await page.getByRole('navigation').getByRole('link', { name: 'Accounts' }).click();
    const list = page.getByRole('region', { name: 'Your accounts' });
    await eventually(() => read(list.getByRole('listitem').filter({ hasText: 'Club' }))).toContain('Offline');
    await eventually(() => read(list.getByRole('listitem').filter({ hasText: 'Work' }))).toContain('Refused');
  });

  test('whether it is encrypted is answered with evidence, and a certificate that ends soon is marked', async () => {
    const store = busyStore();
    const { page } = await windows.open('#/overview', createFakeCore(store));
    await unfold(page, 'Work');
    const imap = page.getByRole('article', { name: 'Reading mail, work-imap' });
    const protection = store.get('relays', 'work-imap')?.lastVerified;
    await eventually(() => read(imap)).toMatch(/Is it encrypted\?\s+Yes\. The server was last verified /);
    // What few people understand is there for anyone who asks.
    expect(await read(imap)).not.toContain('TLS_AES');
    await imap.getByText('Details').click();
    await eventually(() => read(imap)).toContain('TLS 1.3, TLS_AES_256_GCM_SHA384');
    expect(await read(imap)).toContain(fingerprintText(protection?.certificate.fingerprint ?? ''));
    expect(await read(imap)).not.toContain('has to renew it');
    const notAfter = new Date(Date.now() + 2.5 * 86_400_000).toISOString();
    store.patch('relays', 'work-imap', { expiring: { notAfter, threshold: 3 } });
    await eventually(() => read(imap)).toMatch(
      /The server’s certificate ends in [23] days, .*The provider has to renew it/,
    );
  });

  test('a question leads to its page', async () => {
    const { page, core } = await windows.open('#/overview', createFakeCore(askingStore()));
    expect(await page.title()).toBe('(4) Overview – Postern');
    core.store.remove('questions', questions.alarm.id);
    // One that has changed is the worst of those.
    await page.getByText('nas.home.example shows another certificate than before').first().waitFor();
    await page.getByText(/It is not the one that you trusted for Home\..* 2 more questions wait\./).waitFor();
    core.store.remove('questions', questions.changed.id);
    await page.getByText('2 questions wait for you').waitFor();
    await page.getByRole('link', { name: 'Answer it' }).click();
    await page.getByRole('heading', { name: /^Is this really / }).waitFor();
  });

  test('without accounts it welcomes, and leads to the first one', async () => {
    const empty = { ...ordinaryConfiguration, accounts: [] };
    const { page, complaints } = await windows.open('#/overview', createFakeCore(freshStore(empty), empty));
    await page.getByText('Welcome to Postern').waitFor();
    await page.getByRole('link', { name: 'Add an account' }).click();
    await page.getByRole('heading', { name: 'New account' }).waitFor();
    expect(complaints).toEqual([]);
  });

  test('traffic is drawn and said', async () => {
    const { page, core } = await windows.open();
    await page.clock.install();
    await page.reload();
    // Of ten minutes, it has seen none: what moved before is in the line below.
    await page.getByRole('img', { name: 'No mail moved since this window was opened.' }).waitFor();
    expect(await read(page.locator('.traffic'))).not.toContain('Last 10 minutes');
    await page.clock.runFor(6_000);
    core.store.patch('sessions', 's1', { bytesDown: 5_480_000 });
    await unfold(page, 'Work');
    const imap = page.getByRole('article', { name: 'Reading mail, work-imap' });
    // The change has to arrive before the next reading is taken.
    await eventually(async () => {
      await page.clock.runFor(300);
      return read(imap);
    }).toMatch(/26\.9 MB/);
    await page.clock.runFor(12_000);
    await page.getByRole('img', { name: /received 2 MB, sent 0 bytes, at most 400 kB per second/ }).waitFor();
  });

  test('traffic counts since the core started, whatever this window saw of it', async () => {
    const { page, core } = await windows.open();
    const since = page.getByText(/^Since Postern started, /);
    await eventually(() => read(since)).toMatch(/: 25\.4 MB received, 3 MB sent\.$/);
    // When a session ends, its bytes are added to the relay's.
    core.store.remove('sessions', 's3');
    core.store.patch('relays', 'home-imap', { bytesDown: 487_000, bytesUp: 12_400 });
    core.store.patch('sessions', 's1', { bytesDown: 5_480_000 });
    await eventually(() => read(since)).toMatch(/: 27\.4 MB received, 3 MB sent\.$/);
  });

  test('what is well is one line an account; what is not comes first, as cards, and is counted', async () => {
    const { page, core } = await windows.open();
    await page.getByText('1 of 3 accounts needs attention').waitFor();
    expect(await page.locator('section.account h3').allInnerTexts()).toEqual(['Club', 'Work', 'Home']);
    expect(await page.getByRole('article').count()).toBe(1);
    const work = page.getByRole('region', { name: 'Work', exact: true });
    expect(await read(work)).toContain('Protected now');
    expect(await read(work)).toMatch(/2 paths, 2 connections open · last connected securely/);
    const at = new Date(Date.now() + 60_000).toISOString();
    const diagnosis = diagnose({ code: 'captive-portal' }, { server: 'imap.example.org', port: 993 });
    core.store.patch('relays', 'work-imap', {
      lastRefusal: { reason: 'tls-handshake-failed', message: '', at, diagnosis },
    });
    await page.getByText('2 of 3 accounts need attention').waitFor();
    // The healthy relay next to it remains a line, and can be unfolded.
    expect(await page.getByRole('article').count()).toBe(2);
    const smtp = work.locator('summary').filter({ hasText: 'work-smtp' });
    await smtp.focus();
    await page.keyboard.press('Enter');
    await page.getByRole('article', { name: 'Sending mail, work-smtp' }).waitFor();
    core.store.patch('relays', 'work-imap', { lastRefusal: null });
    core.store.patch('relays', 'club-pop3', { lastRefusal: null });
    await page.getByText('All is well').waitFor();
    expect(await page.getByRole('heading', { name: 'What needs attention' }).count()).toBe(0);
  });

  test('a certificate that ends soon is a card without being trouble', async () => {
    const store = busyStore();
    store.patch('relays', 'club-pop3', { lastRefusal: null });
    const notAfter = new Date(Date.now() + 2.5 * 86_400_000).toISOString();
    store.patch('relays', 'home-imap', { expiring: { notAfter, threshold: 3 } });
    const { page } = await windows.open('#/overview', createFakeCore(store));
    await page.getByText('All is well').waitFor();
    await page
      .getByRole('article', { name: 'Reading mail, home-imap' })
      .getByText(/certificate ends in/)
      .waitFor();
    expect(await page.getByRole('article').count()).toBe(1);
  });

  test('two hundred accounts are lines that a search narrows, in words and in trouble', async () => {
    const { store, configuration } = crowdedStore();
    const { page } = await windows.open('#/overview', createFakeCore(store, configuration));
    await page.getByText('40 questions wait for you').waitFor();
    await page.getByText('40 of 200 accounts need attention.').waitFor();
    expect(await page.locator('.lines > section').count()).toBe(160);
    expect(await page.getByRole('article').count()).toBeLessThan(40);
    await page.getByRole('searchbox', { name: 'Find an account' }).fill('imap187.example');
    await eventually(() => page.locator('section.account').count()).toBe(1);
    await page.getByRole('region', { name: 'Account 187' }).waitFor();
  });

  test('pause and resume', async () => {
    const { page, core } = await windows.open();
    await page.getByRole('button', { name: 'Pause' }).click();
    await page.getByRole('button', { name: 'Resume' }).waitFor();
    expect(core.store.get('core', 'core')?.paused).toBe(true);
    // The other account's refusal comes first in the headline, and does not hide the pause.
    await page.getByText('Postern is paused: no new connections are made.').waitFor();
    core.store.patch('relays', 'club-pop3', { lastRefusal: null });
    await page.getByText('A pause ends when Postern is started again.').waitFor();
    await page.getByRole('button', { name: 'Resume' }).click();
    await page.getByRole('button', { name: 'Pause' }).waitFor();
    expect(core.store.get('core', 'core')?.paused).toBe(false);
  });

  test('a pause that fails is said, and no longer once one has worked', async () => {
    const { page, core } = await windows.open();
    core.failNext('pause', 'The core is just ending.');
    await page.getByRole('button', { name: 'Pause' }).click();
    const said = page.getByRole('alert').filter({ hasText: 'The core is just ending.' });
    await said.waitFor();
    await page.getByRole('button', { name: 'Pause' }).click();
    await page.getByRole('button', { name: 'Resume' }).waitFor();
    expect(await said.count()).toBe(0);
  });

  test('for a password that the practice refuses, the right one is told', async () => {
    const store = busyStore();
    const refusal = store.get('relays', 'club-pop3')?.lastRefusal;
    if (!refusal) throw new Error('nothing was refused');
    const refusedBy = (server: string) => {
      const diagnosis = diagnose({ code: 'wrong-password' }, { server, port: 995 });
      store.patch('relays', 'club-pop3', { lastRefusal: { ...refusal, diagnosis } });
    };
    refusedBy('mail.club.example');
    const { page } = await windows.open('#/overview', createFakeCore(store));
    await page.getByText('the provider may want an app password').waitFor();
    refusedBy('practice.localhost');
    await page.getByText(/the user name you@practice\.localhost and the password “practice”/).waitFor();
    expect(await page.getByText('the provider may want an app password').count()).toBe(0);
  });

  test('without accounts it offers to practise; the practice is marked, and can be ended', async () => {
    const empty = { ...ordinaryConfiguration, accounts: [] };
    const { page, core } = await windows.open('#/overview', createFakeCore(freshStore(empty), empty));
    await page.getByRole('button', { name: 'Try it without an account' }).click();
    await page.getByText('This is a practice account.').waitFor();
    await page.getByRole('link', { name: 'Show the values to type in' }).click();
    await page.getByRole('region', { name: 'Type this into your mail program' }).waitFor();
    expect(await page.getByLabel('User name').inputValue()).toBe('you@practice.localhost');
    expect(await page.getByRole('link', { name: 'Edit' }).count()).toBe(0);
    await page.goBack();
    await page.getByRole('button', { name: 'End the practice' }).click();
    await page.getByText('Welcome to Postern').waitFor();
    expect(core.configuration().accounts).toEqual([]);
  });
});

describe('what is not the present', () => {
  test('a core that restarts is said, the page dims, and nothing can be asked of it', async () => {
    const { page, core } = await windows.open();
    core.say({ kind: 'core', status: 'restarting', reason: 'It stopped unexpectedly.' });
    const alert = page.getByRole('alert').filter({ hasText: 'Postern is starting again.' });
    await alert.waitFor();
    expect(await read(alert)).toContain('may no longer be true');
    expect(await read(alert)).toContain('It stopped unexpectedly.');
    const opacity = () => page.locator('.page').evaluate((element) => getComputedStyle(element).opacity);
    await eventually(opacity).toBe('0.75');
    await eventually(() => page.getByRole('button', { name: 'Pause' }).isDisabled()).toBe(true);
    // One that hangs is not one that ended.
    core.say({ kind: 'core', status: 'silent', reason: 'It runs, and does not answer.' });
    const silent = page.getByRole('alert').filter({ hasText: 'Postern does not answer.' });
    await silent.waitFor();
    core.say({ kind: 'snapshot', snapshot: core.store.snapshot() });
    await silent.waitFor({ state: 'detached' });
    await eventually(() => page.getByRole('button', { name: 'Pause' }).isDisabled()).toBe(false);
  });

  test('a core that is gone comes back as another one, and the window shows that one', async () => {
    const { page, shell } = await windows.open();
    await page.getByRole('article', { name: 'Fetching mail, club-pop3' }).waitFor();
    shell.vanish();
    const gone = page.getByRole('alert').filter({ hasText: 'Postern does not answer.' });
    await eventually(() => read(gone)).toContain('this window comes back by itself. If it does not, “postern window”');
    expect(await read(gone)).not.toMatch(/starting|not running/);
    const store = busyStore();
    store.remove('relays', 'club-pop3');
    shell.serve(createFakeCore(store));
    await gone.waitFor({ state: 'detached' });
    await page.getByRole('article', { name: 'Fetching mail, club-pop3' }).waitFor({ state: 'detached' });
    await page.getByText('All is well').waitFor();
    expect(await page.getByRole('article').count()).toBe(0);
  });

  test('a command that cannot be carried says so', async () => {
    const { page, core } = await windows.open(`#/certificates/${questions.expired.id}`, createFakeCore(askingStore()));
    core.failNext('reject', 'The decision could not be written: the disk is full.');
    await page.getByRole('button', { name: 'Reject imap.example.org' }).click();
    await page.getByRole('alert').filter({ hasText: 'the disk is full' }).waitFor();
    expect(core.store.get('questions', 'aaaaaaaa01')).toBeDefined();
  });

  test('a window that is not let in says how to get in', async () => {
    const { page } = await windows.open();
    await page.route('**/api/events', (route) => route.fulfill({ status: 403, body: '' }));
    await page.reload();
    const alert = page.getByRole('alert').filter({ hasText: 'This window is not signed in to Postern.' });
    await eventually(() => read(alert)).toContain('“postern window” prints one, too');
  });
});
