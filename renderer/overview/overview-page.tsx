import { useState } from 'react';
import { concernTables } from '../concerns.ts';
import { useCommand, useDerived, useRow } from '../live.tsx';
import { BoundedPart } from '../parts/bounded.tsx';
import { ActionButton } from '../parts/button.tsx';
import { Search } from '../parts/field.tsx';
import { Foreign } from '../parts/foreign.tsx';
import { Failure, Notice } from '../parts/notice.tsx';
import { Page } from '../parts/page.tsx';
import { hashOf } from '../route.ts';
import { words } from '../words.ts';
import { AccountCards, AccountLine } from './account-section.tsx';
import { accountsInOrder, isTroubled } from './accounts-in-order.ts';
import { Hero } from './hero.tsx';
import { TrafficPlot } from './traffic-plot.tsx';

const text = words.overview;

const appIcon = new URL('../../assets/icon.svg', import.meta.url).href;

/** The number of accounts from which a search box is worth its space. */
const searchFrom = 8;
function CoreNotices() {
  const core = useRow('core', 'core');
  if (!core) return null;
  return (
    <>
      {core.questionsDropped > 0 && (
        <Notice kind="warn">
          <p>{text.dropped(core.questionsDropped)}</p>
        </Notice>
      )}
      {core.warnings.length > 0 && (
        <Notice kind="warn">
          <p>
            <b>{text.warnings}</b>
          </p>
          {core.warnings.slice(0, 20).map((warning) => (
            <p key={warning}>
              <Foreign text={warning} max={500} />
            </p>
          ))}
        </Notice>
      )}
    </>
  );
}

function Welcome() {
  const practice = useCommand('startPractice');
  return (
    <section className="card welcome">
      <img src={appIcon} width={72} height={72} alt="" />
      <h2>{text.heading.empty}</h2>
      <p>{text.summary.empty}</p>
      <div className="buttons">
        <a className="button button-main" href={hashOf({ page: 'accounts', action: 'new' })}>
          {text.addAccount}
        </a>
        <ActionButton disabled={practice.busy} onPress={() => void practice.run({})}>
          {text.tryPractice}
        </ActionButton>
      </div>
      <p className="hint">{text.tryPracticeHint}</p>
      <Failure text={practice.failure} />
    </section>
  );
}

export function OverviewPage() {
  const [search, setSearch] = useState('');
  const accounts = useDerived([...concernTables, 'sessions', 'accounts', 'core'], accountsInOrder);
  const title = words.frame.pages.overview;
  if (accounts.length === 0) {
    return (
      <Page title={title}>
        <CoreNotices />
        <Welcome />
      </Page>
    );
  }
  const wanted = search.trim().toLowerCase();
  const matching = accounts.filter(({ searched }) => searched.includes(wanted));
  const urgent = matching.filter(({ urgency }) => urgency !== 'none');
  const onlySoon = urgent.every(({ urgency }) => urgency === 'soon');
  const well = matching.filter(({ urgency }) => urgency === 'none');
  return (
    <Page title={title}>
      <BoundedPart name={title} about={accounts}>
        <Hero troubled={accounts.filter(isTroubled).length} all={accounts.length} />
      </BoundedPart>
      <CoreNotices />
      <div className="section-head">
        <h2 className="section-title">{urgent.length === 0 ? text.accounts : onlySoon ? text.soon : text.urgent}</h2>
        {accounts.length >= searchFrom && <Search label={text.findAccount} value={search} onChange={setSearch} />}
      </div>
      {matching.length === 0 && <p className="empty">{text.noMatch}</p>}
      {urgent.map((account) => (
        <BoundedPart key={account.name} name={account.name} about={account}>
          <AccountCards account={account} many={urgent.length >= searchFrom} />
        </BoundedPart>
      ))}
      {urgent.length > 0 && well.length > 0 && <h2 className="section-title">{text.well}</h2>}
      {well.length > 0 && (
        <div className="lines">
          {well.map((account) => (
            <BoundedPart key={account.name} name={account.name} about={account}>
              <AccountLine account={account} />
            </BoundedPart>
          ))}
        </div>
      )}
      <TrafficPlot />
    </Page>
  );
}
