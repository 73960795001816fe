import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { join } from 'node:path';
import type { Browser, Page } from 'playwright-core';
import { expect, test } from 'vitest';
import type { ConfigurationInput, RelayRow } from '../../../proxy/contract/index.ts';
import { eventually } from '../../renderer/support/eventually.ts';
import { unfold } from '../../renderer/support/window.ts';
import { atEnd } from '../../support/clean-up.ts';
import { type FakeUpstreamOptions, startFakeUpstream } from '../../support/fake-upstream.ts';
import { fetchWithPython, sendWithPython } from '../../support/mail-programs.ts';
import { smallMessages } from '../../support/messages.ts';
import { createAuthority, issue, selfSigned } from '../../support/pki.ts';
import { freePort } from '../../support/ports.ts';
import { RawClient } from '../../support/raw-client.ts';
import type { RunningShell, Shell } from './shells.ts';

type RelayInput = ConfigurationInput['accounts'][number]['relays'][number];

/** A configuration that gives a person as much time as a slow machine needs. */
export function configured(...relays: [account: string, relay: RelayInput][]): ConfigurationInput {
  const names = [...new Set(relays.map(([account]) => account))];
  return {
    version: 1,
    accounts: names.map((name) => ({
      name,
      relays: relays.filter(([each]) => each === name).map(([, relay]) => relay),
    })),
    settings: { certificateDecisionSeconds: 300 },
  };
}

export async function relayOn(
  { port, protocol, tls }: { port: number; protocol: RelayInput['protocol']; tls: RelayInput['tls'] },
  name: string,
): Promise<RelayInput> {
  const listen = `127.0.0.1:${await freePort()}`;
  return { name, protocol, tls, listen, server: 'mail.example.test', address: '127.0.0.1', port };
}

export async function upstream(options: FakeUpstreamOptions) {
  return { ...options, ...(await startFakeUpstream(options)), options };
}

export async function portOf(shell: RunningShell, relay: string): Promise<number> {
  let rows: RelayRow[] = [];
  await eventually(async () => {
    rows = await shell.relays().catch(() => []);
    return rows.find(({ name }) => name === relay)?.listeners[0]?.status.kind;
  }).toBe('listening');
  return rows.find(({ name }) => name === relay)?.listeners[0]?.port ?? 0;
}

export const go = (page: Page, name: string) =>
  page
    .getByRole('navigation')
    .getByRole('link', { name: new RegExp(`^${name}`) })
    .click();

const relayCard = (page: Page, what: string, name: string) => page.getByRole('article', { name: `${what}, ${name}` });

/** Decides about the question on screen: first the box, then the button. */
async function trust(page: Page, button: 'Trust once' | 'Always trust', box = 'I have compared the fingerprint') {
  await page.getByText(box).click();
  await page.getByRole('button', { name: button }).click();
}

