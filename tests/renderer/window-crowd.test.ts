import type { CDPSession, Page } from 'playwright-core';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { createFakeCore, type FakeCore } from './support/fake-core.ts';
import { crowdedStore } from './support/fake-crowd.ts';
import { ago, protection, session } from './support/fake-state.ts';
import { prepareWindows, type Windows } from './support/window.ts';

let windows: Windows;
beforeAll(async () => {
  windows = await prepareWindows();
});
afterAll(() => windows.closeAll());

/** How many changes of a kind are made, one after the other is drawn. */
const changes = 8;

/** A change, and where its effect is read. The account is the last one, without problems, and so a line. */
interface Change {
  make(core: FakeCore, account: number, round: number): void;
  drawn(account: number, round: number): [region: string, text: string];
}

const kinds: Record<string, Change> = {
  'a counter of a card, and one out of sight': {
    make({ store }, account, round) {
      store.patch('sessions', `s${account - 1}`, { bytesDown: round * 1_000_000 });
      store.patch('sessions', 's0', { bytesDown: 70_000_000 + round * 1_000_000 });
    },
    // The three sessions of the first account come to another 7 MB.
    drawn: (_, round) => ['Account 1', `${77 + round} MB`],
  },
  'a session that opens': {
    make({ store }, account, round) {
      store.set('sessions', `x${round}`, session(`x${round}`, `account-${account}-imap`, `Account ${account}`));
    },
    drawn: (account, round) => [`Account ${account}`, `2 paths, ${round + 2} connections open`],
  },
  'a server that is verified': {
    make({ store }, account, round) {
      const verified = protection(`smtp${account}.example.org`, { verifiedAt: ago((60 - round) * 86_400) });
      store.patch('relays', `account-${account}-smtp`, { lastVerified: verified });
    },
    drawn: (account, round) => [`Account ${account}`, `last connected securely ${60 - round} days ago`],
  },
};

/** How many functions of the window ran. Unlike time, this is the same on any machine, however busy. */
async function callsOf(cdp: CDPSession, work: () => Promise<void>): Promise<number> {
  await cdp.send('Profiler.startPreciseCoverage', { callCount: true, detailed: false });
  await work();
  const { result } = await cdp.send('Profiler.takePreciseCoverage');
  await cdp.send('Profiler.stopPreciseCoverage');
  const own = result.filter(({ url }) => url.includes('/assets/'));
  return own
    .flatMap(({ functions }) => functions.flatMap(({ ranges }) => ranges[0]?.count ?? 0))
    .reduce((a, b) => a + b);
}

/** Notes the accounts in whose part of the page something is written from now on. */
async function watchWriting(page: Page): Promise<() => Promise<string[]>> {
  await page.evaluate(() => {
    const touched = new Set<string>();
    Object.assign(window, { touched });
    new MutationObserver((records) => {
      for (const { target } of records) {
        const element = target instanceof Element ? target : target.parentElement;
        // What comes near the visible part is drawn for the first time.
        if (element?.matches('.near')) continue;
        const account = element?.closest('section.account');
        if (account) touched.add(account.getAttribute('aria-label') ?? '');
        else if (element?.querySelector('section.account')) touched.add('the list');
      }
    }).observe(document.body, { subtree: true, childList: true, characterData: true, attributes: true });
  });
  return () => page.evaluate(() => [...(window as unknown as { touched: Set<string> }).touched]);
}

/** The work for one change of each kind, in calls, on an overview of so many accounts. */
async function workWith(accounts: number): Promise<Map<string, number>> {
  const { store, configuration } = crowdedStore(accounts);
  const { page, core, complaints } = await windows.open('#/overview', createFakeCore(store, configuration));
  const cdp = await page.context().newCDPSession(page);
  await cdp.send('Profiler.enable');
  await page.getByRole('article', { name: 'Reading mail, account-1-imap' }).waitFor();
  const work = new Map<string, number>();
  for (const [kind, { make, drawn }] of Object.entries(kinds)) {
    const step = async (round: number) => {
      make(core, accounts, round);
      const [region, text] = drawn(accounts, round);
      await page.getByRole('region', { name: region, exact: true }).getByText(text).waitFor();
    };
    // The first one also compiles, and changes what was never there to what it is from now on.
    await step(1);
    const written = await watchWriting(page);
    const calls = await callsOf(cdp, async () => {
      for (let round = 2; round <= changes + 1; round += 1) await step(round);
    });
    expect(await written()).toEqual([drawn(accounts, 1)[0]]);
    work.set(kind, calls / changes);
  }
  expect(complaints).toEqual([]);
  return work;
}

test('a change of one account is written there alone, and is not much more work among 200 accounts than among 10', async () => {
  const few = await workWith(10);
  const many = await workWith(200);
  for (const [kind, calls] of many) {
    const ratio = calls / (few.get(kind) ?? 0);
    // Twenty times the accounts: work for all of them, done anew for each change, would come near twenty.
    expect(ratio, kind).toBeLessThan(5);
  }
});
