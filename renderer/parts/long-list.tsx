import type { CSSProperties, ReactNode } from 'react';
import { useRowWindow } from './row-window.ts';

interface LongListProps<R> {
  label: string;
  rows: readonly R[];
  keyOf: (row: R) => string;
  /** CSS pixels, for a list that is long: in a shorter one, a row is as high as what it says. */
  rowHeight: number;
  children: (row: R) => ReactNode;
}

/** Up to so many rows are shown whole, without scrolling. */
const maxFew = 5;

/** Up to so many rows are all drawn, each as high as what it says. */
const maxFitting = 30;

function few(count: number, rowHeight: number): CSSProperties {
  return { '--few': `${Math.min(count, maxFew) * rowHeight}px` } as CSSProperties;
}

function FittingList<R>({ label, rows, keyOf, children }: LongListProps<R>) {
  return (
    // biome-ignore lint/a11y/noNoninteractiveTabindex: scrollable content has to be reachable by keyboard
    <section className={`long-list ${rows.length > maxFew ? '' : 'long-list-few'}`} tabIndex={0} aria-label={label}>
      <ul className="fitting">
        {rows.map((row) => (
          <li key={keyOf(row)}>{children(row)}</li>
        ))}
      </ul>
    </section>
  );
}

/** A list of any length whose rows may contain buttons. Only visible rows are drawn. */
export function LongList<R>(props: LongListProps<R>) {
  return props.rows.length <= maxFitting ? <FittingList {...props} /> : <WindowedList {...props} />;
}

function WindowedList<R>({ label, rows, keyOf, rowHeight, children }: LongListProps<R>) {
  const { ref, first, last } = useRowWindow(rows.length, rowHeight);
  return (
    // biome-ignore lint/a11y/noNoninteractiveTabindex: scrollable content has to be reachable by keyboard
    <section className="long-list" style={few(rows.length, rowHeight)} ref={ref} tabIndex={0} aria-label={label}>
      <ul style={{ height: rows.length * rowHeight }}>
        {rows.slice(first, last).map((row, index) => (
          <li
            key={keyOf(row)}
            aria-setsize={rows.length}
            aria-posinset={first + index + 1}
            style={{ transform: `translateY(${(first + index) * rowHeight}px)`, height: rowHeight }}
          >
            {children(row)}
          </li>
        ))}
      </ul>
    </section>
  );
}
