import { useEffect, useRef, useState } from 'react';
import { isChanged, openQuestions, type WindowPlace, windowPages } from '../proxy/contract/index.ts';
import { inert } from '../proxy/contract/inert.ts';
import { AccountsPage } from './accounts/accounts-page.tsx';
import { ActivityPage } from './activity/activity-page.tsx';
import { BrowserNotices } from './browser-notices.tsx';
import { CertificatesPage } from './certificates/certificates-page.tsx';
import { concernsIn, concernTables } from './concerns.ts';
import { ConnectionBanner } from './connection-banner.tsx';
import { Icon } from './icons.tsx';
import { useCommand, useConnection, useDerived, useRow, useWindowContext } from './live.tsx';
import { OverviewPage } from './overview/overview-page.tsx';
import { BoundedPage, BoundedSign } from './parts/bounded.tsx';
import { ActionButton } from './parts/button.tsx';
import { Failure, Notice } from './parts/notice.tsx';
import { go, hashOf, usePlace } from './route.ts';
import { SettingsPage } from './settings/settings-page.tsx';
import { words } from './words.ts';

const pages = {
  overview: OverviewPage,
  certificates: CertificatesPage,
  activity: ActivityPage,
  accounts: AccountsPage,
  settings: SettingsPage,
} satisfies Record<WindowPlace['page'], unknown>;

/** How many questions or alarms a page has, at its name. */
function Badge({ page }: { page: WindowPlace['page'] }) {
  const { waiting, alarms, all, vanished } = useDerived(concernTables, (state) => {
    const { open, alarms: every } = concernsIn(state);
    const alarms = every.filter(({ what }) => what === 'certificate');
    const answered = alarms.filter(({ rejectedAt }) => rejectedAt !== undefined).length;
    return {
      waiting: open.length,
      alarms: alarms.length,
      all: open.length + answered,
      vanished: every.length - alarms.length,
    };
  });
  if (page === 'overview' && vanished > 0) {
    return (
      <span className="badge badge-alarm">
        <span aria-hidden="true">{vanished}</span>
        <span className="unseen">{words.frame.alarms(vanished)}</span>
      </span>
    );
  }
  if (page !== 'certificates' || all === 0) return null;
  const said = [
    ...(alarms > 0 ? [words.frame.alarms(alarms)] : []),
    ...(waiting > 0 ? [words.frame.waiting(waiting)] : []),
  ];
  return (
    <span className={`badge ${alarms > 0 ? 'badge-alarm' : ''}`}>
      <span aria-hidden="true">{all > 99 ? '99+' : all}</span>
      {said.map((words) => (
        <span key={words} className="unseen">
          {words}
        </span>
      ))}
    </span>
  );
}

const unknownBadge = (
  <span className="badge">
    <span aria-hidden="true">?</span>
    <span className="unseen">{words.unreadable.badge}</span>
  </span>
);

function Navigation({ page }: { page: WindowPlace['page'] }) {
  return (
    <nav aria-label={words.frame.navigation}>
      <ul>
        {windowPages.map((each) => (
          <li key={each}>
            <a href={hashOf({ page: each })} aria-current={each === page ? 'page' : undefined}>
              <Icon name={each} />
              <span className="nav-word">{words.frame.pages[each]}</span>
              <BoundedSign tables={concernTables} fallback={each === 'certificates' && unknownBadge}>
                <Badge page={each} />
              </BoundedSign>
            </a>
          </li>
        ))}
      </ul>
    </nav>
  );
}

/** What the button does now: it pauses, or resumes where Postern is paused. */
function usePause() {
  const paused = useRow('core', 'core')?.paused ?? false;
  const pause = useCommand('pause');
  const resume = useCommand('resume');
  const { failure, run } = paused ? resume : pause;
  return { paused, busy: pause.busy || resume.busy, failure, press: () => void run({}) };
}

function PauseButton({ paused, busy, press }: ReturnType<typeof usePause>) {
  return (
    <ActionButton icon={paused ? 'play' : 'pause'} disabled={busy} onPress={press}>
      {paused ? words.frame.resume : words.frame.pause}
    </ActionButton>
  );
}

/** Announces a question that arrives while something else is on the screen. */
function QuestionHerald() {
  const questions = useDerived(['questions'], (state) =>
    openQuestions(state.rows('questions')).map((each) => ({
      id: each.id,
      host: inert(each.host, 100),
      changed: isChanged(each),
    })),
  );
  const known = useRef<ReadonlySet<string> | null>(null);
  const [said, setSaid] = useState<{ id: string; text: string } | null>(null);
  useEffect(() => {
    const fresh = questions.find(({ id }) => known.current && !known.current.has(id));
    known.current = new Set(questions.map(({ id }) => id));
    if (fresh) setSaid({ id: fresh.id, text: words.frame[fresh.changed ? 'newChange' : 'newQuestion'](fresh.host) });
    else setSaid((last) => (questions.some(({ id }) => id === last?.id) ? last : null));
  }, [questions]);
  return (
    <div className="unseen" role="status">
      {said?.text}
    </div>
  );
}

/** The window's title: the page, and how many questions wait. */
function Title({ page, waiting }: { page: WindowPlace['page']; waiting: number }) {
  useEffect(() => {
    document.title = words.frame.title(words.frame.pages[page], waiting);
  }, [page, waiting]);
  return null;
}

function CountingTitle({ page }: { page: WindowPlace['page'] }) {
  const waiting = useDerived(['questions'], (state) => openQuestions(state.rows('questions')).length);
  return <Title page={page} waiting={waiting} />;
}

/** What tells of questions wherever the person is, and says so where it cannot. */
function Heralds({ page, known }: { page: WindowPlace['page']; known: boolean }) {
  const fallback = (
    <>
      <Title page={page} waiting={0} />
      <Notice kind="bad">
        <p>{words.unreadable.waiting}</p>
      </Notice>
    </>
  );
  return (
    <BoundedSign tables={concernTables} fallback={fallback}>
      <CountingTitle page={page} />
      {known && <QuestionHerald />}
      {known && <BrowserNotices />}
    </BoundedSign>
  );
}

/** The window: its pages, navigation between them, and whether what they show is current. */
export function App() {
  const place = usePlace();
  const { page } = place;
  const { shell } = useWindowContext();
  const connection = useConnection();
  const pause = usePause();
  const known = useRow('core', 'core') !== undefined;
  const Shown = pages[page];

  useEffect(() => shell?.onShow(go), [shell]);

  return (
    <div className="window">
      <button type="button" className="skip" onClick={() => document.getElementById('content')?.focus()}>
        {words.frame.skip}
      </button>
      <header className="side">
        <div className="brand">
          <Icon name="gate" size={24} />
          {words.frame.product}
        </div>
        <Navigation page={page} />
        <PauseButton {...pause} />
      </header>
      <main id="content" tabIndex={-1} className={connection.status === 'live' ? '' : 'stale'}>
        <ConnectionBanner />
        <Failure text={pause.failure} />
        <Heralds page={page} known={known} />
        {known ? (
          <BoundedPage title={words.frame.pages[page]} about={`${connection.status} ${hashOf(place)}`}>
            <Shown />
          </BoundedPage>
        ) : (
          connection.status === 'starting' && <p className="empty">{words.frame.loading}</p>
        )}
      </main>
    </div>
  );
}
