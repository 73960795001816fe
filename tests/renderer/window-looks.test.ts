import { AxeBuilder } from '@axe-core/playwright';
import type { Page } from 'playwright-core';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { accounts } from '../../renderer/words/accounts.ts';
import { cutOff } from './support/cut-off.ts';
import { views } from './support/views/index.ts';
import type { View } from './support/views/view.ts';
import { prepareWindows, type Windows } from './support/window.ts';

let windows: Windows;
beforeAll(async () => {
  windows = await prepareWindows();
});
afterAll(() => windows.closeAll());

/** What axe has against the page: contrast, names, roles, order. */
async function axeFaults(page: Page, { passing }: View): Promise<string[]> {
  // Half a megabyte of script, which the page keeps: it is not read again for its second appearance.
  const isThere = await page.evaluate('"axe" in window');
  // Without frames, one run on the page itself covers everything; and passed rules are counted, not described.
  const axe = new AxeBuilder(isThere ? { page, axeSource: 'true' } : { page })
    .setLegacyMode()
    .options({ resultTypes: ['violations'] });
  if (passing) axe.disableRules('page-has-heading-one');
  const { violations, passes } = await axe.analyze();
  expect(passes.length).toBeGreaterThan(5);
  return violations.map(({ id, nodes }) => `${id}: ${nodes.map(({ html }) => html.slice(0, 150)).join(' | ')}`);
}

test.each([
  ['cut off: "Overview"', 'h1', { width: '40px', overflow: 'hidden', whiteSpace: 'nowrap' }],
  ['outside the window: "Overview"', 'h1', { marginLeft: '2000px' }],
  ['sticks out: "1 of 3 accounts', '.hero-title', { width: '40px', whiteSpace: 'nowrap' }],
  ['broken within a word: "attention"', '.hero-title', { width: '40px', overflowWrap: 'anywhere' }],
  ['lies on "Nothing was sent there', '.hero-title', { transform: 'translateY(22px)' }],
])('what a person cannot read is seen: %s', async (fault, selector, style) => {
  const { page } = await windows.open('#/overview');
  expect(await cutOff(page)).toEqual([]);
  await page.locator(selector).evaluate((element: HTMLElement, given) => Object.assign(element.style, given), style);
  const faults = await cutOff(page);
  expect(faults.filter((each) => each.startsWith(fault))).not.toEqual([]);
});

test.each(views)('$name: nothing is cut off, and axe finds nothing, light and wide, dark and narrow', async (view) => {
  const core = view.core();
  const { page, complaints } = await windows.open(view.where, core, { colorScheme: 'light' });
  await page.getByText(accounts.loading).waitFor({ state: 'detached' });
  await view.prepare?.(page, core);
  const faults: Record<string, string[]> = {};
  for (const [width, colorScheme] of [
    [1200, 'light'],
    [480, 'dark'],
  ] as const) {
    await page.setViewportSize({ width, height: 900 });
    await page.emulateMedia({ colorScheme });
    // Two frames: what depends on the size is drawn in the second.
    await page.evaluate(() => new Promise((drawn) => requestAnimationFrame(() => requestAnimationFrame(drawn))));
    faults[`${width} ${colorScheme}`] = [...(await cutOff(page)), ...(await axeFaults(page, view))];
  }
  expect(faults).toEqual({ '1200 light': [], '480 dark': [] });
  // A browser notes a core that does not let it in.
  expect(complaints.filter((complaint) => !complaint.includes('403'))).toEqual([]);
});
