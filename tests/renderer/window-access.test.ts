import type { Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { eventually } from './support/eventually.ts';
import { questions } from './support/fake-certificates.ts';
import { createFakeCore } from './support/fake-core.ts';
import { holdSignIn, waitingCore } from './support/fake-sign-in.ts';
import { askingStore } from './support/fake-state.ts';
import { prepareWindows, read, type Windows } from './support/window.ts';

let windows: Windows;
beforeAll(async () => {
  windows = await prepareWindows();
});
afterAll(() => windows.closeAll());

const asking = () => createFakeCore(askingStore());

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
    await eventually(() =>
      page.evaluate(() => `${document.activeElement?.tagName} ${document.activeElement?.textContent}`),
    ).toBe('H1 Accounts');
  });

  test('a certificate is trusted deliberately', async () => {
    const { page, core } = await windows.open(`#/certificates/${questions.expired.id}`, asking());
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
    await page.getByText('Saved. Postern uses it from now on.').waitFor();
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
