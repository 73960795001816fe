import { type Ref, useId } from 'react';
import {
  type CertificateQuestion,
  isAlarm,
  isChanged,
  isOpen,
  listed,
  ownAtWrongTime,
  portsAsked,
  trustedElsewhere,
} from '../../proxy/contract/index.ts';
import { inert } from '../../proxy/contract/inert.ts';
import { likelihood } from '../likelihood.ts';
import { Ago, useCommand, useRow, useRows } from '../live.tsx';
import { ActionButton } from '../parts/button.tsx';
import { CertificateComparison, CertificateFacts } from '../parts/certificate-facts.tsx';
import { ChainPicture } from '../parts/certificate-picture.tsx';
import { Foreign } from '../parts/foreign.tsx';
import { BigMark } from '../parts/mark.tsx';
import { Failure } from '../parts/notice.tsx';
import { formatDay, formatEndpoint, formatMoment } from '../words/format.ts';
import { words } from '../words.ts';
import { Advice } from './advice.tsx';
import { Decision } from './decision.tsx';
import { Held } from './held.tsx';
import { LikelihoodScale } from './likelihood-scale.tsx';
import { OtherName } from './other-name.tsx';
import { problemsInOrder } from './problems-in-order.ts';

const text = words.certificates;

function Problems({ question }: { question: CertificateQuestion }) {
  return (
    <ul className="problems">
      {problemsInOrder(question.problems).map((problem) => {
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

/** The certificate that is known of the server beside the one that it shows; nothing where none is known. */
function BeforeAndNow({ question }: { question: CertificateQuestion }) {
  const { certificate, history } = question;
  if (!('previous' in history)) return null;
  return (
    <CertificateComparison
      before={history.previous}
      now={certificate}
      nowTitle={isOpen(question) ? text.certificate.now : text.certificate.wasShown}
      beforeTitle={
        'lastVerifiedAt' in history
          ? text.certificate.verifiedBefore(formatDay(history.lastVerifiedAt))
          : text.certificate.before
      }
    />
  );
}

function Evidence({ question }: { question: CertificateQuestion }) {
  const { certificate } = question;
  const worrying = ['suspicious', 'never'].includes(likelihood(question, Date.now()).likelihood);
  return (
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
  );
}

function titleOf(question: CertificateQuestion): string {
  const host = inert(question.host, 100);
  if (!isOpen(question)) return text.question.settled(host);
  if (isAlarm(question)) return text.question.alarm(host);
  return (isChanged(question) ? text.question.changed : text.question.title)(host);
}

/** That the person trusts the same certificate already, at another port of the server. */
function TrustedElsewhere({ question }: { question: CertificateQuestion }) {
  const known = trustedElsewhere(question, useRows('decisions'));
  return known && <p>{text.question.trustedElsewhere(known.port, formatDay(known.decidedAt))}</p>;
}

interface SettledProps {
  question: CertificateQuestion;
  buttonRef: Ref<HTMLButtonElement>;
  onClosed: (said: string) => void;
}

/** The server has proved itself: all that is left is to dismiss the question. */
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
  const running = useRow('core', 'core')?.practice;
  const practice = running?.account === question.account ? running : undefined;
  const ports = portsAsked(question);
  const changed = open && isChanged(question);
  const serious = harmful || changed;
  return (
    <article className={`card question ${serious ? 'question-harmful' : ''}`} aria-labelledby={headingId}>
      <header className="question-head">
        <BigMark tone={serious ? 'refused' : open ? 'question' : 'well'} />
        <div>
          <h3 id={headingId} ref={titleRef} tabIndex={-1}>
            {titleOf(question)}
          </h3>
          <p className="hint">
            {text.question.for} <Foreign text={question.account} max={100} /> ·{' '}
            <Foreign text={formatEndpoint(question.host, question.port)} max={110} /> · {text.question.asked}{' '}
            <Ago at={question.askedAt} /> · {text.question.met(question.timesMet)}
          </p>
          {question.alsoAtPorts && <p>{text.question.ports(ports.length, listed(ports.map(String)))}</p>}
          {open && <TrustedElsewhere question={question} />}
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
          {changed && <BeforeAndNow question={question} />}
          <Advice question={question} {...(practice && { practice })} />
          <OtherName question={question} onUsed={onDecided} />
          <Decision
            question={question}
            practising={practice !== undefined}
            rejectRef={rejectRef}
            onDecided={onDecided}
          />
        </>
      ) : (
        <Settled question={question} buttonRef={rejectRef} onClosed={onDecided} />
      )}
      {!changed && <BeforeAndNow question={question} />}
      <Evidence question={question} />
    </article>
  );
}
