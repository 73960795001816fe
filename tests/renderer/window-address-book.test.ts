import { afterAll, beforeAll, expect, test } from 'vitest';
import { eventually } from './support/eventually.ts';
import { addressBookCore, directoryQuestion } from './support/fake-address-book.ts';
import { findingCore, foundServer, ordinaryReport, search } from './support/fake-discovery.ts';
import { prepareWindows, read, unfold, type Windows } from './support/window.ts';

// A directory, on every page that shows one: it is called the address book, and nothing is said of mail that is not true of it.

let windows: Windows;
beforeAll(async () => {
  windows = await prepareWindows();
});
afterAll(() => windows.closeAll());

test('overview: the path is called Address book, and leads to a directory', async () => {
  const { page, core, complaints } = await windows.open('#/overview', addressBookCore());
  await unfold(page, 'People');
  const book = page.getByRole('article', { name: 'Address book, people-ldap' });
  await eventually(() => read(book)).toContain('Encrypted right now');
  const text = await read(book.getByRole('list', { name: 'The path of your address book' }));
  expect(text).toContain('connects to 127.0.0.1:1389');
  expect(text).toMatch(/Directory\s+ldap\.example\.org\s*:636/);
  expect(text).not.toMatch(/mail server/i);
  core.store.set('questions', directoryQuestion.id, directoryQuestion);
  await eventually(() => read(book)).toContain('Go to the question');
  await book.getByRole('link', { name: 'Go to the question' }).click();
  await page.getByRole('heading', { name: 'Is this really ldap.example.org?' }).waitFor();
  expect(complaints).toEqual([]);
});

test('activity: what the directory did wrong, and that it was reached', async () => {
  const { page } = await windows.open('#/activity', addressBookCore());
  await page.getByRole('option').first().getByText('Connected securely').waitFor();
  await page.getByRole('option', { name: /The directory refers to a server without encryption/ }).click();
  await eventually(() => read(page.locator('.detail'))).toContain('people-ldap');
});

test('account and cards: what to type, in the words of programs with an address book', async () => {
  const { page, complaints } = await windows.open('#/accounts/People', addressBookCore());
  const values = page.getByRole('region', { name: 'Type this into your address book' });
  await eventually(() => read(values)).toMatch(/Address book\s+LDAP/);
  expect(await read(values)).toContain('Everything else stays as whoever runs the directory told you.');
  expect(await read(page.locator('main'))).not.toMatch(/(?<!for your )mail program|mail server|mail provider/i);
  expect(await read(values)).toContain('1389');
  await page.getByRole('link', { name: 'Step by step for your mail program' }).click();
  const chooser = page.getByLabel('Which mail program is it?');
  for (const [id, name] of [
    ['outlook-express', 'Outlook Express 5 and 6'],
    ['netscape-4', 'Netscape Messenger 4'],
    ['mozilla', 'Mozilla Suite, Netscape 6 and 7, SeaMonkey 1'],
    ['eudora', 'Eudora 5 to 7'],
    ['pegasus', 'Pegasus Mail 4'],
    ['claws-mail', 'Claws Mail'],
    ['alpine', 'Alpine and Pine 4 (address book)'],
  ] as const) {
    await chooser.selectOption(id);
    await page.getByRole('heading', { level: 1, name }).waitFor();
    await eventually(() => read(page.locator('.card-steps'))).toMatch(/127\.0\.0\.1[\s\S]*1389/);
    expect(await read(page.locator('.card-steps'))).toContain('the search base');
    expect(await page.getByText(/The account has no path for/).count()).toBe(0);
  }
  expect(complaints).toEqual([]);
});

test('a search that finds a directory says so, and leaves it out of the account: its names are its own', async () => {
  const servers = [foundServer('imap'), foundServer('smtp'), foundServer('ldap')];
  const report = ordinaryReport({ servers, remarks: ['ldap.private.example port 636 is a directory.'] });
  const { page, core } = await windows.open('#/accounts?new', findingCore(report));
  await search(page, 'These servers were found');
  await page.getByText('ldap.private.example port 636 is a directory.').waitFor();
  await page.getByRole('button', { name: 'Add this account' }).click();
  await page.getByText('Saved. Postern uses it from now on.').waitFor();
  const added = core.commands.find(({ name }) => name === 'addAccount')?.input as { servers: { protocol: string }[] };
  expect(added.servers.map(({ protocol }) => protocol)).toEqual(['imap', 'smtp']);
});

