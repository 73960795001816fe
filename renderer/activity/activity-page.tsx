import { useDeferredValue, useMemo, useState } from 'react';
import { ToggleButton } from 'react-aria-components/ToggleButton';
import { ToggleButtonGroup } from 'react-aria-components/ToggleButtonGroup';
import { useRows } from '../live.tsx';
import { BoundedPart } from '../parts/bounded.tsx';
import { PlainButton } from '../parts/button.tsx';
import { Search } from '../parts/field.tsx';
import { Page } from '../parts/page.tsx';
import { words } from '../words.ts';
import { ActivityDetail } from './activity-detail.tsx';
import { ActivityLog } from './activity-log.tsx';
import { type ActivityFilter, activityFilters, filterActivity } from './describe.ts';
import { saveActivity } from './export-activity.ts';
import { OpenSessions } from './open-sessions.tsx';

const text = words.activity;

export function ActivityPage() {
  const rows = useRows('activity');
  const [filter, setFilter] = useState<ActivityFilter>('all');
  const [search, setSearch] = useState('');
  const [chosen, setChosen] = useState<number | null>(null);
  // Typing takes precedence over filtering: ten thousand rows are searched when there is time.
  const wanted = useDeferredValue(search);
  const shown = useMemo(() => filterActivity(rows, filter, wanted), [rows, filter, wanted]);
  return (
    <Page title={text.heading} lead={text.lead}>
      <OpenSessions />
      <section className="card" aria-labelledby="log-heading">
        <div className="card-head">
          <h2 id="log-heading">{text.log.heading}</h2>
          <span className="hint" role="status">
            {text.log.shown(shown.length, rows.length)}
          </span>
        </div>
        <div className="toolbar">
          <ToggleButtonGroup
            className="segments"
            aria-label={text.log.show}
            selectionMode="single"
            disallowEmptySelection
            selectedKeys={[filter]}
            onSelectionChange={([key]) => setFilter(activityFilters.find((each) => each === key) ?? 'all')}
          >
            {activityFilters.map((each) => (
              <ToggleButton key={each} id={each} className="segment">
                {text.log.filters[each]}
              </ToggleButton>
            ))}
          </ToggleButtonGroup>
          <Search label={text.log.search} placeholder={text.log.searchHint} value={search} onChange={setSearch} />
          <PlainButton icon="export" disabled={shown.length === 0} onPress={() => saveActivity(shown)}>
            {text.log.export}
          </PlainButton>
        </div>
        {shown.length === 0 ? (
          <p className="empty">{rows.length === 0 ? text.log.none : text.log.noMatch}</p>
        ) : (
          <ActivityLog rows={shown} chosen={chosen} onChoose={setChosen} />
        )}
        <section className="log-detail" aria-label={text.log.details} aria-live="polite">
          <BoundedPart name={text.log.details} about={chosen}>
            <ActivityDetail number={chosen} />
          </BoundedPart>
        </section>
      </section>
    </Page>
  );
}
