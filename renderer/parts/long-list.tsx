import { type CSSProperties, type ReactNode, useLayoutEffect, useState } from 'react';
import { BoundedPart } from './bounded.tsx';
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

function Row<R>({ row, draw }: { row: R; draw: (row: R) => ReactNode }) {
  return draw(row);
}

/** What puts a row of a long list at its place, for the eye and for who hears it. */
function placed(place: number, count: number, rowHeight: number) {
  return {
    'aria-setsize': count,
    'aria-posinset': place + 1,
    style: { transform: `translateY(${place * rowHeight}px)`, height: rowHeight },
  };
}

/** The places of the rows that are drawn, in order: the visible ones, and one more if it is elsewhere. */
function drawnPlaces(first: number, last: number, more: number): number[] {
  const places = Array.from({ length: last - first }, (_, index) => first + index);
  if (more === -1 || (more >= first && more < last)) return places;
  return more < first ? [more, ...places] : [...places, more];
}

/**
 * A list of any length whose rows may contain buttons. Of a long one, only visible rows are drawn, and the one that had
 * the focus last: it is neither taken from there by scrolling nor by a list that becomes long.
 */
export function LongList<R>({ label, rows, keyOf, rowHeight, children }: LongListProps<R>) {
  const { ref, first, last } = useRowWindow(rows.length, rowHeight);
  const [focused, setFocused] = useState<string | null>(null);
  const fits = rows.length <= maxFitting;
  // Its rows are as high as what they say in the one form, and all alike in the other: the focus would be out of sight.
  useLayoutEffect(() => {
    if (!fits) ref.current?.querySelector(':focus')?.scrollIntoView({ block: 'nearest' });
  }, [ref, fits]);
  const places = fits
    ? drawnPlaces(0, rows.length, -1)
    : drawnPlaces(
        first,
        last,
        rows.findIndex((row) => keyOf(row) === focused),
      );
  return (
    <section
      className={`long-list ${rows.length > maxFew ? '' : 'long-list-few'}`}
      style={fits ? undefined : few(rows.length, rowHeight)}
      ref={ref}
      // biome-ignore lint/a11y/noNoninteractiveTabindex: scrollable content has to be reachable by keyboard
      tabIndex={0}
      aria-label={label}
    >
      <ul className={fits ? 'fitting' : ''} style={fits ? undefined : { height: rows.length * rowHeight }}>
        {places.map((place) => {
          const row = rows[place];
          if (row === undefined) return null;
          const key = keyOf(row);
          return (
            <li key={key} onFocus={() => setFocused(key)} {...(fits ? {} : placed(place, rows.length, rowHeight))}>
              <BoundedPart name={key} about={row}>
                <Row row={row} draw={children} />
              </BoundedPart>
            </li>
          );
        })}
      </ul>
    </section>
  );
}
