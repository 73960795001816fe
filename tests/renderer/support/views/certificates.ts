import type { CertificateQuestion } from '../../../../proxy/contract/index.ts';
import { addressBookCore, directoryQuestion } from '../fake-address-book.ts';
import { certificate, inDays, otherNameQuestion, question, questions } from '../fake-certificates.ts';
import { createFakeCore, type FakeCore } from '../fake-core.ts';
import { crowdedStore } from '../fake-crowd.ts';
import { longNamesCore, longNamesQuestion } from '../fake-long-names.ts';
import { newsCore, newsQuestion } from '../fake-news.ts';
import { ago, askingStore, busyStore, freshStore, ordinaryConfiguration, practice } from '../fake-state.ts';
import type { View } from './view.ts';

const busy = () => createFakeCore(busyStore());
const asking = () => createFakeCore(askingStore());
const about = ({ id }: CertificateQuestion) => `#/certificates/${id}`;

/** A core that asks this, too. */
const andAsking = (core: FakeCore, asked: CertificateQuestion): FakeCore => {
  core.store.set('questions', asked.id, asked);
  return core;
};

/** The router of a home: nobody vouches for it, and its certificate has ended. */
const routerQuestion = question('aaaaaaaa0c', 'fritz.box', {
  ...{ account: 'Home', relays: ['home-imap'], problems: ['self-signed', 'expired'] },
  details: [
    { problem: 'self-signed', text: 'The certificate is signed by itself.' },
    { problem: 'expired', text: 'The certificate expired 400 days ago.' },
  ],
  certificate: certificate('fritz.box', {
    ...{ subject: 'CN=fritz.box', issuer: 'CN=fritz.box', notBefore: inDays(-1_130), notAfter: inDays(-400) },
  }),
  chain: [],
});

/** A certificate for later. */
const earlyQuestion = question('aaaaaaaa0e', 'imap.early.example', {
  problems: ['not-yet-valid'],
  details: [{ problem: 'not-yet-valid', text: 'The certificate is valid from tomorrow.' }],
  certificate: certificate('imap.early.example', { notBefore: inDays(2), notAfter: inDays(92) }),
});

/** The practice's server, about which its own account asks. */
const practiceQuestion = question('aaaaaaaa0d', 'practice.localhost', {
  ...{ account: 'Club', relays: ['club-pop3'], problems: ['self-signed'] },
  details: [{ problem: 'self-signed', text: 'The certificate is signed by itself.' }],
  certificate: certificate('practice.localhost', {
    ...{ subject: 'CN=practice.localhost', issuer: 'CN=practice.localhost', names: ['practice.localhost'] },
  }),
  chain: [],
});

function practisingCore(): FakeCore {
  const core = andAsking(busy(), practiceQuestion);
  core.store.patch('core', 'core', { practice: { ...practice, account: 'Club' } });
  return core;
}

function provedCore(): FakeCore {
  return andAsking(asking(), { ...questions.alarm, provedAgainAt: ago(30) });
}

function crowdedCore(): FakeCore {
  const { store, configuration } = crowdedStore();
  return createFakeCore(store, configuration);
}

/** Forty decisions and forty servers, with what is known about their revocation. */
function rememberingCore(): FakeCore {
  const store = busyStore();
  for (let index = 0; index < 40; index += 1) {
    const host = `mail${index + 1}.example.net`;
    const known = { account: 'Work', host, port: 993, certificate: certificate(host) };
    const decision = (['always', 'once', 'reject'] as const)[index % 3] ?? 'always';
    const id = String(index).padStart(2, '0');
    store.set('decisions', `dddddddd${id}`, {
      ...{ ...known, id: `dddddddd${id}`, decision, decidedAt: inDays(-index) },
      problems: index % 2 === 0 ? ['self-signed'] : ['name-mismatch', 'unknown-issuer'],
    });
    store.set('servers', `eeeeeeee${id}`, {
      ...{ ...known, id: `eeeeeeee${id}`, lastVerifiedAt: ago(index * 400) },
      revocation: {
        ...{ status: index % 4 === 3 ? 'unknown' : 'good', source: 'crl', message: '' },
        ...{ checkedAt: ago(900), nextUpdate: inDays(3) },
      },
    });
  }
  return createFakeCore(store);
}

/** The questions, and what was decided. */
export const certificateViews: View[] = [
  { name: 'certificates', where: about(questions.expired), core: asking },
  { name: 'certificates-none', where: '#/certificates', core: () => createFakeCore(freshStore(ordinaryConfiguration)) },
  { name: 'certificates-stranger', where: about(questions.stranger), core: asking },
  {
    name: 'certificates-self-signed-expired',
    where: about(routerQuestion),
    core: () => andAsking(busy(), routerQuestion),
  },
  { name: 'certificates-early', where: about(earlyQuestion), core: () => andAsking(busy(), earlyQuestion) },
  { name: 'certificates-practice', where: about(practiceQuestion), core: practisingCore },
  {
    name: 'certificates-other-name',
    where: about(otherNameQuestion),
    core: () => andAsking(asking(), otherNameQuestion),
  },
  {
    name: 'certificates-other-name-ask',
    where: about(otherNameQuestion),
    core: () => andAsking(asking(), otherNameQuestion),
    prepare: async (page) => {
      await page.getByRole('button', { name: 'Use mail.hoster.example' }).click();
      await page.getByRole('alertdialog').waitFor();
    },
  },
  { name: 'certificates-changed', where: about(questions.changed), core: asking },
  { name: 'certificates-alarm', where: about(questions.alarm), core: asking },
  {
    name: 'certificates-alarm-rejected',
    where: about(questions.alarm),
    core: asking,
    prepare: async (page) => {
      await page.getByRole('button', { name: `Reject ${questions.alarm.host}` }).click();
      await page.getByText('You rejected what it shows').waitFor();
    },
  },
  { name: 'certificates-proved-again', where: about(questions.alarm), core: provedCore },
  { name: 'certificates-long-names', where: about(longNamesQuestion), core: longNamesCore },
  {
    name: 'certificates-ticked',
    where: about(questions.expired),
    core: asking,
    prepare: async (page) => {
      await page.getByText('I have compared the fingerprint').click();
      await page.locator('.decision-trust .button:not([data-disabled])').first().waitFor();
    },
  },
  {
    name: 'certificates-failed',
    where: about(questions.expired),
    core: () => {
      const core = asking();
      core.failNext('reject', 'The decision could not be written: the disk is full.');
      return core;
    },
    prepare: async (page) => {
      await page.getByRole('button', { name: 'Reject imap.example.org' }).click();
      await page.getByText('the disk is full').waitFor();
    },
  },
  {
    name: 'certificates-forget',
    where: '#/certificates',
    core: asking,
    prepare: async (page) => {
      await page.getByRole('button', { name: 'Forget smtp.example.org' }).click();
      await page.getByRole('alertdialog').waitFor();
    },
  },
  { name: 'certificates-crowd', where: '#/certificates', core: crowdedCore },
  {
    name: 'certificates-remembered',
    where: '#/certificates',
    core: rememberingCore,
    prepare: (page) => page.getByRole('button', { name: 'Was any of them revoked?' }).click(),
  },
  { name: 'certificates-news', where: about(newsQuestion), core: () => andAsking(newsCore(), newsQuestion) },
  {
    name: 'certificates-address-book',
    where: about(directoryQuestion),
    core: () => andAsking(addressBookCore(), directoryQuestion),
  },
];
