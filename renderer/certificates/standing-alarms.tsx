import { useEffect, useId, useRef } from 'react';
import type { Alarm } from '../../proxy/contract/index.ts';
import { inert } from '../../proxy/contract/inert.ts';
import { Foreign } from '../parts/foreign.tsx';
import { BigMark } from '../parts/mark.tsx';
import { formatEndpoint, formatMoment } from '../words/format.ts';
import { words } from '../words.ts';

const text = words.certificates;

function StandingAlarm({ alarm, rejectedAt, wanted }: { alarm: Alarm; rejectedAt: string; wanted: boolean }) {
  const headingId = useId();
  const title = useRef<HTMLHeadingElement>(null);
  useEffect(() => {
    if (!wanted) return;
    title.current?.focus({ preventScroll: true });
    title.current?.scrollIntoView({ block: 'start' });
  }, [wanted]);
  const host = inert(alarm.host, 100);
  return (
    <article className="card question question-harmful" aria-labelledby={headingId}>
      <header className="question-head">
        <BigMark tone="refused" />
        <div>
          <h3 id={headingId} ref={title} tabIndex={-1}>
            {text.question.alarm(host)}
          </h3>
          <p className="hint">
            {text.question.for} <Foreign text={alarm.account} max={100} /> ·{' '}
            <Foreign text={formatEndpoint(alarm.host, alarm.port)} max={110} />
          </p>
          <p>{text.alarm.rejected(formatMoment(rejectedAt))}</p>
        </div>
      </header>
      <section>
        <h4>{text.alarm.advice}</h4>
        <ol className="advice">
          {text.alarm.steps(host).map((line) => (
            <li key={line}>{line}</li>
          ))}
        </ol>
      </section>
    </article>
  );
}

/** The alarms that the person has answered. They stand until the server proves itself again. */
export function StandingAlarms({ alarms, wanted }: { alarms: readonly Alarm[]; wanted: string | undefined }) {
  return alarms.map(
    (alarm) =>
      alarm.rejectedAt !== undefined && (
        <StandingAlarm key={alarm.id} alarm={alarm} rejectedAt={alarm.rejectedAt} wanted={alarm.id === wanted} />
      ),
  );
}
