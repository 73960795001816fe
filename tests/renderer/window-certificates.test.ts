import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type CertificateDecision, type CertificateQuestion, fingerprintText } from '../../proxy/contract/index.ts';
import { eventually } from './support/eventually.ts';
import { certificate, inDays, otherNameQuestion, question, questions } from './support/fake-certificates.ts';
import { createFakeCore, type FakeCore } from './support/fake-core.ts';
import { askingStore, busyStore, practice } from './support/fake-state.ts';
import { prepareWindows, read, type Windows } from './support/window.ts';

let windows: Windows;
beforeAll(async () => {
  windows = await prepareWindows();
});
afterAll(() => windows.closeAll());

/** A window on a core with these questions. */
function asking(...waiting: CertificateQuestion[]) {
  const store = busyStore();
  for (const each of waiting) store.set('questions', each.id, each);
  return windows.open('#/certificates', createFakeCore(store));
}

const decisions = (core: FakeCore) =>
  core.commands.filter(({ name }) => name === 'approve' || name === 'reject').map(({ name, input }) => [name, input]);

describe('a question', () => {
  test('says every problem, what it means, how likely it is harmless, and shows the evidence', async () => {
    const { page, complaints } = await asking(questions.stranger);
    const card = page.getByRole('article', { name: 'Is this really mail.kleinefirma.example?' });
    const text = await read(card);
    expect(text).toContain('Made out to another name');
    expect(text).toContain('The certificate is for localhost, not for mail.kleinefirma.example.');
    expect(text).toContain('Vouches for itself');
    expect(text).toContain('Anybody can make such a certificate.');
    expect(text).toContain('Suspicious');
    expect(text).toContain('Look for a typing error in mail.kleinefirma.example');
    expect(text).toContain('1 connection is held until you answer');
    const { fingerprint } = questions.stranger.certificate;
    expect(text).toContain(fingerprintText(fingerprint));
    await card.getByRole('img', { name: /^Valid from .* until .*\. Valid today; it ends in \d+ days\.$/ }).waitFor();
    expect(complaints).toEqual([]);
  });

  test('says what the person decided about the server before, and how long a mail program is held', async () => {
    const heldUntil = new Date(Date.now() + 250_000).toISOString();
    const question = { ...questions.expired, history: { kind: 'new', before: 'rejected' }, heldUntil } as const;
    const { page } = await asking(question);
    await page.getByText('You rejected a certificate of this server before.').waitFor();
    const held = page.getByText(
      /held until you answer, for \d+ more seconds at most\. Then .* told to try again later, and this question stays\.$/,
    );
    const first = await held.textContent();
    await eventually(() => held.textContent()).not.toBe(first);
  });

  test('of the practice says what to compare with, and that nothing of it lasts', async () => {
    const store = askingStore();
    const { account } = questions.stranger;
    store.set('questions', questions.stranger.id, { ...questions.stranger, alsoAtPorts: [465, 995] });
    store.patch('core', 'core', { practice: { ...practice, account } });
    const { page } = await windows.open(`#/certificates/${questions.stranger.id}`, createFakeCore(store));
    const card = page.getByRole('article', { name: 'Is this really mail.kleinefirma.example?' });
    const text = await read(card);
    expect(text).toContain('Compare the two fingerprints below.');
    // Both stand one below the other, broken at the same places.
    const pair = card.locator('.facts .fingerprint');
    const widths = await Promise.all([pair.nth(0), pair.nth(1)].map((each) => each.boundingBox()));
    expect(await pair.nth(0).textContent()).toBe(fingerprintText(practice.fingerprint));
    expect(await pair.nth(1).textContent()).toBe(fingerprintText(questions.stranger.certificate.fingerprint));
    expect([widths[0]?.x, widths[0]?.width]).toEqual([widths[1]?.x, widths[1]?.width]);
    expect(text).not.toMatch(/administrator|openssl/);
    expect(text).toContain('With a real server, for good; here, until the practice ends');
    expect(text).not.toContain('Look for a typing error');
    expect(text).toMatch(/The server shows it at 3 ports, 465, \d+ and 995: your answer counts for all of them\./);
    await card.getByRole('checkbox').focus();
    await page.keyboard.press('Space');
    await card.getByRole('button', { name: 'Always trust' }).click();
    await page.getByText(/^The certificate is trusted until the practice ends\./).waitFor();
  });

  test('about the very certificate that was verified, by a clock that is behind, speaks of the clock and is no alarm', async () => {
    const history = { kind: 'verified-then-not-yet-valid', lastVerifiedAt: '2026-03-03T12:00:00.000Z' } as const;
    const { page } = await asking({ ...questions.expired, problems: ['not-yet-valid'], details: [], history });
    await page
      .getByText(/^It is the certificate that was verified on .*2026; the clock of this computer seems wrong\.$/)
      .waitFor();
    const text = await read(page.getByRole('article'));
    expect(text).toContain('Set the date and time of this computer first.');
    expect(text).not.toMatch(/intercepted|another certificate/);
  });

  test('is counted in the colour of what it is: an alarm is red in the navigation, too', async () => {
    const { page, core } = await asking(questions.expired);
    const badge = page.locator('.badge');
    const colour = () => badge.evaluate((element) => getComputedStyle(element).backgroundColor);
    const ordinary = await colour();
    core.store.set('questions', questions.alarm.id, questions.alarm);
    await page.getByText('1 alarm', { exact: true }).waitFor({ state: 'attached' });
    expect(await colour()).not.toBe(ordinary);
    // Answering it removes neither the colour nor the count.
    await page.getByRole('button', { name: `Show this question: ${questions.alarm.host}` }).click();
    await page.getByRole('button', { name: `Reject ${questions.alarm.host}` }).click();
    await page.getByText('You rejected what it shows').waitFor();
    expect([await badge.locator('[aria-hidden]').textContent(), await colour()]).toEqual(['2', await colour()]);
    expect(await colour()).not.toBe(ordinary);
  });

  test('an expired one has a bar that says so, and a chain', async () => {
    const { page } = await asking(questions.expired);
    await page.getByRole('img', { name: /It ended 2 days ago\.$/ }).waitFor();
    const chain = page
      .getByRole('article')
      .getByRole('listitem')
      .filter({ hasText: /^Authority|^The server/ });
    expect((await chain.allInnerTexts()).map((text) => text.split('\n').at(-1))).toEqual([
      'Honest Root X1',
      'Honest Certificates R3',
      'imap.example.org',
    ]);
  });

  test('a changed certificate stands beside the old one, with what differs named', async () => {
    const { page } = await asking(questions.changed);
    const table = page.getByRole('table', { name: 'Before and now, side by side' });
    const rows = await table.getByRole('row').allInnerTexts();
    const row = (name: string) => rows.find((text) => text.startsWith(name)) ?? '';
    expect(row('Key')).toMatch(/different[\s\S]*RSA 2048[\s\S]*RSA 4096/);
    expect(row('Issued to')).toMatch(/same/);
    expect(row('Fingerprint')).toMatch(/different/);
    await page.getByText('I have asked whoever runs the server').waitFor();
  });

  test('a changed one differs from a first meeting at first sight: title, the news first, steps of its own', async () => {
    const { page, complaints } = await asking(questions.changed);
    const card = page.getByRole('article', { name: 'nas.home.example shows another certificate than before' });
    await card.waitFor();
    expect((await card.locator('.problem-name').allInnerTexts())[0]).toBe('Not the one you trusted');
    const text = await read(card);
    expect(text).toMatch(/Before and now|What you trusted before[\s\S]*How to decide/);
    expect(text.indexOf('What it shows now')).toBeLessThan(text.indexOf('How to decide'));
    expect(text).toContain('Ask whoever runs the server whether they replaced its certificate, when, and why.');
    expect(text).toContain('openssl x509 -noout -fingerprint -sha256 -in FILE');
    expect(await card.locator('.big-mark.tone-refused').count()).toBe(1);
    await page
      .getByRole('navigation')
      .getByRole('link', { name: /^Overview/ })
      .click();
    const hero = page.locator('.hero');
    await hero.getByText('nas.home.example shows another certificate than before').waitFor();
    expect(await read(hero)).toContain('It is not the one that you trusted for Home.');
    expect(complaints).toEqual([]);
  });

  test('a first meeting asks whoever runs the server, and says where to read the fingerprint on one’s own', async () => {
    const { page } = await asking({ ...questions.stranger, problems: ['self-signed'], details: [] });
    const text = await read(page.getByRole('article', { name: 'Is this really mail.kleinefirma.example?' }));
    expect(text).toContain('ask whoever runs the server for its fingerprint by telephone');
    expect(text).toContain('openssl x509 -noout -fingerprint -sha256 -in FILE');
    expect(text).not.toContain('It is the same certificate that you trusted');
  });

  test('the certificate that the person trusts at another port of the server is called that, and no other is', async () => {
    const store = busyStore();
    const [trusted] = store.all('decisions').filter(({ id }) => id === 'dddddddd01');
    if (!trusted) throw new Error('no decision');
    const { account, host, certificate } = trusted;
    const own = { ...questions.stranger, account, host, port: 465, certificate, relays: ['home-smtp'] };
    store.set('questions', own.id, own);
    const { page, core, complaints } = await windows.open('#/certificates', createFakeCore(store));
    const said = page.getByText('It is the same certificate that you trusted for port 993 of this server on ');
    await said.waitFor();
    for (const other of [
      { account: 'Work' },
      { host: 'other.example' },
      { certificate: questions.expired.certificate },
    ]) {
      core.store.set('questions', own.id, { ...own, ...other });
      await said.waitFor({ state: 'detached' });
      core.store.set('questions', own.id, own);
      await said.waitFor();
    }
    core.store.set('decisions', trusted.id, { ...trusted, decision: 'reject' });
    await said.waitFor({ state: 'detached' });
    expect(complaints).toEqual([]);
  });

  test('the one that holds a mail program comes first and shows its countdown; one that comes in later moves nothing', async () => {
    const heldUntil = new Date(Date.now() + 250_000).toISOString();
    const old = { ...questions.expired, waiting: 0, askedAt: inDays(-1) };
    const holding = { ...questions.stranger, heldUntil };
    const { page, core, shell } = await asking(old, holding);
    await page.getByRole('heading', { name: `Is this really ${holding.host}?` }).waitFor();
    core.store.set('questions', questions.changed.id, { ...questions.changed, waiting: 1, heldUntil });
    const line = page.getByRole('listitem').filter({ hasText: 'nas.home.example:993' });
    await line.getByText(/^1 connection is held until you answer, for \d+ more seconds at most$/).waitFor();
    await page.getByRole('heading', { name: `Is this really ${holding.host}?` }).waitFor();
    // A connection is held by a Postern that runs.
    shell.vanish();
    await line.getByText('Postern does not answer. If it has stopped, no connection is held any more.').waitFor();
    expect(await page.getByText(/more seconds/).count()).toBe(0);
  });

  test('what differs looks different: two moments of one day are shown with their times', async () => {
    const { changed } = questions;
    const previous = certificate('old nas.home.example', { notBefore: '2026-03-01T10:00:00.000Z' });
    const { page } = await asking({
      ...changed,
      certificate: { ...changed.certificate, notBefore: '2026-03-01T12:30:00.000Z' },
      history: { kind: 'changed', previous },
    });
    const row = page.getByRole('table').getByRole('row').filter({ hasText: 'From' });
    await eventually(() => read(row)).toMatch(/different[\s\S]*1 Mar 2026, \d+:00[\s\S]*1 Mar 2026, \d+:30/);
  });
});

