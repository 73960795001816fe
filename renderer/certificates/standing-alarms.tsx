import { useEffect, useId, useRef } from 'react';
import { type Alarm, alarmsByHost } from '../../proxy/contract/index.ts';
import { inert } from '../../proxy/contract/inert.ts';
import { BoundedPart } from '../parts/bounded.tsx';
import { Foreign } from '../parts/foreign.tsx';
import { BigMark } from '../parts/mark.tsx';
import { formatEndpoint, formatMoment } from '../words/format.ts';
import { words } from '../words.ts';

const text = words.certificates;

/** Facts common to these alarms, which are about the same host. */
function StandingAlarm({ alarms, wanted }: { alarms: readonly [Alarm, ...Alarm[]]; wanted: boolean }) {
  const [alarm] = alarms;
  const rejectedAt =
    alarms
      .flatMap((each) => each.rejectedAt ?? [])
      .toSorted()
      .at(-1) ?? '';
  const headingId = useId();
  const title = useRef<HTMLHeadingElement>(null);
  useEffect(() => {
    if (!wanted) return;
    title.current?.focus({ preventScroll: true });
    title.current?.scrollIntoView({ block: 'start' });
  }, [wanted]);
  const host = inert(alarm.host, 100);
  const ports = alarms.map(({ port }) => port).toSorted((a, b) => a - b);
  const places = ports.map((port) => formatEndpoint(alarm.host, port)).join(', ');
  return (
    <article className="card question question-harmful" aria-labelledby={headingId}>
      <header className="question-head">
        <BigMark tone="refused" />
        <div>
          <h3 id={headingId} ref={title} tabIndex={-1}>
            {text.question.alarm(host)}
          </h3>
          <p className="hint">
            {text.question.for} <Foreign text={alarm.account} max={100} /> · <Foreign text={places} max={400} />
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

/**
 * The alarms that the person has answered. They stand until the server proves itself again.
 *
 * @param alarms answered ones
 * @param wanted the one to show and to move the focus to
 */
export function StandingAlarms({ alarms, wanted }: { alarms: readonly Alarm[]; wanted: string | undefined }) {
  return alarmsByHost(alarms).map((group) => {
    const [first, ...others] = group;
    return (
      first && (
        <BoundedPart key={first.id} name={first.host} about={alarms}>
          <StandingAlarm alarms={[first, ...others]} wanted={group.some(({ id }) => id === wanted)} />
        </BoundedPart>
      )
    );
  });
}