test('a directory that was found becomes an account of its own, from a form that is filled in', async () => {
  const servers = [foundServer('imap'), foundServer('smtp'), foundServer('ldap')];
  const { page, core, complaints } = await windows.open('#/accounts?new', findingCore(ordinaryReport({ servers })));
  await search(page, 'These servers were found');
  await page.getByRole('button', { name: 'Make an account of the directory' }).click();
  await page.getByRole('button', { name: 'Save' }).click();
  await page.getByText('Saved. Postern uses it from now on.').waitFor();
  const made = core.configuration().accounts.find(({ relays }) => relays.some(({ protocol }) => protocol === 'ldap'));
  const { server, port, tls } = foundServer('ldap');
  expect(made).toMatchObject({
    name: 'Address book of private.example',
    relays: [{ protocol: 'ldap', server, port, tls }],
  });
  expect(complaints).toEqual([]);
});

test('a directory without a whole account for mail can be added all the same, and is no mail server', async () => {
  const alone = ordinaryReport({ outcome: 'partly', servers: [foundServer('ldap')] });
  const { page, core, complaints } = await windows.open('#/accounts?new', findingCore(alone));
  await search(page, 'No mail server was found');
  const found = page.locator('.found-account');
  expect(await read(found)).not.toContain('What was found is filled in');
  // The form for mail is not filled with what is no mail server.
  expect(await found.getByRole('button', { name: 'Enter the servers yourself' }).count()).toBe(1);
  await found.getByRole('button', { name: 'Make an account of the directory' }).click();
  await page.getByRole('button', { name: 'Save' }).click();
  await page.getByText('Saved. Postern uses it from now on.').waitFor();
  const made = core.configuration().accounts.find(({ name }) => name === 'Address book of private.example');
  expect(made?.relays.map(({ protocol }) => protocol)).toEqual(['ldap']);
  expect(complaints).toEqual([]);
});

test('beside half of a mail account the directory has its button, and the form for mail keeps the half', async () => {
  const half = ordinaryReport({ outcome: 'partly', servers: [foundServer('smtp'), foundServer('ldap')] });
  const { page } = await windows.open('#/accounts?new', findingCore(half));
  await search(page, 'Only a part was found');
  const found = page.locator('.found-account');
  await found.getByRole('button', { name: 'Make an account of the directory' }).waitFor();
  await found.getByRole('button', { name: 'Enter the servers yourself' }).click();
  const servers = page.getByLabel('Server', { exact: true });
  await servers.last().waitFor();
  const values = await servers.evaluateAll((inputs) => inputs.map((input) => (input as HTMLInputElement).value));
  expect(values).toEqual(['', 'smtp.private.example']);
});

test('a directory that DNS alone names is confirmed before it becomes an account', async () => {
  const directory = foundServer('ldap', { server: 'ldap.hoster.example', confirm: true });
  const report = ordinaryReport({ outcome: 'partly', servers: [directory] });
  const { page } = await windows.open('#/accounts?new', findingCore(report));
  await search(page, 'No mail server was found');
  const make = page.getByRole('button', { name: 'Make an account of the directory' });
  expect(await make.isDisabled()).toBe(true);
  await page.getByText('Yes, ldap.hoster.example is the directory that I use').click();
  await make.click();
  expect(await page.getByLabel('Server', { exact: true }).inputValue()).toBe('ldap.hoster.example');
});

test('what becomes of referrals to servers without encryption is chosen in the form, where the path is a directory', async () => {
  const { page, core, complaints } = await windows.open('#/accounts/People?edit', addressBookCore());
  const configured = () => core.configuration().accounts.find(({ name }) => name === 'People')?.relays[0]?.referrals;
  const choice = page.getByRole('radiogroup', { name: 'If the directory refers to a server without encryption' });
  const unfolded = async () => {
    await page.getByRole('button', { name: 'More settings' }).click();
    await choice.waitFor();
  };
  await unfolded();
  expect(await choice.getByRole('radio', { name: 'Take that out of the answer' }).isChecked()).toBe(true);
  await choice.getByText('End the connection').click();
  await page.getByRole('button', { name: 'Save' }).click();
  await page.getByText('Saved. Postern uses it from now on.').waitFor();
  expect(configured()).toBe('refuse');
  await page.getByRole('link', { name: 'Edit' }).click();
  await unfolded();
  expect(await choice.getByRole('radio', { name: 'End the connection' }).isChecked()).toBe(true);
  // Mail has none.
  await page.getByRole('radiogroup', { name: 'What is this path for?' }).getByText('Reading mail').click();
  await choice.waitFor({ state: 'detached' });
  expect(complaints).toEqual([]);
});
