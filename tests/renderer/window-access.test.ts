import { AxeBuilder } from '@axe-core/playwright';
import type { Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { eventually } from './support/eventually.ts';
import { questions } from './support/fake-certificates.ts';
import { createFakeCore, type FakeCore } from './support/fake-core.ts';
import { findingCore, foreignReport, partReport, search, tokenReport } from './support/fake-discovery.ts';
import { holdSignIn, signedInCore, waitingCore } from './support/fake-sign-in.ts';
import { askingStore, busyStore, freshStore, ordinaryConfiguration, practice } from './support/fake-state.ts';
import { prepareWindows, read, unfold, type Windows } from './support/window.ts';

let windows: Windows;
beforeAll(async () => {
  windows = await prepareWindows();
});
afterAll(() => windows.closeAll());

const asking = () => createFakeCore(askingStore());

async function withPractice() {
  const store = busyStore();
  store.patch('core', 'core', {
    practice: { ...practice, account: 'Club' },
    paused: true,
    warnings: ['The file trust.json could not be read and was set aside.'],
    questionsDropped: 3,
  });
  return createFakeCore(store);
}

const empty = { ...ordinaryConfiguration, accounts: [] };

type View = [
  name: string,
  where: string,
  core: () => FakeCore | Promise<FakeCore>,
  prepare?: (page: Page, core: FakeCore) => Promise<void>,
];

/** The pages as they first appear. */
const pages: View[] = [
  ['overview', '#/overview', asking],
  ['certificates', '#/certificates', asking],
  ['activity', '#/activity', asking],
  ['accounts', '#/accounts', asking],
  ['settings', '#/settings', asking],
];

/** What else can be on the screen, and how to get there. */
const views: View[] = [
  ['overview with practice, warnings and pause', '#/overview', withPractice],
  [
    'an account that is well, unfolded with its details',
    '#/overview',
    () => createFakeCore(busyStore()),
    async (page) => {
      await unfold(page, 'Work');
      await page.getByRole('article', { name: 'Reading mail, work-imap' }).getByText('Details').click();
      await page.getByText('TLS_AES_256_GCM_SHA384').first().waitFor();
    },
  ],
  [
    'an authority before it is trusted',
    '#/settings',
    asking,
    async (page) => {
      const choosing = page.waitForEvent('filechooser');
      await page.getByRole('button', { name: 'Add an authority …' }).click();
      const buffer = Buffer.from('-----BEGIN CERTIFICATE-----');
      await (await choosing).setFiles({ name: 'root.pem', mimeType: 'application/x-pem-file', buffer });
      await page.getByRole('alertdialog').waitFor();
    },
  ],
  ['welcome', '#/overview', () => createFakeCore(freshStore(empty), empty)],
  ['a changed certificate', `#/certificates/${questions.changed.id}`, asking],
  ['an alarm', `#/certificates/${questions.alarm.id}`, asking],
  [
    'an alarm that was answered, and stands',
    `#/certificates/${questions.alarm.id}`,
    asking,
    async (page) => {
      await page.getByRole('button', { name: `Reject ${questions.alarm.host}` }).click();
      await page.getByText('You rejected what it shows').waitFor();
    },
  ],
  [
    'a question with its box ticked',
    '#/certificates',
    asking,
    async (page) => {
      await page.getByText('I have compared the fingerprint').click();
      await eventually(() => page.getByRole('button', { name: 'Trust once' }).isEnabled()).toBe(true);
    },
  ],
  [
    'a question before forgetting',
    '#/certificates',
    asking,
    async (page) => {
      await page.getByRole('button', { name: 'Forget smtp.example.org' }).click();
      await page.getByRole('alertdialog').waitFor();
    },
  ],
  [
    'a chosen event',
    '#/activity',
    asking,
    async (page) => {
      await page.getByRole('listbox').focus();
      await page.keyboard.press('ArrowDown');
    },
  ],
  [
    'an account with its test',
    '#/accounts/Work',
    asking,
    async (page) => {
      await page.getByLabel('User name').fill('ada@example.org');
      await page.getByLabel('Password').fill('correct horse');
      await page.getByRole('button', { name: 'Start the test' }).click();
      await page.getByText('Everything works.').waitFor();
    },
  ],
  [
    'the form with faults',
    '#/accounts?by-hand',
    asking,
    async (page) => {
      await page.getByRole('button', { name: 'Save' }).click();
      await page.getByRole('button', { name: 'More settings' }).first().click();
      await page.getByLabel('Short name').first().waitFor();
    },
  ],
  ['overview with accounts that wait for a sign-in', '#/overview', waitingCore],
  ['an account that waits for a consent', '#/accounts/Hotmail', waitingCore],
  [
    'a consent under way by a code',
    '#/accounts/Hotmail',
    waitingCore,
    async (page, core) => {
      holdSignIn(core);
      await page.getByRole('button', { name: 'Sign in with a code on another device' }).click();
      await page.getByText('WDJB-MJHT').waitFor();
    },
  ],
  ['an account whose stored password is refused', '#/accounts/Long', waitingCore],
  [
    'an account that is signed in, its local password shown',
    '#/accounts/Hotmail',
    signedInCore,
    async (page) => {
      await page.getByRole('button', { name: 'Show the local password' }).click();
      await page.getByText('acdefhjkmnprtwxy').waitFor();
    },
  ],
  [
    'the local password before it is replaced',
    '#/accounts/Long',
    signedInCore,
    async (page) => {
      await page.getByRole('button', { name: 'Replace it with a new one' }).click();
      await page.getByRole('alertdialog').waitFor();
    },
  ],
  [
    'the form of an account that signs in by consent',
    '#/accounts/Hotmail?edit',
    signedInCore,
    async (page) => {
      await page.getByText('How to get a client id for Outlook.com').click();
      await page.getByLabel('Client id').fill('');
      await page.getByText('This provider wants a client id.').waitFor();
    },
  ],
  ['the beginning of a new account', '#/accounts?new', asking],
  [
    'servers that were found, one of them to confirm',
    '#/accounts?new',
    () => findingCore(foreignReport),
    (page) => search(page, 'These servers were found'),
  ],
  [
    'servers that take no password',
    '#/accounts?new',
    () => findingCore(tokenReport),
    (page) => search(page, 'These servers were found'),
  ],
  [
    'half of what was looked for',
    '#/accounts?new',
    () => findingCore(partReport),
    (page) => search(page, 'Only a part was found'),
  ],
  [
    'a card for a mail program',
    '#/accounts/Work?card',
    asking,
    async (page) => {
      await page.getByLabel('Which mail program is it?').selectOption('netscape-4');
      await page.getByRole('heading', { name: 'Netscape Messenger 4' }).waitFor();
    },
  ],
  [
    'a window that lost its core',
    '#/overview',
    asking,
    async (page, core) => {
      core.say({ kind: 'core', status: 'gone', reason: 'It was stopped.' });
      await page.getByText('Postern does not answer.').waitFor();
    },
  ],
];

describe.each([
  ['light', 1200, [...pages, ...views]],
  ['dark', 1200, pages],
  ['light', 480, pages],
  ['dark', 480, [...pages, ...views]],
] as const)('axe finds nothing, %s at %i px', (colorScheme, width, shown) => {
  test.each(shown)('%s', async (_, where, core, prepare) => {
    const viewport = { width, height: 900 };
    const opened = await core();
    const { page, complaints } = await windows.open(where, opened, { colorScheme, viewport });
    await page.locator('h1').waitFor();
    await prepare?.(page, opened);
    // Without frames, one run on the page itself covers everything; and passed rules are counted, not described.
    const axe = new AxeBuilder({ page }).setLegacyMode().options({ resultTypes: ['violations'] });
    const { violations, passes } = await axe.analyze();
    expect(passes.length).toBeGreaterThan(10);
    expect(
      violations.map(({ id, nodes }) => `${id}: ${nodes.map(({ html }) => html.slice(0, 150)).join(' | ')}`),
    ).toEqual([]);
    const [content, view] = await page.evaluate(() => [document.documentElement.scrollWidth, window.innerWidth]);
    expect(content).toBeLessThanOrEqual(view as number);
    const cut = await page
      .getByRole('alertdialog')
      .evaluateAll((dialogs) => dialogs.filter((each) => each.scrollWidth > each.clientWidth).length);
    expect(cut).toBe(0);
    expect(complaints).toEqual([]);
  });
});

describe('by keyboard alone', () => {
  const focused = (page: Page) =>
    page.evaluate(() => {
      const element = document.activeElement;
      return element?.getAttribute('aria-label') ?? element?.textContent ?? '';
    });

  /** Presses Tab until an element with this name has the focus. */
  async function tabTo(page: Page, name: RegExp): Promise<void> {
    for (let presses = 0; presses < 80; presses += 1) {
      await page.keyboard.press('Tab');
      if (name.test(await focused(page))) return;
    }
    throw new Error(`Tab does not lead to ${name}`);
  }

  test('the skip button leads past the navigation', async () => {
    const { page } = await windows.open('#/settings');
    await page.keyboard.press('Tab');
    expect(await focused(page)).toBe('Skip to the page');
    await page.keyboard.press('Enter');
    await page.keyboard.press('Tab');
    expect(await page.evaluate(() => document.activeElement?.closest('main') !== null)).toBe(true);
  });

  test('going to a page moves the focus to its heading', async () => {
    const { page } = await windows.open('#/overview');
    await tabTo(page, /^Accounts$/);
    await page.keyboard.press('Enter');
    // The entry in the navigation has the same name.
    await eventually(() => page.evaluate(() => document.activeElement?.tagName)).toBe('H1');
    expect(await focused(page)).toBe('Accounts');
  });

  test('a certificate is trusted deliberately', async () => {
    const { page, core } = await windows.open('#/certificates', asking());
    await eventually(() => focused(page)).toBe('Reject imap.example.org');
    await page.keyboard.press('Tab');
    await page.keyboard.press('Space');
    await tabTo(page, /^Always trust$/);
    await page.keyboard.press('Enter');
    await eventually(() => core.store.get('decisions', questions.expired.id)?.decision).toBe('always');
  });

  test('a decision is forgotten', async () => {
    const { page, core } = await windows.open('#/certificates');
    await tabTo(page, /^Forget the decision about nas/);
    await page.keyboard.press('Enter');
    await eventually(() => focused(page)).toBe('Cancel');
    await page.keyboard.press('Shift+Tab');
    expect(await focused(page)).toBe('Forget');
    await page.keyboard.press('Enter');
    await eventually(() => core.store.get('decisions', 'dddddddd01')).toBeUndefined();
  });

  test('a consent is asked for and given up, and the local password shown', async () => {
    const core = waitingCore();
    holdSignIn(core);
    const { page } = await windows.open('#/accounts/Hotmail', core);
    await tabTo(page, /^Sign in with a code/);
    await page.keyboard.press('Enter');
    await page.getByText('WDJB-MJHT').waitFor();
    await tabTo(page, /^Give up$/);
    await page.keyboard.press('Enter');
    await page.getByRole('alert').filter({ hasText: 'given up' }).waitFor();
    await tabTo(page, /^Show the local password$/);
    await page.keyboard.press('Enter');
    await page.getByText('acdefhjkmnprtwxy').waitFor();
    expect(core.commands.map(({ name }) => name)).toContain('localPassword');
  });

  test('an account is added', async () => {
    const { page, core } = await windows.open('#/accounts');
    await tabTo(page, /^Add an account$/);
    await page.keyboard.press('Enter');
    await page.getByRole('heading', { name: 'New account' }).waitFor();
    await tabTo(page, /^Enter the servers yourself$/);
    await page.keyboard.press('Enter');
    await page.getByLabel('Name of the account').waitFor();
    await tabTo(page, /^$/);
    await page.keyboard.type('Typed');
    // Past the choice of who signs in.
    await page.keyboard.press('Tab');
    for (const protocol of ['imap', 'smtp']) {
      // Past the kind of mail to the server field.
      await page.keyboard.press('Tab');
      await page.keyboard.press('Tab');
      await page.keyboard.type(`${protocol}.typed.example`);
      if (protocol === 'imap') await tabTo(page, /^Remove this path: 1/);
    }
    await page.keyboard.press('Enter');
    await page.getByText('Saved, and in force.').waitFor();
    const servers = core
      .configuration()
      .accounts.at(-1)
      ?.relays.map(({ server }) => server);
    expect(servers).toEqual(['imap.typed.example', 'smtp.typed.example']);
  });

  test('the kind of a path is chosen with the arrow keys, and brings its usual port', async () => {
    const { page } = await windows.open('#/accounts?by-hand');
    await page
      .getByRole('radio', { name: /^Reading mail/ })
      .first()
      .focus();
    await page.keyboard.press('ArrowRight');
    await eventually(() => page.getByLabel('Server port').first().inputValue()).toBe('995');
  });

  test('everything that can be pressed shows that it has the focus', async () => {
    const { page } = await windows.open('#/certificates', asking());
    await page.getByRole('heading', { name: 'Certificates', level: 1 }).click();
    for (let presses = 0; presses < 25; presses += 1) {
      await page.keyboard.press('Tab');
      const ring = await page.evaluate(() => {
        const element = document.activeElement;
        if (!element || element === document.body) return 'body';
        // A checkbox or radio button is drawn by its label.
        const drawn = element.closest('label') ?? element;
        const { outlineStyle, outlineWidth } = getComputedStyle(drawn);
        return outlineStyle !== 'none' && outlineWidth !== '0px'
          ? 'seen'
          : `unseen: ${element.outerHTML.slice(0, 120)}`;
      });
      expect(ring).toMatch(/^(?:seen|body)$/);
    }
  });
});

describe('motion', () => {
  test('nothing moves where that was asked for', async () => {
    const { page } = await windows.open('#/settings', asking());
    const moving = await page.evaluate(
      () =>
        [...document.querySelectorAll('*')].filter((element) => {
          const style = getComputedStyle(element);
          return (
            style.transitionDuration !== '0s' || style.animationName !== 'none' || style.scrollBehavior === 'smooth'
          );
        }).length,
    );
    expect(moving).toBe(0);
  });

  test('and elsewhere only what was pressed', async () => {
    const { page } = await windows.open('#/settings', asking(), { reducedMotion: 'no-preference' });
    const moving = await page.evaluate(() =>
      [...document.querySelectorAll('*')]
        .filter((element) => getComputedStyle(element).transitionDuration !== '0s')
        .map((element) => element.className),
    );
    expect([...new Set(moving)]).toEqual(['switch-knob']);
  });
});

test('states have a word and a shape besides their colour', async () => {
  const { page } = await windows.open('#/overview', asking());
  const marks = page.locator('.mark');
  await eventually(() => marks.count()).toBeGreaterThan(4);
  const shapes = new Map<string, Set<string>>();
  for (const mark of await marks.all()) {
    const shape = (await mark.locator('svg').getAttribute('class')) ?? '';
    shapes.set(shape, (shapes.get(shape) ?? new Set()).add(await read(mark)));
  }
  for (const [, said] of shapes) expect([...said].join('')).not.toBe('');
  expect(shapes.size).toBeGreaterThan(2);
});
