import { diagnose } from '../../../../proxy/contract/index.ts';
import { connection, frame } from '../../../../renderer/words/frame.ts';
import { told } from '../../../support/findings.ts';
import { addressBookCore } from '../fake-address-book.ts';
import { inDays, questions } from '../fake-certificates.ts';
import { createFakeCore, type FakeCore } from '../fake-core.ts';
import { crowdedStore } from '../fake-crowd.ts';
import { longNamesCore } from '../fake-long-names.ts';
import { newsCore } from '../fake-news.ts';
import { waitingCore } from '../fake-sign-in.ts';
import { ago, askingStore, busyStore, freshStore, ordinaryConfiguration, practice } from '../fake-state.ts';
import { unfold } from '../window.ts';
import type { View } from './view.ts';

const where = '#/overview';
const busy = () => createFakeCore(busyStore());
const asking = () => createFakeCore(askingStore());
const noAccounts = { ...ordinaryConfiguration, accounts: [] };
const empty = () => createFakeCore(freshStore(noAccounts), noAccounts);

function wellCore(): FakeCore {
  const store = busyStore();
  store.patch('relays', 'club-pop3', { lastRefusal: null });
  return createFakeCore(store);
}

/** Everything that the core may have to say besides: a pause, warnings, questions that were dropped, a practice. */
function talkativeCore(): FakeCore {
  const store = busyStore();
  store.patch('core', 'core', {
    practice: { ...practice, account: 'Club' },
    paused: true,
    warnings: ['The file trust.json could not be read and was set aside.'],
    questionsDropped: 3,
  });
  return createFakeCore(store);
}

/** What keeps mail from coming, a different thing for each relay. */
function troubledCore(): FakeCore {
  const store = busyStore();
  const at = ago(-60);
  const inUse = told({ code: 'port-in-use', facts: { address: '127.0.0.1', listenPort: 1143, program: 'dovecot' } });
  store.remove('sessions', 's1');
  store.remove('sessions', 's2');
  store.patch('relays', 'work-imap', {
    listeners: [{ address: '127.0.0.1', port: 1143, status: { kind: 'failed', reason: 'address-in-use', ...inUse } }],
  });
  const portal = diagnose({ code: 'captive-portal' }, { server: 'smtp.example.org', port: 587 });
  store.patch('relays', 'work-smtp', {
    lastRefusal: { reason: 'tls-handshake-failed', message: '', at, diagnosis: portal },
  });
  const offline = diagnose({ code: 'offline' }, { server: 'nas.home.example', port: 993 });
  store.patch('relays', 'home-imap', {
    lastRefusal: { reason: 'upstream-unreachable', message: '', at, diagnosis: offline },
  });
  const consent = diagnose({ code: 'oauth-needed' }, { server: 'nas.home.example', port: 587 });
  store.patch('relays', 'home-smtp', { lastRefusal: { reason: 'oauth-only', message: '', at, diagnosis: consent } });
  return createFakeCore(store);
}

function expiringCore(): FakeCore {
  const { store } = wellCore();
  store.patch('relays', 'home-imap', { expiring: { notAfter: inDays(2.5), threshold: 3 } });
  return createFakeCore(store);
}

function crowdedCore(): FakeCore {
  const { store, configuration } = crowdedStore();
  return createFakeCore(store, configuration);
}

/** The overview, and what the window is around every page. */
export const overviewViews: View[] = [
  { name: 'welcome', where, core: empty },
  {
    name: 'practice',
    where,
    core: empty,
    prepare: async (page) => {
      await page.getByRole('button', { name: 'Try it without an account' }).click();
      await page.getByText('This is a practice account.').waitFor();
    },
  },
  { name: 'overview', where, core: busy },
  {
    name: 'overview-well',
    where,
    core: wellCore,
    prepare: async (page) => {
      await page.getByText('All is well').waitFor();
      await unfold(page, 'Work');
      await page.getByRole('article', { name: 'Reading mail, work-imap' }).getByText('Details').click();
      await page.getByText('TLS_AES_256_GCM_SHA384').first().waitFor();
    },
  },
  { name: 'overview-alarm', where, core: asking },
  {
    name: 'overview-alarm-rejected',
    where: `#/certificates/${questions.alarm.id}`,
    core: asking,
    prepare: async (page) => {
      await page.getByRole('button', { name: `Reject ${questions.alarm.host}` }).click();
      await page.getByText('You rejected what it shows').waitFor();
      await page.getByRole('link', { name: 'Overview' }).click();
      await page.getByText('A connection may be intercepted').waitFor();
    },
  },
  {
    name: 'overview-question',
    where,
    core: asking,
    prepare: async (page, { store }) => {
      store.remove('questions', questions.alarm.id);
      await page.getByText('shows another certificate than before').waitFor();
    },
  },
  {
    name: 'overview-paused',
    where,
    core: busy,
    prepare: async (page, { store }) => {
      store.patch('core', 'core', { paused: true });
      await page.getByRole('button', { name: frame.resume }).waitFor();
    },
  },
  { name: 'overview-talkative', where, core: talkativeCore },
  { name: 'overview-troubled', where, core: troubledCore },
  { name: 'overview-expiring', where, core: expiringCore },
  { name: 'overview-sign-in', where, core: waitingCore },
  { name: 'overview-crowd', where, core: crowdedCore },
  {
    name: 'overview-long-names',
    where,
    core: longNamesCore,
    prepare: async (page) => {
      const folded = page.locator('section.account > details:not([open]) > summary');
      for (const summary of await folded.all()) await summary.click();
    },
  },
  { name: 'overview-news', where, core: newsCore, prepare: (page) => unfold(page, 'Groups') },
  { name: 'overview-address-book', where, core: addressBookCore, prepare: (page) => unfold(page, 'People') },
  {
    name: 'overview-old',
    where,
    core: busy,
    prepare: async (page, core) => {
      core.say({ kind: 'core', status: 'restarting', reason: 'It stopped unexpectedly.' });
      await page.getByText(connection.restarting).waitFor();
    },
  },
  {
    name: 'overview-silent',
    where,
    core: asking,
    prepare: async (page, core) => {
      core.say({ kind: 'core', status: 'gone', reason: connection.comesBack });
      await page.getByText(connection.silent).waitFor();
    },
  },
  {
    name: 'core-starting',
    passing: true,
    where,
    core: busy,
    prepare: async (page) => {
      await page.route('**/api/events', () => undefined);
      await page.reload();
      await page.getByText(frame.loading).waitFor();
    },
  },
  {
    name: 'not-let-in',
    where,
    core: busy,
    prepare: async (page) => {
      await page.route('**/api/events', (route) => route.fulfill({ status: 403, body: '' }));
      await page.reload();
      await page.getByText(connection['signed-out']).waitFor();
    },
  },
];