describe('the decision', () => {
  test('78: Reject has the focus, and Enter rejects', async () => {
    const { page, core } = await asking(questions.expired);
    const reject = page.getByRole('button', { name: 'Reject imap.example.org' });
    await eventually(() => reject.evaluate((button) => button === document.activeElement)).toBe(true);
    await page.keyboard.press('Enter');
    await page.getByText('No question waits.').waitFor();
    expect(decisions(core)).toEqual([['reject', { id: questions.expired.id }]]);
  });

  test('honest: 78: trusting is not possible before the box is ticked', async () => {
    const { page, core } = await asking(questions.expired);
    const once = page.getByRole('button', { name: 'Trust once' });
    const always = page.getByRole('button', { name: 'Always trust' });
    expect(await once.isDisabled()).toBe(true);
    expect(await always.isDisabled()).toBe(true);
    await always.click({ force: true });
    expect(decisions(core)).toEqual([]);
    await page.getByText('I have compared the fingerprint').click();
    await once.click();
    await page.getByText('No question waits.').waitFor();
    expect(decisions(core)).toEqual([['approve', { id: questions.expired.id, remember: 'once' }]]);
    await page.getByText('Trusted by you until Postern stops').waitFor();
  });

  test.each<[CertificateQuestion['offers'], boolean, boolean]>([
    [['reject'], false, false],
    [['reject', 'once'], true, false],
    [['reject', 'once', 'always'], true, true],
  ])('74: only what is offered is there: %j', async (offers, once, always) => {
    const { page } = await asking(question('aaaaaaaa09', 'imap.example.org', { offers }));
    await page.getByRole('button', { name: 'Reject imap.example.org' }).waitFor();
    expect(await page.getByRole('button', { name: 'Trust once' }).count()).toBe(once ? 1 : 0);
    expect(await page.getByRole('button', { name: 'Always trust' }).count()).toBe(always ? 1 : 0);
    expect(await page.getByRole('checkbox').count()).toBe(once ? 1 : 0);
  });

  test('a server that was verified before and fails now leaves one way only, and says where to forget it', async () => {
    const { page } = await asking(questions.alarm);
    const text = await read(page.getByRole('article'));
    expect(text).toContain('Not safe');
    expect(text).toContain('It cannot be trusted from here.');
    expect(text).toContain('Servers that proved themselves');
    expect(await page.getByRole('checkbox').count()).toBe(0);
  });

  test('an alarm is called one, and nothing beside it is in the colour of what is well', async () => {
    const { page, core } = await asking(questions.alarm);
    const card = page.getByRole('article', { name: `The connection to ${questions.alarm.host} may be intercepted` });
    await card.waitFor();
    expect(await read(card)).toContain(questions.alarm.account);
    expect(await card.locator('.time-bar-valid, .tone-well').count()).toBe(0);
    // The server has been verified again: the question says so, and asks for nothing more.
    const provedAgainAt = new Date().toISOString();
    core.store.set('questions', questions.alarm.id, { ...questions.alarm, provedAgainAt });
    const settled = page.getByRole('article', { name: `${questions.alarm.host} has proved who it is again` });
    await settled.waitFor();
    expect(await page.title()).not.toMatch(/\(1\)/);
    expect(await read(settled)).toContain('What was wrong');
    expect(await read(settled)).toContain('What it showed then');
    expect(await settled.locator('.time-bar-valid').count()).toBe(0);
    expect(await read(settled)).not.toMatch(
      /Not safe|held until|shows now|How to decide|How worrying|intercepted|cannot be trusted/,
    );
    expect(await settled.getByRole('button', { name: /^Reject/ }).count()).toBe(0);
    await settled.getByRole('button', { name: 'Close this question' }).click();
    await page.getByText('Closed. Nothing was changed.').waitFor();
    await page.getByText('No question waits.').waitFor();
  });

  test('another name that an authority vouches for is one button, asked once more, and told when it fails', async () => {
    const { page, core, complaints } = await asking(otherNameQuestion);
    const button = page.getByRole('button', { name: 'Use mail.hoster.example instead' });
    const steps = await read(page.locator('.advice'));
    expect(steps).toContain(
      'Look at a letter or the website of your provider, not at an e-mail: is mail.hoster.example',
    );
    expect(steps).not.toMatch(/fingerprint|openssl/);
    expect(await button.getAttribute('class')).toContain('button-main');
    await button.click();
    const dialog = page.getByRole('alertdialog', { name: 'Does mail.hoster.example belong to your provider?' });
    expect(await read(dialog)).toContain('anybody can prove a name of their own');
    await page.keyboard.press('Enter');
    await dialog.waitFor({ state: 'detached' });
    const renamings = () => core.commands.filter(({ name }) => name === 'renameServer').map(({ input }) => input);
    expect(renamings()).toEqual([]);

    core.failNext('renameServer', 'Nothing was changed: mail.hoster.example could not be verified.');
    await button.click();
    await dialog.getByRole('button', { name: 'Verify and use it' }).click();
    await dialog.getByText('Nothing was changed').waitFor();
    await dialog.getByRole('button', { name: 'Verify and use it' }).click();
    await page.getByText('No question waits.').waitFor();
    const asked = { id: otherNameQuestion.id, name: 'mail.hoster.example' };
    expect(renamings()).toEqual([asked, asked]);
    expect(complaints).toEqual([]);
  });

  test.each<[string, CertificateQuestion]>([
    ['nobody vouches for', questions.stranger],
    ['an alarm', questions.alarm],
    [
      'a pattern alone',
      { ...otherNameQuestion, certificate: { ...otherNameQuestion.certificate, names: ['*.a.example'] } },
    ],
    ['a server that has proved itself meanwhile', { ...otherNameQuestion, provedAgainAt: new Date().toISOString() }],
  ])('there is no such button for %s', async (_, about) => {
    const { page } = await asking(about);
    const answer = about.provedAgainAt === undefined ? `Reject ${about.host}` : 'Close this question';
    await page.getByRole('button', { name: answer }).waitFor();
    expect(await page.getByRole('button', { name: /^Use / }).count()).toBe(0);
  });

  test('the tick is lost when the certificate becomes another one', async () => {
    const { page, core } = await asking(questions.expired);
    await page.getByText('I have compared the fingerprint').click();
    await eventually(() => page.getByRole('button', { name: 'Always trust' }).isDisabled()).toBe(false);
    core.store.set('questions', questions.expired.id, {
      ...questions.expired,
      certificate: { ...questions.expired.certificate, fingerprint: 'f'.repeat(64) },
    });
    await eventually(() => page.getByRole('button', { name: 'Always trust' }).isDisabled()).toBe(true);
    expect(await page.getByRole('checkbox').isChecked()).toBe(false);
  });

  test('78: a question that comes in later takes the focus from nobody, and moves nothing', async () => {
    const { page, core } = await asking(questions.expired);
    await page.getByRole('checkbox').focus();
    core.store.set('questions', questions.alarm.id, { ...questions.alarm, askedAt: new Date().toISOString() });
    await page.getByRole('button', { name: 'Show this question: smtp.example.org' }).waitFor();
    expect(await page.getByRole('checkbox').evaluate((box) => box === document.activeElement)).toBe(true);
    await page.getByRole('heading', { name: 'Is this really imap.example.org?' }).waitFor();
    await page.getByRole('status').filter({ hasText: 'A question waits: is this really smtp.example.org?' }).waitFor();
  });

  test('78: an alarm is the first question; after an answer the next is there, with Reject in focus again', async () => {
    const { page } = await windows.open('#/certificates', createFakeCore(askingStore()));
    const [first, second] = ['Reject smtp.example.org', 'Reject imap.example.org'];
    await page.getByRole('button', { name: first }).press('Enter');
    const next = page.getByRole('button', { name: second });
    await eventually(() => next.evaluate((button) => button === document.activeElement)).toBe(true);
  });

  test('an answer says what it did and what comes next', async () => {
    const { page } = await asking(questions.stranger, otherNameQuestion);
    const outcome = page.getByRole('status');
    await page.getByRole('button', { name: `Reject ${questions.stranger.host}` }).click();
    await eventually(() => outcome.allInnerTexts()).toContain(
      `Rejected. Nothing is sent to ${questions.stranger.host}.`,
    );
    await page.getByRole('button', { name: 'Use mail.hoster.example instead' }).click();
    await page.getByRole('button', { name: 'Verify and use it' }).click();
    const used = 'Verified. The account now uses mail.hoster.example; try again in your mail program.';
    await eventually(() => outcome.allInnerTexts()).toContain(used);
  });

  test('a server is not called verified while its connection may be intercepted, nor once that was rejected', async () => {
    const { page, core } = await asking(questions.alarm);
    const server = page.locator('.remembered').filter({ hasText: 'smtp.example.org' }).last();
    await eventually(() => read(server)).toContain('May be intercepted');
    expect(await server.locator('.tone-well').count()).toBe(0);
    await page.getByRole('button', { name: `Reject ${questions.alarm.host}` }).click();
    // Answered, and still true: the alarm takes the question's place.
    const alarm = page.getByRole('article', { name: `The connection to ${questions.alarm.host} may be intercepted` });
    await alarm.getByText('You rejected what it shows').waitFor();
    expect(await alarm.getByRole('button').count()).toBe(0);
    await eventually(() => read(server)).toContain('May be intercepted');
    expect(await server.locator('.tone-well').count()).toBe(0);
    const known = core.store.all('servers').find(({ host }) => host === questions.alarm.host);
    core.store.patch('servers', known?.id ?? '', { lastVerifiedAt: new Date(Date.now() + 60_000).toISOString() });
    await eventually(() => server.locator('.tone-well').count()).toBe(1);
    expect(await alarm.count()).toBe(0);
  });

  test('an alarm that was answered at three ports of a server is one card, which names them', async () => {
    const store = busyStore();
    const { account, host, problems, certificate } = questions.alarm;
    const [row, known] = [store.get('relays', 'work-smtp'), store.get('servers', 'eeeeeeee01')];
    for (const [index, port] of [587, 465, 25].entries()) {
      const id = `bbbbbbbb0${index}`;
      const decidedAt = new Date().toISOString();
      if (row) store.set('relays', `work-${port}`, { ...row, name: `work-${port}`, port });
      if (known) store.set('servers', id, { ...known, id, port });
      store.set('decisions', id, { id, account, host, port, decision: 'reject', problems, certificate, decidedAt });
    }
    const { page } = await windows.open('#/certificates', createFakeCore(store));
    const alarm = page.getByRole('article', { name: `The connection to ${host} may be intercepted` });
    await eventually(() => read(alarm)).toContain(`${host}:25, ${host}:465, ${host}:587`);
    expect(await page.getByText('You rejected what it shows').count()).toBe(1);
  });

  test('“Show this question” shows its title, with the focus there', async () => {
    const { page } = await windows.open('#/certificates', createFakeCore(askingStore()));
    await page.setViewportSize({ width: 1200, height: 500 });
    await page.getByRole('button', { name: 'Show this question: nas.home.example' }).click();
    const title = page.getByRole('heading', { name: 'nas.home.example shows another certificate than before' });
    await eventually(() => title.evaluate((heading) => heading === document.activeElement)).toBe(true);
    const { top, bottom } = await title.evaluate((heading) => heading.getBoundingClientRect());
    expect([top >= 0, bottom <= 500]).toEqual([true, true]);
  });

  test('every page opens at its top, that of the certificates too', async () => {
    const { page } = await windows.open('#/overview', createFakeCore(askingStore()));
    await page.setViewportSize({ width: 1200, height: 400 });
    for (const name of ['Activity', 'Certificates', 'Accounts', 'Settings', 'Overview']) {
      await page.evaluate(() => window.scrollTo(0, document.body.scrollHeight));
      await page
        .getByRole('navigation')
        .getByRole('link', { name: new RegExp(`^${name}`) })
        .click();
      await page.getByRole('heading', { level: 1 }).waitFor();
      await eventually(() => page.evaluate(() => window.scrollY)).toBe(0);
    }
  });

  test('a link leads to the question that it names', async () => {
    const store = createFakeCore(askingStore());
    const { page } = await windows.open(`#/certificates/${questions.changed.id}`, store);
    const reject = page.getByRole('button', { name: 'Reject nas.home.example' });
    await eventually(() => reject.evaluate((button) => button === document.activeElement)).toBe(true);
  });
});

