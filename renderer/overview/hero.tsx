import {
  isChanged,
  type OverallStanding,
  overallStanding,
  type RelayRow,
  standingRefusal,
  waitingAccounts,
} from '../../proxy/contract/index.ts';
import { inert } from '../../proxy/contract/inert.ts';
import { concernsIn, concernTables } from '../concerns.ts';
import { useDerived } from '../live.tsx';
import { BigMark, type Tone } from '../parts/mark.tsx';
import { isOffline, isPasswordRefused } from '../parts/relay-view.ts';
import { hashOf } from '../route.ts';
import { words } from '../words.ts';

const text = words.overview;

const tones: Record<OverallStanding, Tone> = {
  alarm: 'refused',
  well: 'well',
  question: 'question',
  'sign-in': 'question',
  refused: 'refused',
  paused: 'paused',
};

type RefusalSummary = 'offline' | 'refused' | 'refusedLater' | 'passwordRefused' | 'refusedBoth';

/** Facts common to all current refusals: whether anything was sent, and how the server answered. */
function refusalSummary(relays: readonly RelayRow[]): RefusalSummary {
  const refusals = relays.flatMap((relay) => standingRefusal(relay) ?? []);
  const away = relays.some(({ listeners }) => listeners.some(({ status }) => status.kind === 'failed'));
  if (!away && refusals.length > 0 && refusals.every(({ diagnosis }) => isOffline(diagnosis))) return 'offline';
  const later = refusals.filter(({ protection }) => protection !== undefined);
  if (later.length === 0) return 'refused';
  if (away || later.length < refusals.length) return 'refusedBoth';
  return later.every(({ diagnosis }) => isPasswordRefused(diagnosis)) ? 'passwordRefused' : 'refusedLater';
}

/**
 * The overall standing, in one headline.
 *
 * @param troubled how many accounts need attention
 * @param all how many there are
 */
export function Hero({ troubled, all }: { troubled: number; all: number }) {
  const overall = useDerived([...concernTables, 'accounts', 'core'], (state) =>
    overallStanding(
      state.rows('relays'),
      concernsIn(state),
      state.rows('accounts'),
      state.row('core', 'core')?.paused ?? false,
    ),
  );
  const signIns = useDerived(['accounts'], (state) => waitingAccounts(state.rows('accounts')).map(({ name }) => name));
  const waiting = useDerived(concernTables, (state) => {
    const { alarms, open } = concernsIn(state);
    const [alarm] = alarms;
    const changed = open.find(isChanged);
    const first = alarm ?? changed ?? open[0];
    return {
      what: alarm?.what ?? 'certificate',
      alarms: alarms.length,
      questions: open.length,
      changed: changed !== undefined,
      first: first ? { id: first.id, account: inert(first.account, 60), host: inert(first.host, 100) } : null,
    };
  });
  const programs = useDerived(['sessions'], (state) => state.rows('sessions').length);
  const refused = useDerived(['relays'], (state) => refusalSummary(state.rows('relays')));
  const { first, what, alarms, questions } = waiting;
  const paused = useDerived(['core'], (state) => state.row('core', 'core')?.paused ?? false);
  const inAll = troubled > 1 ? ` ${text.troubled(troubled, all)}.` : '';

  function headline(): [title: string, summary: string] {
    switch (overall) {
      case 'alarm':
        return [text.heading.alarm(alarms), text.summary.alarm(first?.account ?? '', first?.host ?? '', what) + inAll];
      case 'question':
        if (waiting.changed && first) {
          return [text.heading.changed(first.host), text.summary.changed(first.account, questions - 1) + inAll];
        }
        return [text.heading.question(questions), text.summary.question(questions) + inAll];
      case 'sign-in':
        return [text.heading.signIn(inert(signIns[0] ?? '', 60), signIns.length), text.summary.signIn + inAll];
      case 'refused':
        return [refused === 'offline' ? text.heading.offline : text.troubled(troubled, all), text.summary[refused]];
      case 'paused':
        return [text.heading.paused, text.summary.paused];
      case 'well':
        return [text.heading.well, text.summary.well(programs)];
    }
  }

  function toneOfAll(): Tone {
    if (overall === 'question' && waiting.changed) return 'refused';
    return overall === 'refused' && refused === 'offline' ? 'quiet' : tones[overall];
  }

  const tone = toneOfAll();
  const [title, summary] = headline();
  return (
    <div className={`hero ${overall === 'alarm' ? 'hero-alarm' : ''}`}>
      <BigMark tone={tone} />
      <div>
        <span className="hero-title">{title}</span>
        <span className="hero-summary">
          {summary}
          {paused && overall !== 'paused' && ` ${text.summary.pausedToo}`}
        </span>
      </div>
      {first && what === 'certificate' && (overall === 'alarm' || overall === 'question') && (
        <a className="button button-main" href={hashOf({ page: 'certificates', item: first.id })}>
          {overall === 'alarm' ? text.look : text.answer}
        </a>
      )}
      {overall === 'sign-in' && signIns[0] !== undefined && (
        <a className="button button-main" href={hashOf({ page: 'accounts', item: signIns[0] })}>
          {text.signIn}
        </a>
      )}
    </div>
  );
}
