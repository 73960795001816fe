import { type RefObject, useLayoutEffect, useRef, useState } from 'react';

/** Rows drawn above and below the visible ones, so that tabbing and quick scrolling find them there. */
const overscan = 8;

/** Which rows of a long list are drawn. `last` is exclusive. */
interface RowWindow {
  ref: RefObject<HTMLDivElement | null>;
  first: number;
  last: number;
}

/**
 * Draws only the visible part of a long list. All rows have the same height, so any position is found by counting.
 *
 * @param count total rows
 * @param rowHeight CSS pixels
 */
export function useRowWindow(count: number, rowHeight: number): RowWindow {
  const ref = useRef<HTMLDivElement>(null);
  const [range, setRange] = useState({ first: 0, last: 30 });
  useLayoutEffect(() => {
    const element = ref.current;
    if (!element) return;
    const measure = () => {
      const first = Math.max(0, Math.floor(element.scrollTop / rowHeight) - overscan);
      const last = Math.ceil((element.scrollTop + element.clientHeight) / rowHeight) + overscan;
      setRange((old) => (old.first === first && old.last === last ? old : { first, last }));
    };
    measure();
    element.addEventListener('scroll', measure, { passive: true });
    const resized = new ResizeObserver(measure);
    resized.observe(element);
    return () => {
      element.removeEventListener('scroll', measure);
      resized.disconnect();
    };
  }, [rowHeight]);
  const last = Math.min(count, range.last);
  return { ref, first: Math.min(range.first, last), last };
}

/**
 * Keeps what the person is looking at in place while rows are added above it.
 *
 * @param keys what identifies the rows, in order
 */
export function useKeepPlace(ref: RefObject<HTMLDivElement | null>, keys: readonly number[], rowHeight: number): void {
  const before = useRef(keys);
  useLayoutEffect(() => {
    const element = ref.current;
    const old = before.current;
    before.current = keys;
    if (!element || element.scrollTop < rowHeight || old === keys) return;
    const seen = old[Math.floor(element.scrollTop / rowHeight)];
    const now = seen === undefined ? -1 : keys.indexOf(seen);
    const was = seen === undefined ? -1 : old.indexOf(seen);
    if (now !== -1 && now !== was) element.scrollTop += (now - was) * rowHeight;
  }, [ref, keys, rowHeight]);
}
