import { isAlarm, type OverallStanding, openQuestions, overallStanding } from '../../proxy/contract/index.ts';
import { inert } from '../../proxy/contract/inert.ts';
import { useDerived } from '../live.tsx';
import { BigMark, type Tone } from '../parts/mark.tsx';
import { hashOf } from '../route.ts';
import { words } from '../words.ts';

const text = words.overview;

const tones: Record<OverallStanding, Tone> = {
  alarm: 'refused',
  well: 'well',
  question: 'question',
  refused: 'refused',
  paused: 'paused',
};

/**
 * How everything stands, in one headline.
 *
 * @param troubled how many accounts need somebody
 * @param all how many there are
 */
export function Hero({ troubled, all }: { troubled: number; all: number }) {
  const overall = useDerived(['relays', 'questions', 'core'], (state) =>
    overallStanding(state.rows('relays'), state.rows('questions'), state.row('core', 'core')?.paused ?? false),
  );
  const waiting = useDerived(['questions'], (state) => {
    const open = openQuestions(state.rows('questions'));
    const [first] = open;
    return {
      alarms: open.filter(isAlarm).length,
      questions: open.length,
      first: first ? { id: first.id, account: inert(first.account, 60), host: inert(first.host, 100) } : null,
    };
  });
  const programs = useDerived(['sessions'], (state) => state.rows('sessions').length);
  const { first, alarms, questions } = waiting;
  const inAll = troubled > 1 ? ` ${text.troubled(troubled, all)}.` : '';

  function headline(): [title: string, summary: string] {
    switch (overall) {
      case 'alarm':
        return [text.heading.alarm(alarms), text.summary.alarm(first?.account ?? '', first?.host ?? '') + inAll];
      case 'question':
        return [text.heading.question(questions), text.summary.question + inAll];
      case 'refused':
        return [text.troubled(troubled, all), text.summary.refused];
      case 'paused':
        return [text.heading.paused, text.summary.paused];
      case 'well':
        return [text.heading.well, text.summary.well(programs)];
    }
  }

  const [title, summary] = headline();
  return (
    <div className={`hero ${overall === 'alarm' ? 'hero-alarm' : ''}`}>
      <BigMark tone={tones[overall]} />
      <div>
        <span className="hero-title">{title}</span>
        <span className="hero-summary">{summary}</span>
      </div>
      {first && (overall === 'alarm' || overall === 'question') && (
        <a className="button button-main" href={hashOf({ page: 'certificates', item: first.id })}>
          {overall === 'alarm' ? text.look : text.answer}
        </a>
      )}
    </div>
  );
}
