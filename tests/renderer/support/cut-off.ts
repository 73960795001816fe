import type { Page } from 'playwright-core';

/**
 * What a person cannot read on this page: text that is cut off, that sticks out of its box or of the window, that lies
 * on other text, or that breaks within a short word. Text further down a list that scrolls can be read by scrolling; of an
 * event in the list of activity, two lines are enough, since choosing it shows all of it.
 *
 * @returns a line for each
 */
export function cutOff(page: Page): Promise<string[]> {
  return page.evaluate(() => {
    const faults = new Set<string>();
    // Letters reach out of their line by a little, and sizes are rounded.
    const slack = 3;
    const longestWord = 24;
    /** Rows of lists that are not measured, and what is one line by design. */
    const fixedHeight = 'li[aria-posinset], .log-row, .button, .mark';

    const root = document.querySelector('[role="alertdialog"], [role="dialog"]') ?? document.body;
    const nameOf = (element: Element) => `${element.tagName.toLowerCase()}.${element.className || '?'}`;
    const say = (fault: string, element: Element, text: string) =>
      faults.add(`${fault}: "${text.trim().slice(0, 60)}" in ${nameOf(element)}`);
    const isScroller = (style: CSSStyleDeclaration) => /auto|scroll/.test(style.overflowY + style.overflowX);
    const forListenersOnly = (element: Element) => element.closest('.unseen, .skip:not(:focus)') !== null;

    interface Piece {
      rect: DOMRect;
      element: Element;
      text: string;
      /** What it moves with: two pieces that do not move together may pass each other. */
      layer: Element;
    }
    const pieces: Piece[] = [];

    /** Whether the text is in sight, or says where it is cut off. What scrolls comes into sight by scrolling. */
    function isInSight(rect: DOMRect, element: Element, text: string): boolean {
      for (let box: Element | null = element; box && box !== document.body; box = box.parentElement) {
        const style = getComputedStyle(box);
        if (style.display === 'inline' || style.display === 'contents') continue;
        const outer: DOMRect = box.getBoundingClientRect();
        const scrolls = isScroller(style);
        const clips = style.overflowY !== 'visible';
        const outside = rect.top < outer.top - slack || rect.bottom > outer.bottom + slack;
        if (outside && scrolls) return false;
        const beside = rect.left < outer.left - slack || rect.right > outer.right + slack;
        if (clips && outside && box.matches('.log-row :not(time)')) return false;
        if (beside || (outside && (clips || box.matches(fixedHeight)))) {
          say(clips ? 'cut off' : 'sticks out', box, text);
          return !clips;
        }
      }
      return true;
    }

    const walker = document.createTreeWalker(root, NodeFilter.SHOW_TEXT);
    for (let node = walker.nextNode(); node; node = walker.nextNode()) {
      const element = node.parentElement;
      const text = node.textContent ?? '';
      if (!element || text.trim() === '' || forListenersOnly(element) || element.closest('option')) continue;
      if (!element.checkVisibility({ contentVisibilityAuto: true })) continue;
      const range = document.createRange();
      range.selectNodeContents(node);
      const rects = [...range.getClientRects()].filter(({ width, height }) => width > 0 && height > 0);
      if (rects.length === 0) continue;
      const layer = element.closest('.side, .form-buttons, .overlay, .log, .long-list, .licences') ?? document.body;
      for (const rect of rects) {
        if (rect.left < -1 || rect.right > window.innerWidth + 1) say('outside the window', element, text);
        if (isInSight(rect, element, text)) pieces.push({ rect, element, text, layer });
      }
      for (const { 0: word, index } of text.matchAll(/\S+/g)) {
        if (word.length > longestWord) continue;
        range.setStart(node, index);
        range.setEnd(node, index + word.length);
        const [first, ...others] = [...range.getClientRects()].filter(({ width }) => width > 0);
        const broken = first && others.some(({ top }) => Math.abs(top - first.top) > first.height / 2);
        // A word may break at the signs that it is made of, an address after a dot.
        if (broken && !/[-–—/·…@]/.test(word) && element.closest('.fingerprint') === null) {
          say('broken within a word', element, word);
        }
      }
    }

    for (const select of root.querySelectorAll('select')) {
      if (select.scrollWidth > select.clientWidth + 1) say('cut off', select, select.value);
    }

    pieces.sort((a, b) => a.rect.top - b.rect.top);
    pieces.forEach((piece, index) => {
      for (const other of pieces.slice(index + 1)) {
        if (other.rect.top >= piece.rect.bottom - slack) break;
        if (other.layer !== piece.layer || other.element === piece.element) continue;
        const width = Math.min(piece.rect.right, other.rect.right) - Math.max(piece.rect.left, other.rect.left);
        const height = Math.min(piece.rect.bottom, other.rect.bottom) - other.rect.top;
        // Lines that follow closely share the space between letters.
        if (width > slack && height > Math.min(piece.rect.height, other.rect.height) / 2)
          say(`lies on "${other.text.trim().slice(0, 40)}"`, piece.element, piece.text);
      }
    });

    if (document.documentElement.scrollWidth > window.innerWidth) faults.add('the page scrolls sideways');
    return [...faults];
  });
}
