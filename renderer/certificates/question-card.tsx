import { type Ref, useEffect, useId, useState } from 'react';
import {
  type CertificateQuestion,
  isAlarm,
  isOpen,
  nextSteps,
  ownAtWrongTime,
  portsAsked,
} from '../../proxy/contract/index.ts';
import { inert } from '../../proxy/contract/inert.ts';
import { likelihood } from '../likelihood.ts';
import { Ago, useCommand, useRow } from '../live.tsx';
import { ActionButton } from '../parts/button.tsx';
import { CertificateComparison, CertificateFacts } from '../parts/certificate-facts.tsx';
import { ChainPicture } from '../parts/certificate-picture.tsx';
import { Foreign } from '../parts/foreign.tsx';
import { BigMark } from '../parts/mark.tsx';
import { Failure } from '../parts/notice.tsx';
import { formatDay, formatEndpoint, formatMoment } from '../words/format.ts';
import { words } from '../words.ts';
import { Decision } from './decision.tsx';
import { LikelihoodScale } from './likelihood-scale.tsx';
import { OtherName } from './other-name.tsx';

const text = words.certificates;

function Problems({ question }: { question: CertificateQuestion }) {
  return (
    <ul className="problems">
      {question.problems.map((problem) => {
        const facts = question.details.filter((detail) => detail.problem === problem);
        return (
          <li key={problem}>
            <p className="problem-name">{text.problem[problem].name}</p>
            {facts.map((fact) => (
              <p key={fact.text}>
                <Foreign text={fact.text} max={600} />
              </p>
            ))}
            <p className="problem-means">{text.problem[problem].means}</p>
          </li>
        );
      })}
    </ul>
  );
}

/** How many mail programs are held, and for how long at most: then they are told to come back. */
function Held({ question: { waiting, heldUntil } }: { question: CertificateQuestion }) {
  const [now, setNow] = useState(Date.now);
  useEffect(() => {
    const timer = setInterval(() => setNow(Date.now()), 1_000);
    return () => clearInterval(timer);
  }, []);
  const seconds = heldUntil === undefined ? 0 : Math.ceil((Date.parse(heldUntil) - now) / 1_000);
  return (
    <p className="held">
      {text.question.held(waiting)}
      {seconds > 0 && `, ${text.question.heldFor(seconds)}`}
    </p>
  );
}

function Evidence({ question }: { question: CertificateQuestion }) {
  const { certificate, history } = question;
  const before = 'previous' in history ? history.previous : null;
  const worrying = ['suspicious', 'never'].includes(likelihood(question, Date.now()).likelihood);
  return (
    <>
      {before && (
        <CertificateComparison
          before={before}
          now={certificate}
          nowTitle={isOpen(question) ? text.certificate.now : text.certificate.wasShown}
          beforeTitle={
            history.kind === 'verified-then-failing'
              ? text.certificate.verifiedBefore(formatDay(history.lastVerifiedAt))
              : text.certificate.before
          }
        />
      )}
      <div className="evidence">
        <section>
          <h3>{text.certificate.shown}</h3>
          {/* What nobody should rely on gets no bar in the colour for "fine". */}
          <CertificateFacts certificate={certificate} calm={!worrying} />
        </section>
        <section>
          <h3>{text.chain.heading}</h3>
          <ChainPicture certificate={certificate} chain={question.chain} problems={question.problems} />
        </section>
      </div>
    </>
  );
}

function titleOf(question: CertificateQuestion): string {
  const host = inert(question.host, 100);
  if (!isOpen(question)) return text.question.settled(host);
  return (isAlarm(question) ? text.question.alarm : text.question.title)(host);
}

interface SettledProps {
  question: CertificateQuestion;
  buttonRef: Ref<HTMLButtonElement>;
  onClosed: (said: string) => void;
}

/** The server has answered for itself: all that is left is to put the question away. */
function Settled({ question, buttonRef, onClosed }: SettledProps) {
  const forget = useCommand('forget');
  const close = async () => {
    if ((await forget.run({ id: question.id })).ok) onClosed(text.question.closed);
  };
  return (
    <div className="decision">
      <div className="decision-reject">
        <ActionButton kind="main" disabled={forget.busy} ref={buttonRef} onPress={() => void close()}>
          {text.question.close}
        </ActionButton>
        <span className="hint">{text.question.closeHint}</span>
      </div>
      <Failure text={forget.failure} />
    </div>
  );
}

interface QuestionCardProps {
  question: CertificateQuestion;
  titleRef: Ref<HTMLHeadingElement>;
  rejectRef: Ref<HTMLButtonElement>;
  onDecided: (said: string) => void;
}

/** A question with everything needed to answer it: what is wrong, how worrying that is, the choice, the evidence. */
export function QuestionCard({ question, titleRef, rejectRef, onDecided }: QuestionCardProps) {
  const headingId = useId();
  const open = isOpen(question);
  const harmful = !question.offers.some((offer) => offer !== 'reject') && open;
  const practising = useRow('core', 'core')?.practice?.account === question.account;
  const advice = harmful
    ? text.advice.never
    : practising
      ? text.advice.practice
      : [...text.advice.other, ...nextSteps(question)];
  return (
    <article className={`card question ${harmful ? 'question-harmful' : ''}`} aria-labelledby={headingId}>
      <header className="question-head">
        <BigMark tone={harmful ? 'refused' : open ? 'question' : 'well'} />
        <div>
          <h3 id={headingId} ref={titleRef} tabIndex={-1}>
            {titleOf(question)}
          </h3>
          <p className="hint">
            {text.question.for} <Foreign text={question.account} max={100} /> ·{' '}
            <Foreign text={formatEndpoint(question.host, question.port)} max={110} /> · {text.question.asked}{' '}
            <Ago at={question.askedAt} /> · {text.question.met(question.timesMet)}
          </p>
          {question.alsoAtPorts && <p>{text.question.ports(portsAsked(question))}</p>}
          {question.provedAgainAt !== undefined && (
            <p className="proved-again">{text.question.provedAgain(formatMoment(question.provedAgainAt))}</p>
          )}
          {question.history.kind === 'new' && question.history.before && (
            <p>{text.question.before[question.history.before]}</p>
          )}
          {question.history.kind === 'verified-then-not-yet-valid' && (
            <p>{ownAtWrongTime(formatDay(question.history.lastVerifiedAt))}</p>
          )}
          {question.waiting > 0 && open && <Held question={question} />}
        </div>
      </header>
      <div className="question-body">
        <section>
          <h4>{open ? text.question.wrong : text.question.wasWrong}</h4>
          <Problems question={question} />
        </section>
        {open && (
          <section>
            <h4>{text.question.likely}</h4>
            <LikelihoodScale question={question} />
          </section>
        )}
      </div>
      {open ? (
        <>
          <section>
            <h4>{text.question.advice}</h4>
            <ol className="advice">
              {advice.map((line) => (
                <li key={line}>
                  <Foreign text={line} max={400} />
                </li>
              ))}
            </ol>
          </section>
          <OtherName question={question} onUsed={onDecided} />
          <Decision question={question} practising={practising} rejectRef={rejectRef} onDecided={onDecided} />
        </>
      ) : (
        <Settled question={question} buttonRef={rejectRef} onClosed={onDecided} />
      )}
      <Evidence question={question} />
    </article>
  );
}
