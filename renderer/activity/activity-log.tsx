import { type KeyboardEvent, memo, useId, useMemo } from 'react';
import type { ActivityRow } from '../../proxy/contract/index.ts';
import { Icon } from '../icons.tsx';
import { Boundary } from '../parts/boundary.tsx';
import { Foreign } from '../parts/foreign.tsx';
import { Mark } from '../parts/mark.tsx';
import { useNarrow } from '../parts/narrow.ts';
import { useKeepPlace, useRowWindow } from '../parts/row-window.ts';
import { formatTime } from '../words/format.ts';
import { words } from '../words.ts';
import { describeActivity } from './describe.ts';

const text = words.activity.log;

/** CSS pixels; the style sheet has the same. */
const rowHeights = { wide: 44, narrow: 88 };

const Line = memo(function Line({ row }: { row: ActivityRow }) {
  const described = describeActivity(row);
  return (
    <>
      <time dateTime={row.at}>{formatTime(row.at)}</time>
      <Mark tone={described.tone} word={described.title} />
      <span className="log-account">
        <Foreign text={row.account ?? ''} max={100} />
      </span>
      <span className="log-text">
        <Foreign text={described.text} max={200} />
      </span>
    </>
  );
});

interface ActivityLogProps {
  /** Newest first. */
  rows: readonly ActivityRow[];
  /** The number of the selected row. */
  chosen: number | null;
  onChoose: (number: number) => void;
}

/** What happened, as a list of any length: arrow keys select, and only visible rows are drawn. */
export function ActivityLog({ rows, chosen, onChoose }: ActivityLogProps) {
  const id = useId();
  const rowHeight = useNarrow() ? rowHeights.narrow : rowHeights.wide;
  const { ref, first, last } = useRowWindow(rows.length, rowHeight);
  const numbers = useMemo(() => rows.map((row) => row.number), [rows]);
  useKeepPlace(ref, numbers, rowHeight);

  const choose = (index: number) => {
    const at = Math.max(0, Math.min(rows.length - 1, index));
    const row = rows[at];
    const element = ref.current;
    if (!row || !element) return;
    onChoose(row.number);
    const top = at * rowHeight;
    if (top < element.scrollTop) element.scrollTop = top;
    const below = top + rowHeight - element.clientHeight;
    if (below > element.scrollTop) element.scrollTop = below;
  };

  const onKeyDown = (event: KeyboardEvent) => {
    const now = chosen === null ? -1 : numbers.indexOf(chosen);
    const page = Math.max(1, Math.floor((ref.current?.clientHeight ?? 0) / rowHeight) - 1);
    const to: Record<string, number> = {
      ArrowDown: now + 1,
      ArrowUp: now - 1,
      PageDown: now + page,
      PageUp: now - page,
      Home: 0,
      End: rows.length - 1,
    };
    const index = to[event.key];
    if (index === undefined || event.ctrlKey || event.metaKey || event.altKey) return;
    event.preventDefault();
    choose(index);
  };

  const active = rows.slice(first, last).some((row) => row.number === chosen);
  return (
    <div
      className="log"
      ref={ref}
      role="listbox"
      aria-label={text.list}
      tabIndex={0}
      onKeyDown={onKeyDown}
      aria-activedescendant={active ? `${id}-${chosen}` : undefined}
    >
      <div className="log-rows" role="presentation" style={{ height: rows.length * rowHeight }}>
        {rows.slice(first, last).map((row, index) => (
          // biome-ignore lint/a11y/useKeyWithClickEvents: the list handles the keys and names the selected row
          // biome-ignore lint/a11y/useFocusableInteractive: the list has the focus
          <div
            key={row.number}
            id={`${id}-${row.number}`}
            className="log-row"
            role="option"
            aria-selected={row.number === chosen}
            aria-setsize={rows.length}
            aria-posinset={first + index + 1}
            style={{ transform: `translateY(${(first + index) * rowHeight}px)` }}
            onClick={() => onChoose(row.number)}
          >
            <Boundary about={row} fallback={() => <span className="log-text">{words.unreadable.entry}</span>}>
              <Line row={row} />
            </Boundary>
            <Icon name="chevron" size={14} />
          </div>
        ))}
      </div>
    </div>
  );
}
