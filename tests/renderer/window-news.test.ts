import { afterAll, beforeAll, expect, test } from 'vitest';
import { eventually } from './support/eventually.ts';
import { findingCore, foundServer, ordinaryReport, search } from './support/fake-discovery.ts';
import { newsCore, newsQuestion } from './support/fake-news.ts';
import { prepareWindows, read, unfold, type Windows } from './support/window.ts';

// An account for news, on every page that shows one: it is called news, and nothing is said of mail that is not true of it.

let windows: Windows;
beforeAll(async () => {
  windows = await prepareWindows();
});
afterAll(() => windows.closeAll());

test('overview: the path is called News, leads from a news program to a news server, and has its figures', async () => {
  const { page, core, complaints } = await windows.open('#/overview', newsCore());
  await unfold(page, 'Groups');
  const news = page.getByRole('article', { name: 'News, groups-nntp' });
  await eventually(() => read(news)).toContain('Encrypted right now');
  const path = news.getByRole('list', { name: 'The path of your news' });
  const text = await read(path);
  expect(text).toContain('News program');
  expect(text).toContain('connects to 127.0.0.1:1119');
  expect(text).toMatch(/News server\s+news\.example\.org\s*:563/);
  expect(text).not.toMatch(/mail/i);
  expect(await read(news)).toMatch(/Received\s+5\.4 MB/);
  expect(await read(news)).toContain('The server turned encryption down');
  // Its twin, beside it.
  await unfold(page, 'Work');
  const mail = page.getByRole('article', { name: 'Reading mail, work-imap' });
  expect(await read(mail.getByRole('list', { name: 'The path of your mail' }))).toMatch(
    /Mail program[\s\S]*Mail server/,
  );
  // A question about it leads to the question.
  core.store.set('questions', newsQuestion.id, newsQuestion);
  await page.getByText('Until you answer, nothing is sent to that server.').waitFor();
  await eventually(() => read(news)).toContain('Go to the question');
  expect(complaints).toEqual([]);
});

test('certificates: the question is about the news server, and is answered as any other', async () => {
  const core = newsCore();
  core.store.set('questions', newsQuestion.id, newsQuestion);
  const { page } = await windows.open('#/certificates', core);
  const card = page.getByRole('article', { name: 'Is this really news.example.org?' });
  await eventually(() => read(card)).toContain('Groups');
  expect(await read(card)).toContain('news.example.org:563');
  await card.getByRole('button', { name: 'Reject news.example.org' }).click();
  const asked = { name: 'reject', input: { id: newsQuestion.id } };
  await eventually(() => Promise.resolve(core.commands)).toContainEqual(asked);
});

test('activity: open and past connections of it, with what the server did wrong', async () => {
  const { page } = await windows.open('#/activity', newsCore());
  await page.getByText('Open now (1)').waitFor();
  await page.getByRole('option').first().getByText('Connected securely').waitFor();
  await page.getByRole('option', { name: /The server turned encryption down/ }).click();
  const detail = page.locator('.detail');
  await eventually(() => read(detail)).toContain('news.example.org offers encryption but did not start it when asked');
  expect(await read(detail)).toContain('groups-nntp');
  expect(await read(detail)).toContain('ask the provider');
});

test('account and cards: what to type, in the words of programs for news; one for mail alone is no use', async () => {
  const { page, complaints } = await windows.open('#/accounts/Groups', newsCore());
  const values = page.getByRole('region', { name: 'Type this into your news program' });
  await eventually(() => read(values)).toMatch(/News\s+NNTP/);
  expect(await read(values)).toContain('Everything else stays as whoever runs the news server told you.');
  expect(await read(page.locator('main'))).not.toMatch(/(?<!for your )mail program|mail server|mail provider/i);
  expect(await read(values)).toMatch(/1119/);
  await page.getByRole('link', { name: 'Step by step for your mail program' }).click();
  const chooser = page.getByLabel('Which mail program is it?');
  const steps = page.locator('.card-steps');
  for (const [id, name, said] of [
    ['outlook-express', 'Outlook Express 5 and 6', /Server name\s+type 127\.0\.0\.1[\s\S]*News \(NNTP\)\s+type 1119/],
    ['mozilla', 'Mozilla Suite, Netscape 6 and 7, SeaMonkey 1', /type 127\.0\.0\.1[\s\S]*type 1119/],
    ['agent', 'Forté Agent', /type 127\.0\.0\.1[\s\S]*type 1119/],
    ['tin', 'tin', /1119/],
    ['pan', 'Pan', /type 127\.0\.0\.1[\s\S]*type 1119/],
  ] as const) {
    await chooser.selectOption(id);
    await page.getByRole('heading', { level: 1, name }).waitFor();
    await eventually(() => read(steps)).toMatch(said);
    // Mail is not missed in an account for news.
    expect(await page.getByText(/The account has no path for/).count()).toBe(0);
    expect(await page.getByText('How is mail read?').count()).toBe(0);
  }
  await chooser.selectOption('mutt');
  await page.getByText('This account has nothing that this program could use.').waitFor();
  expect(complaints).toEqual([]);
});

test('a search that finds a news server offers it beside the mail, and the account gets all three', async () => {
  const report = ordinaryReport({ servers: [foundServer('imap'), foundServer('smtp'), foundServer('nntp')] });
  const { page, core } = await windows.open('#/accounts?new', findingCore(report));
  await search(page, 'These servers were found');
  expect(await read(page.locator('.found-account'))).toMatch(/News[\s\S]*nntp\.private\.example[\s\S]*563/);
  await page.getByRole('button', { name: 'Add this account' }).click();
  await page.getByText('Saved. Postern uses it from now on.').waitFor();
  const added = core.commands.find(({ name }) => name === 'addAccount')?.input as { servers: { protocol: string }[] };
  expect(added.servers.map(({ protocol }) => protocol)).toEqual(['imap', 'smtp', 'nntp']);
});

test('a news server without mail becomes an account of its own, from a form that is filled in', async () => {
  const alone = ordinaryReport({ outcome: 'partly', servers: [foundServer('nntp')] });
  const { page, core } = await windows.open('#/accounts?new', findingCore(alone));
  await search(page, 'No mail server was found');
  await page.getByRole('button', { name: 'Make an account of the news server' }).click();
  await page.getByRole('button', { name: 'Save' }).click();
  await page.getByText('Saved. Postern uses it from now on.').waitFor();
  const made = core.configuration().accounts.find(({ name }) => name === 'News of private.example');
  expect(made?.relays).toMatchObject([{ protocol: 'nntp', server: 'nntp.private.example', port: 563 }]);
});

test('by hand: the kind of path is offered, with its usual port and its own hint', async () => {
  const { page } = await windows.open('#/accounts?by-hand', newsCore());
  await page.getByText('NNTP: newsgroups are read and posted to').first().click();
  await page.getByText('As your provider names it, for example news.example.org.').waitFor();
  await eventually(() => page.getByLabel('Server port').first().inputValue()).toBe('563');
});
