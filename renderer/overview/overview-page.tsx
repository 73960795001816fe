import { useState } from 'react';
import { isAlarm, type OverallStanding, openQuestions, overallStanding } from '../../proxy/contract/index.ts';
import { inert } from '../../proxy/contract/inert.ts';
import { useCommand, useDerived, useRow } from '../live.tsx';
import { ActionButton } from '../parts/button.tsx';
import { Search } from '../parts/field.tsx';
import { Foreign } from '../parts/foreign.tsx';
import { BigMark, type Tone } from '../parts/mark.tsx';
import { Near } from '../parts/near.tsx';
import { Failure, Notice } from '../parts/notice.tsx';
import { Page } from '../parts/page.tsx';
import { hashOf } from '../route.ts';
import { words } from '../words.ts';
import { PracticeNotice } from './practice-notice.tsx';
import { RelayCard } from './relay-card.tsx';
import { TrafficPlot } from './traffic-plot.tsx';

const text = words.overview;

const appIcon = new URL('../../assets/icon.svg', import.meta.url).href;

/** From how many accounts on a search is worth its place. */
const searchFrom = 8;
/** About how high one relay is drawn, in CSS pixels. */
const relayHeight = 320;

const tones: Record<OverallStanding, Tone> = {
  alarm: 'refused',
  well: 'well',
  question: 'question',
  refused: 'refused',
  paused: 'paused',
};

function Hero() {
  const overall = useDerived(['relays', 'questions', 'core'], (state) =>
    overallStanding(state.rows('relays'), state.rows('questions'), state.row('core', 'core')?.paused ?? false),
  );
  const alarm = useDerived(['questions'], (state) => {
    const [first] = openQuestions(state.rows('questions'));
    return first && isAlarm(first) ? { id: first.id, account: first.account, host: first.host } : null;
  });
  const programs = useDerived(['sessions'], (state) => state.rows('sessions').length);
  const summary = () => {
    if (overall === 'well') return text.summary.well(programs);
    if (overall !== 'alarm') return text.summary[overall];
    return alarm && text.summary.alarm(inert(alarm.account, 60), inert(alarm.host, 100));
  };
  return (
    <div className={`hero ${overall === 'alarm' ? 'hero-alarm' : ''}`}>
      <BigMark tone={tones[overall]} />
      <div>
        <span className="hero-title">{text.heading[overall]}</span>
        <span className="hero-summary">{summary()}</span>
      </div>
      {alarm && (
        <a className="button button-main" href={hashOf({ page: 'certificates', item: alarm.id })}>
          {text.look}
        </a>
      )}
      {overall === 'question' && (
        <a className="button button-main" href={hashOf({ page: 'certificates' })}>
          {text.answer}
        </a>
      )}
    </div>
  );
}

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

function Account({ name, relays, many }: { name: string; relays: readonly string[]; many: boolean }) {
  const practice = useRow('core', 'core')?.practice;
  const open = useDerived(
    ['sessions'],
    (state) => state.rows('sessions').filter((session) => session.account === name).length,
  );
  const isPractice = practice?.account === name;
  const cards = relays.map((relay) => <RelayCard key={relay} name={relay} />);
  return (
    <section className="account" aria-label={inert(name, 100)}>
      <header className="account-head">
        <h2>
          <a className="account-link" href={hashOf({ page: 'accounts', item: name })}>
            <Foreign text={name} max={100} />
          </a>
        </h2>
        {isPractice && <span className="chip">{text.practice.chip}</span>}
        <span className="hint">{text.accountSummary(relays.length, open)}</span>
      </header>
      {practice && isPractice && <PracticeNotice practice={practice} />}
      <div className="relays">{many ? <Near height={relays.length * relayHeight}>{cards}</Near> : cards}</div>
    </section>
  );
}

/** The accounts in the order of the core, each with the names of its relays; those that match a search. */
function useAccounts(search: string): { all: number; matching: [string, string[]][] } {
  const rows = useDerived(['relays'], (state) =>
    state.rows('relays').map(({ account, name, server }) => ({ account, name, server })),
  );
  const accounts = new Map<string, string[]>();
  const matching = new Set<string>();
  const wanted = search.trim().toLowerCase();
  for (const { account, name, server } of rows) {
    accounts.set(account, [...(accounts.get(account) ?? []), name]);
    if (`${account} ${name} ${server}`.toLowerCase().includes(wanted)) matching.add(account);
  }
  return { all: accounts.size, matching: [...accounts].filter(([account]) => matching.has(account)) };
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
  const { all, matching } = useAccounts(search);
  const title = words.frame.pages.overview;
  if (all === 0) {
    return (
      <Page title={title}>
        <CoreNotices />
        <Welcome />
      </Page>
    );
  }
  return (
    <Page title={title}>
      <Hero />
      <CoreNotices />
      <TrafficPlot />
      <div className="section-head">
        <h2 className="section-title">{text.accounts}</h2>
        {all >= searchFrom && <Search label={text.findAccount} value={search} onChange={setSearch} />}
      </div>
      {matching.length === 0 && <p className="empty">{text.noMatch}</p>}
      {matching.map(([name, relays]) => (
        <Account key={name} name={name} relays={relays} many={all >= searchFrom} />
      ))}
    </Page>
  );
}
