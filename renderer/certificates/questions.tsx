import { useEffect, useRef, useState } from 'react';
import { type CertificateQuestion, isAlarm, isOpen } from '../../proxy/contract/index.ts';
import { inert } from '../../proxy/contract/inert.ts';
import { useRows } from '../live.tsx';
import { BoundedPart } from '../parts/bounded.tsx';
import { PlainButton } from '../parts/button.tsx';
import { Foreign } from '../parts/foreign.tsx';
import { Mark } from '../parts/mark.tsx';
import { Notice } from '../parts/notice.tsx';
import { formatEndpoint } from '../words/format.ts';
import { words } from '../words.ts';
import { Held } from './held.tsx';
import { LikelihoodMark } from './likelihood-scale.tsx';
import { problemsInOrder } from './problems-in-order.ts';
import { QuestionCard } from './question-card.tsx';

const text = words.certificates;

/** How many questions are listed below the one shown; the rest are counted. */
const maxShown = 50;

/**
 * Alarms come first, then those that hold a mail program right now, then the oldest; those that have settled themselves
 * come last. What is shown in full stays all the same: somebody may be about to press something there.
 */
function inOrder(questions: readonly CertificateQuestion[]): CertificateQuestion[] {
  const rank = (each: CertificateQuestion) => {
    if (!isOpen(each)) return 4;
    return (isAlarm(each) ? 0 : 2) + (each.waiting > 0 ? 0 : 1);
  };
  return questions.toSorted((a, b) => rank(a) - rank(b) || Date.parse(a.askedAt) - Date.parse(b.askedAt));
}

function OtherQuestion({ question, onShow }: { question: CertificateQuestion; onShow: () => void }) {
  return (
    <>
      <span className="other-what">
        <Foreign text={formatEndpoint(question.host, question.port)} max={110} />
        <span className="hint">
          <Foreign text={question.account} max={100} /> ·{' '}
          {problemsInOrder(question.problems)
            .map((problem) => text.problem[problem].name)
            .join(', ')}
        </span>
        {isOpen(question) && question.waiting > 0 && <Held question={question} brief />}
      </span>
      {isOpen(question) ? <LikelihoodMark question={question} /> : <Mark tone="well" word={text.question.provedMark} />}
      <PlainButton kind="quiet" label={`${text.question.show}: ${inert(question.host, 100)}`} onPress={onShow}>
        {text.question.show}
      </PlainButton>
    </>
  );
}

/**
 * The pending questions: one in full, the others in a line each. Opening the page puts the focus on Reject; a question
 * that arrives later does not take the focus away. One that somebody asks to see shows its title, with the focus there.
 *
 * @param wanted the question, or answered alarm, that a link asked for
 * @param alarmed the answered alarms: a link to one of them is none to a question
 */
export function Questions({ wanted, alarmed }: { wanted: string | undefined; alarmed: readonly string[] }) {
  const questions = inOrder(useRows('questions'));
  const elsewhere = wanted !== undefined && alarmed.includes(wanted);
  const [said, setSaid] = useState('');
  const [chosen, setChosen] = useState<string | null>(null);
  const shown = questions.find((each) => each.id === (chosen ?? wanted)) ?? questions[0];
  const title = useRef<HTMLHeadingElement>(null);
  const reject = useRef<HTMLButtonElement>(null);
  const empty = useRef<HTMLParagraphElement>(null);
  const [focusOn, setFocusOn] = useState<'next' | 'shown' | 'linked' | 'arrived' | null>(elsewhere ? null : 'arrived');
  const shownId = shown?.id;
  if (shownId !== undefined && shownId !== chosen) setChosen(shownId);

  // biome-ignore lint/correctness/useExhaustiveDependencies: another question on show, or one that a link leads to
  useEffect(() => {
    if (focusOn === null) return;
    const answer = reject.current ?? (focusOn === 'next' ? empty.current : null);
    const target = focusOn === 'shown' ? title.current : answer;
    target?.focus({ preventScroll: true });
    if (focusOn === 'next') target?.scrollIntoView({ block: 'nearest' });
    else if (focusOn !== 'arrived') title.current?.scrollIntoView({ block: 'start' });
    setFocusOn(null);
  }, [focusOn, shownId]);

  useEffect(() => {
    if (wanted === undefined || elsewhere) return;
    setChosen(wanted);
    setFocusOn('linked');
  }, [wanted, elsewhere]);

  const outcome = (
    <div role="status">
      {said !== '' && (
        <Notice kind="good">
          <p>{said}</p>
        </Notice>
      )}
    </div>
  );
  if (!shown) {
    return (
      <>
        {outcome}
        <section className="card calm" aria-label={text.waiting}>
          <Mark tone={alarmed.length > 0 ? 'quiet' : 'well'} word={text.noQuestions} />
          <p className="hint" ref={empty} tabIndex={-1}>
            {text.noQuestionsHint}
          </p>
        </section>
      </>
    );
  }
  const left = questions.filter((each) => each !== shown);
  const others = [...left.filter(isAlarm), ...left.filter((each) => !isAlarm(each))];
  return (
    <section aria-label={text.waiting}>
      {outcome}
      <BoundedPart key={shown.id} name={formatEndpoint(shown.host, shown.port)} about={shown}>
        <QuestionCard
          question={shown}
          titleRef={title}
          rejectRef={reject}
          onDecided={(outcomeOfIt) => {
            setSaid(outcomeOfIt);
            setChosen(left[0]?.id ?? null);
            setFocusOn('next');
          }}
        />
      </BoundedPart>
      {others.length > 0 && (
        <ul className="other-questions">
          {others.slice(0, maxShown).map((each) => (
            <li key={each.id}>
              <BoundedPart name={formatEndpoint(each.host, each.port)} about={each}>
                <OtherQuestion
                  question={each}
                  onShow={() => {
                    setChosen(each.id);
                    setFocusOn('shown');
                  }}
                />
              </BoundedPart>
            </li>
          ))}
          {others.length > maxShown && <li className="hint">{text.more(others.length - maxShown)}</li>}
        </ul>
      )}
    </section>
  );
}