/** What a person goes through, the same whichever shell shows the window. */
export function scenarios(shell: Shell, browser: () => Browser): void {
  const start = (configuration?: ConfigurationInput) => shell.start(browser(), configuration ? { configuration } : {});

  test('first run: the practice account, a question, an answer, and mail flows', async () => {
    const running = await start();
    const page = await running.openWindow();
    await page.getByText('This is a practice account.').waitFor();
    const user = { address: 'you@practice.localhost', password: 'practice' };
    const ports = { imap: await portOf(running, 'practice-imap'), smtp: await portOf(running, 'practice-smtp') };
    // The server only shows its certificate once a mail program connects.
    await RawClient.connect(ports.imap);
    await relayCard(page, 'Reading mail', 'practice-imap').getByText('Waits for your answer').waitFor();
    const told = await page.locator('.practice .fingerprint').textContent();
    await page.getByRole('link', { name: 'Answer it' }).click();
    await page.getByText('Vouches for itself', { exact: true }).waitFor();
    expect(await page.locator('main .fingerprint').first().textContent()).toBe(told);
    await trust(page, 'Always trust');
    await page.getByText('No question waits.').waitFor();
    // One answer covers every route to this server. The first connection may have been held for longer than Postern
    // holds one.
    for (const port of Object.values(ports)) {
      const again = await RawClient.connect(port);
      expect(await again.line()).toMatch(/^(?:\* OK|220) /);
    }
    await go(page, 'Overview');
    await sendWithPython(ports.smtp, user, smallMessages(2));
    const subjects = (await fetchWithPython('imap', ports.imap, user)).map(
      (bytes) => /^Subject: (.*?)\r?$/m.exec(bytes.toString())?.[1],
    );
    expect(subjects.sort()).toEqual(['It works: your mail program reads through Postern', 'small 0', 'small 1']);
    await unfold(page, 'Practice');
    for (const [what, name] of [
      ['Reading mail', 'practice-imap'],
      ['Sending mail', 'practice-smtp'],
    ] as const) {
      const card = relayCard(page, what, name);
      await card.getByText('Protected now').waitFor();
      await card.getByText(/TLS 1\.3, very strong encryption/).waitFor();
      await card.getByText('Trusted by you').waitFor();
    }
    // Adding an account of one's own ends it: the window says so beforehand.
    await go(page, 'Accounts');
    await page.getByRole('link', { name: 'Add an account' }).click();
    await page.getByText('The practice account ends when you add your own').waitFor();
    await go(page, 'Overview');
    await page.getByRole('button', { name: 'End the practice' }).click();
    await page.getByRole('heading', { name: 'Welcome to Postern' }).waitFor();
    expect(await running.relays()).toEqual([]);
    await running.stop();
  });

  test('a changed certificate is shown beside the old one, and nothing flows before the answer', async () => {
    const server = await upstream({
      ...{ protocol: 'imap', tls: 'implicit', identity: selfSigned({ names: ['mail.example.test'] }) },
    });
    const relay = await relayOn(server, 'imap');
    const running = await start(configured(['Work', relay]));
    const page = await running.openWindow();
    const port = await portOf(running, 'imap');
    await go(page, 'Certificates');
    const first = await RawClient.connect(port);
    await page.getByRole('heading', { name: 'Is this really mail.example.test?' }).waitFor();
    await page.getByText(/1 connection is held until you answer, for \d+ more seconds at most/).waitFor();
    await trust(page, 'Always trust');
    expect(await first.line()).toMatch(/^\* OK/);

    server.options.identity = selfSigned({ names: ['mail.example.test'] });
    const second = await RawClient.connect(port);
    await page.getByText('Not the one you trusted').waitFor();
    const table = page.getByRole('table', { name: 'Before and now, side by side' });
    expect((await table.getByRole('row').allInnerTexts()).join('\n')).toMatch(/Fingerprint[\s\S]*different/);
    expect(second.received.length).toBe(0);
    await trust(page, 'Always trust', 'I have asked whoever runs the server');
    expect(await second.line()).toMatch(/^\* OK/);
    await running.stop();
  });

  test('a rejected certificate: the mail program is told, and the overview says why', async () => {
    const server = await upstream({
      ...{ protocol: 'imap', tls: 'implicit', identity: selfSigned({ names: ['another.example.test'] }) },
    });
    const running = await start(configured(['Work', await relayOn(server, 'imap')]));
    const page = await running.openWindow();
    const client = await RawClient.connect(await portOf(running, 'imap'));
    await go(page, 'Certificates');
    await page.getByRole('button', { name: 'Reject mail.example.test' }).click();
    expect(await client.line()).toMatch(/^\* BYE/);
    await go(page, 'Overview');
    await relayCard(page, 'Reading mail', 'imap').getByText('You rejected the server’s certificate').first().waitFor();
    await running.stop();
  });

  test('an alarm is told everywhere, stops when the server proves itself, and stands after Reject until it does', async () => {
    const authority = createAuthority();
    const names = ['mail.example.test'];
    const [genuine, impostor] = [issue(authority, { names }), selfSigned({ names })];
    const server = await upstream({ protocol: 'imap', tls: 'implicit', identity: genuine });
    const relay = await relayOn(server, 'imap');
    // Another account with the same server, which has not yet seen a certificate of it.
    const beside = await relayOn(server, 'imap-of-home');
    const running = await shell.start(browser(), {
      configuration: { ...configured(['Work', relay], ['Home', beside]), certificateAuthorities: ['root.pem'] },
      files: { 'root.pem': authority.certPem },
    });
    const page = await running.openWindow();
    const port = await portOf(running, 'imap');
    const meet = async (answer: RegExp) => expect(await (await RawClient.connect(port)).line()).toMatch(answer);
    const trayShows = (tooltip: string) => running.screen?.until(({ tray }) => tray?.tooltip === `Postern: ${tooltip}`);
    const intercepted = 'the connection to mail.example.test may be intercepted';
    const notices = await running.notices?.(page);
    await go(page, 'Overview');
    await meet(/^\* OK/);
    await trayShows('All is well');
    expect((await notices?.shown()) ?? []).toEqual([]);

    server.options.identity = impostor;
    await meet(/may be intercept/);
    await page.getByText('A connection may be intercepted').waitFor();
    await trayShows(`Work: ${intercepted}`);
    await running.screen?.until(({ tray }) => {
      const labels = tray?.menu.map(({ label }) => label) ?? [];
      return (
        tray?.icon === 'refused' && labels[0] === `Work: ${intercepted}` && labels.includes('imap: MAY BE INTERCEPTED')
      );
    });
    if (notices) {
      await eventually(notices.shown).toEqual([
        {
          title: `T${intercepted.slice(1)}`,
          body: expect.stringMatching(/\bWork\b/),
        },
      ]);
      await notices.pressFirst();
    } else await page.getByRole('link', { name: 'Look at it' }).click();
    await page.getByRole('heading', { name: `T${intercepted.slice(1)}` }).waitFor();

    // Without an answer: the question says that nothing is left to decide, and nothing calls any more.
    server.options.identity = genuine;
    await meet(/^\* OK/);
    const settled = page.getByRole('article', { name: 'mail.example.test has proved who it is again' });
    await settled.getByRole('button', { name: 'Close this question' }).waitFor();
    expect(await settled.getByRole('button', { name: /^Reject/ }).count()).toBe(0);
    await go(page, 'Overview');
    await page.getByText('All is well').waitFor();
    await trayShows('All is well');

    server.options.identity = impostor;
    await meet(/may be intercept/);
    await page.getByText('A connection may be intercepted').waitFor();
    await page.getByRole('link', { name: 'Look at it' }).click();
    await page.getByRole('button', { name: 'Reject mail.example.test' }).click();

    // The page itself, the overview and the other account all still show the alarm.
    const alarm = page.getByRole('article', { name: 'The connection to mail.example.test may be intercepted' });
    await alarm.getByText('You rejected what it shows').waitFor();
    await go(page, 'Overview');
    await page.getByText('A connection may be intercepted').waitFor();
    await page
      .getByRole('article', { name: 'Reading mail, imap', exact: true })
      .getByText('May be intercepted', { exact: true })
      .waitFor();
    await relayCard(page, 'Reading mail', 'imap-of-home').getByText('Its server is under alarm').waitFor();
    await meet(/may be intercept/);
    await page.getByText('A connection may be intercepted').waitFor();
    await trayShows(`Work: ${intercepted}`);
    await page.getByRole('link', { name: 'Look at it' }).click();
    await alarm.waitFor();
    expect(await page.evaluate(() => document.activeElement?.textContent)).toContain('may be intercepted');

    server.options.identity = genuine;
    await meet(/^\* OK/);
    await alarm.waitFor({ state: 'detached' });
    await go(page, 'Overview');
    await page.getByText('All is well').waitFor();
    await trayShows('All is well');
    await running.stop();
  });

  test('a downgrade is refused, and said in plain words', async () => {
    const server = await upstream({
      ...{ protocol: 'smtp', tls: 'starttls', identity: selfSigned({ names: ['mail.example.test'] }) },
      plain: { capabilities: ['SIZE'], starttls: '502 5.5.1 No\r\n' },
    });
    const running = await start(configured(['Work', await relayOn(server, 'smtp')]));
    const page = await running.openWindow();
    const client = await RawClient.connect(await portOf(running, 'smtp'));
    expect(await client.line()).toMatch(/^421 4\.7\.0 /);
    const card = relayCard(page, 'Sending mail', 'smtp');
    await card.getByText('The server offers no encryption here').first().waitFor();
    await card.getByText('Stopped: nothing is sent').waitFor();
    await page.getByRole('heading', { name: 'Overview' }).waitFor();
    await go(page, 'Activity');
    await page.getByText('The server offers no encryption here').first().waitFor();
    await running.stop();
  });

  test('a port in use is told, and taken once it is free', async () => {
    const server = await upstream({
      ...{ protocol: 'imap', tls: 'implicit', identity: selfSigned({ names: ['mail.example.test'] }) },
    });
    const relay = await relayOn(server, 'imap');
    const holder = createServer().listen({ host: '127.0.0.1', port: Number(String(relay.listen).split(':').at(-1)) });
    await once(holder, 'listening');
    atEnd(() => holder.close());
    const running = await start(configured(['Work', relay]));
    const page = await running.openWindow();
    const card = relayCard(page, 'Reading mail', 'imap');
    const account = page.getByRole('region', { name: 'Work', exact: true });
    await card.getByText(/^127\.0\.0\.1 port \d+ is used by /).waitFor();
    holder.close();
    await account.getByText('Ready', { exact: true }).waitFor();
    await RawClient.connect(await portOf(running, 'imap'));
    await card.getByText('Waits for your answer').waitFor();
    await running.stop();
  });

  test('the core is killed: what is shown is marked as old until it is back', async () => {
    const server = await upstream({
      ...{ protocol: 'imap', tls: 'implicit', identity: selfSigned({ names: ['mail.example.test'] }) },
    });
    const running = await start(configured(['Work', await relayOn(server, 'imap')]));
    let page = await running.openWindow();
    await RawClient.connect(await portOf(running, 'imap'));
    await page.getByRole('heading', { name: 'Overview' }).waitFor();
    await page.getByText('Waits for your answer').waitFor();
    // It may be back within a moment, so everything shown from now on is recorded.
    await page.evaluate(() => {
      const seen: string[] = [];
      Object.assign(window, { seen });
      new MutationObserver(() => {
        const stale = document.querySelector('main.stale [role=alert]')?.textContent;
        if (stale) seen.push(stale);
      }).observe(document.body, { subtree: true, childList: true, attributes: true, characterData: true });
    });
    running.killCore();
    await eventually(() => page.evaluate(() => (window as never as { seen: string[] }).seen.join(' '))).toContain(
      'may no longer be true',
    );
    if (running.startAgain) {
      await running.startAgain();
      page = await running.openWindow();
    }
    await page.locator('main:not(.stale)').getByRole('region', { name: 'Work', exact: true }).waitFor();
    // The question outlived the core, and answering it works.
    const client = await RawClient.connect(await portOf(running, 'imap'));
    await go(page, 'Certificates');
    await trust(page, 'Trust once');
    expect(await client.line()).toMatch(/^\* OK/);
    await running.stop();
  });

  test('an account is edited while another transfers: the transfer goes on', async () => {
    const authority = createAuthority();
    const identity = issue(authority, { names: ['mail.example.test'] });
    // Ends with a complete line: a connection that ends in the middle of one counts as cut off.
    const half = Buffer.concat([Buffer.alloc(512 * 1024, 'mail '), Buffer.from('\r\n')]);
    let goOn = () => {};
    const edited = new Promise<void>((resolve) => {
      goOn = resolve;
    });
    const server = await upstream({
      ...{ protocol: 'imap', tls: 'implicit', identity },
      async signedIn(connection) {
        await connection.say(half);
        await edited;
        await connection.say(half);
        connection.socket.end();
      },
    });
    const configuration = configured(
      ['Archive', await relayOn(server, 'archive-imap')],
      ['Work', await relayOn(server, 'work-imap')],
    );
    const running = await shell.start(browser(), {
      configuration: { ...configuration, certificateAuthorities: ['root.pem'] },
      files: { 'root.pem': authority.certPem },
    });
    const page = await running.openWindow();
    const client = await RawClient.connect(await portOf(running, 'archive-imap'));
    await client.line();
    expect((await client.imap('a LOGIN user secret')).at(-1)).toMatch(/^a OK/);
    await client.bytes(half.length);
    await page.getByRole('region', { name: 'Archive', exact: true }).getByText('Protected now').waitFor();

    await go(page, 'Accounts');
    await page.getByRole('link', { name: /Work/ }).first().click();
    await page.getByRole('link', { name: 'Edit' }).click();
    const port = await freePort();
    await page.getByLabel('Port on this computer').fill(String(port));
    await page.getByRole('button', { name: 'Save' }).click();
    await page.getByText('Saved. Postern uses it from now on.').waitFor();
    expect(await portOf(running, 'work-imap')).toBe(port);
    goOn();
    expect((await client.bytes(half.length)).equals(half)).toBe(true);
    expect(await client.ended).toBe('end');

    // Somebody edits the file by hand: the change is not in effect, Postern says so, and it is not lost.
    const byHand = readFileSync(join(running.dataDirectory, 'config.json'), 'utf8').replace('Archive', 'By hand');
    running.put('config.json', byHand);
    await go(page, 'Overview');
    await page.getByText('config.json was changed by hand while Postern runs').waitFor();
    await go(page, 'Accounts');
    await page.getByRole('link', { name: /Work/ }).first().click();
    await page.getByRole('link', { name: 'Edit' }).click();
    await page.getByLabel('Port on this computer').fill(String(await freePort()));
    await page.getByRole('button', { name: 'Save' }).click();
    await page.getByRole('alert').filter({ hasText: 'nothing is saved over it' }).waitFor();
    expect(readFileSync(join(running.dataDirectory, 'config.json'), 'utf8')).toBe(byHand);
    await running.stop();
  });

  test('two windows show the same, and an answer in one is an answer in the other', async () => {
    const server = await upstream({
      ...{ protocol: 'imap', tls: 'implicit', identity: selfSigned({ names: ['mail.example.test'] }) },
    });
    const running = await start(configured(['Work', await relayOn(server, 'imap')]));
    const pages = [await running.openWindow(), await running.openWindow()] as const;
    const client = await RawClient.connect(await portOf(running, 'imap'));
    for (const page of pages) {
      await page.getByText('1 question waits', { exact: true }).first().waitFor({ state: 'attached' });
      await go(page, 'Certificates');
      await page.getByRole('heading', { name: 'Is this really mail.example.test?' }).waitFor();
    }
    await trust(pages[0], 'Trust once');
    expect(await client.line()).toMatch(/^\* OK/);
    await pages[1].getByText('No question waits.').waitFor();
    await pages[1].getByRole('button', { name: 'Pause' }).click();
    await pages[0].getByRole('button', { name: 'Resume' }).waitFor();
    await running.stop();
  });
}