describe('what is remembered', () => {
  test('long names are whole, each decision shows the beginning of its fingerprint, and nothing scrolls sideways', async () => {
    const host = 'mail-relay.with-a-rather-long-name.departments.some-company.example.org';
    const decision: CertificateDecision = {
      ...{ id: 'feedfacefeedface', account: 'A long name of an account in a company', host, port: 993 },
      ...{ decision: 'always', problems: ['self-signed', 'name-mismatch'], decidedAt: new Date().toISOString() },
      certificate: { ...questions.expired.certificate, fingerprint: `abcd${'0'.repeat(60)}` },
    };
    const core = createFakeCore(askingStore());
    core.store.set('decisions', decision.id, decision);
    const { page } = await windows.open('#/certificates', core);
    for (const width of [1200, 480]) {
      await page.setViewportSize({ width, height: 800 });
      const list = page.getByRole('region', { name: 'Remembered decisions' });
      const row = list.locator('.remembered').filter({ hasText: host });
      await eventually(() => read(row)).toContain('SHA-256 AB:CD:00:00:00:00:00:00 …');
      const sideways = await list.evaluate((element) => element.scrollWidth - element.clientWidth);
      const cut = await row
        .locator('.remembered-what > *')
        .evaluateAll((parts) => parts.filter((part) => part.scrollHeight > part.clientHeight + 1).length);
      // A row of little text is not as high as that of the longest: its parts and their distances fill it.
      const spare = await list.locator('li').evaluateAll((rows) =>
        rows.map((each) => {
          const parts = [...each.querySelectorAll('.remembered > *')].map((part) => part.getBoundingClientRect());
          const used = Math.max(...parts.map(({ bottom }) => bottom)) - Math.min(...parts.map(({ top }) => top));
          return Math.round(each.getBoundingClientRect().height - used);
        }),
      );
      expect({ width, sideways, cut, roomy: spare.filter((each) => each > 17) }).toEqual({
        width,
        sideways: 0,
        cut: 0,
        roomy: [],
      });
    }
  });

  test('the newest decision comes first, with its time; a server was verified when its relay was last', async () => {
    const { page, core } = await windows.open('#/certificates');
    const decided = page.getByRole('region', { name: 'Remembered decisions' }).locator('.remembered');
    expect(await read(decided.first())).toMatch(/webmail\.kleinefirma[\s\S]*20\d\d, \d+:\d\d/);
    const server = page.getByRole('region', { name: 'Known servers' }).getByRole('listitem').first();
    const before = core.store.get('relays', 'work-imap')?.lastVerified;
    if (!before) throw new Error('not verified');
    const trusted = { kind: 'trusted-by-you', decision: 'dddddddd01' } as const;
    core.store.patch('relays', 'work-imap', { lastVerified: { ...before, verifiedAt: '2031-02-03T12:00:00.000Z' } });
    await eventually(() => read(server)).toMatch(/imap\.example\.org[\s\S]*Last verified 3 Feb 2031/);
    core.store.patch('relays', 'work-imap', {
      lastVerified: { ...before, trust: trusted, verifiedAt: '2031-02-03T12:00:00.000Z' },
    });
    await eventually(() => read(server)).not.toContain('2031');
  });

  test('a list that becomes long, and one that is scrolled, leave the focus where it is', async () => {
    const store = busyStore();
    const known = store.get('servers', 'eeeeeeee01');
    if (!known) throw new Error('no server');
    const add = (at: number) => {
      const [id, host] = [`ffff${String(at).padStart(4, '0')}`, `mail${at}.example.org`];
      store.set('servers', id, { ...known, id, host });
    };
    const count = Object.keys(store.snapshot().tables.servers).length;
    for (let at = count; at < 30; at += 1) add(at);
    const { page } = await windows.open('#/certificates', createFakeCore(store));
    const list = page.getByRole('region', { name: 'Known servers' });
    const forget = list.getByRole('button', { name: 'Forget mail29.example.org' });
    await forget.focus();
    await page.evaluate(() => Object.assign(window, { focusedFirst: document.activeElement }));
    for (let at = 30; at < 60; at += 1) add(at);
    // From now on, a row says how many there are, as not all of them are drawn.
    await list.locator('[aria-setsize="60"]').first().waitFor();
    const focus = () =>
      page.evaluate(() => {
        const { activeElement } = document;
        return [
          activeElement?.getAttribute('aria-label'),
          activeElement === (window as unknown as { focusedFirst: Element }).focusedFirst,
        ];
      });
    expect(await focus()).toEqual(['Forget mail29.example.org', true]);
    const [outer, inner] = await Promise.all([list.boundingBox(), forget.boundingBox()]);
    if (!outer || !inner) throw new Error('not visible');
    expect([inner.y >= outer.y, inner.y + inner.height <= outer.y + outer.height]).toEqual([true, true]);
    await list.evaluate((element) => element.scrollTo(0, 0));
    await list.locator('[aria-posinset="1"]').waitFor();
    expect(await focus()).toEqual(['Forget mail29.example.org', true]);
  });

  test('decisions and servers can be forgotten, after asking; nothing changes by Escape or Enter alone', async () => {
    const { page, core } = await windows.open('#/certificates');
    const forget = page.getByRole('button', { name: 'Forget the decision about nas.home.example' });
    await forget.click();
    await page.getByRole('alertdialog', { name: 'Forget your decision about nas.home.example?' }).waitFor();
    await page.keyboard.press('Escape');
    await page.getByRole('alertdialog').waitFor({ state: 'detached' });
    await forget.click();
    const cancel = page.getByRole('alertdialog').getByRole('button', { name: 'Cancel' });
    await eventually(() => cancel.evaluate((button) => button === document.activeElement)).toBe(true);
    await page.keyboard.press('Enter');
    await page.getByRole('alertdialog').waitFor({ state: 'detached' });
    expect(core.store.get('decisions', 'dddddddd01')).toBeDefined();
    await forget.click();
    await page.getByRole('alertdialog').getByRole('button', { name: 'Forget' }).click();
    await forget.waitFor({ state: 'detached' });
    expect(core.store.get('decisions', 'dddddddd01')).toBeUndefined();
  });

  test.each([
    ['good', '2026-07-08T13:00:00.000Z', /not revoked · looked up .+ · holds until /],
    ['unknown', null, /not known whether revoked · looked up [^·]+$/],
  ] as const)(
    'of a server it is told how fresh it is whether its certificate was revoked: %s',
    async (status, nextUpdate, told) => {
      const { page, core } = await windows.open('#/certificates');
      const server = core.store.get('servers', 'eeeeeeee01');
      if (!server) throw new Error('no server');
      const revocation = { status, source: null, message: 'x', checkedAt: '2026-07-01T13:00:00.000Z', nextUpdate };
      core.store.set('servers', server.id, { ...server, revocation });
      // Shown only to a person who asks for it.
      const ask = page.getByRole('button', { name: 'Was any of them revoked?' });
      await ask.waitFor();
      expect(await page.getByText(told).count()).toBe(0);
      await ask.click();
      await page.getByText(told).waitFor();
      expect(await page.getByText('not revoked').count()).toBe(status === 'good' ? 1 : 0);
    },
  );

  test('a server that proved itself is verified, and says what forgetting it means', async () => {
    const { page, core } = await windows.open('#/certificates');
    await page.getByRole('button', { name: 'Forget smtp.example.org' }).click();
    await page.getByRole('alertdialog').getByText('lets you accept a faulty certificate').waitFor();
    await page.getByRole('alertdialog').getByRole('button', { name: 'Forget' }).click();
    await eventually(() => core.store.get('servers', 'eeeeeeee01')).toBeUndefined();
  });
});
