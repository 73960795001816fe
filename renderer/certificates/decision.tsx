import { type Ref, useId, useState } from 'react';
import { Checkbox } from 'react-aria-components/Checkbox';
import type { CertificateQuestion, Remembering } from '../../proxy/contract/index.ts';
import { inert } from '../../proxy/contract/inert.ts';
import { Icon } from '../icons.tsx';
import { useCommand } from '../live.tsx';
import { ActionButton } from '../parts/button.tsx';
import { Failure } from '../parts/notice.tsx';
import { words } from '../words.ts';

const text = words.certificates.decide;

interface DecisionProps {
  question: CertificateQuestion;
  /** Whether it is about the practice's server, which is not there for good. */
  practising: boolean;
  rejectRef: Ref<HTMLButtonElement>;
  /** @param said what was decided, and what comes next */
  onDecided: (said: string) => void;
}

/**
 * The choice. Rejecting is one click; trusting takes a tick first, and only what the question offers is shown at all.
 * The tick is cleared when the question changes: it was for the question shown then.
 */
export function Decision({ question, practising, rejectRef, onDecided }: DecisionProps) {
  const { id, fingerprint } = { id: question.id, fingerprint: question.certificate.fingerprint };
  const subject = JSON.stringify([id, fingerprint, question.problems, question.offers]);
  const [ticked, setTicked] = useState<string | null>(null);
  const approve = useCommand('approve');
  const reject = useCommand('reject');
  const hintId = useId();
  const mayTrust = question.offers.includes('once') || question.offers.includes('always');
  const busy = approve.busy || reject.busy;
  const trusted = (remember: Remembering) =>
    (question.waiting > 0 ? text.trustedHeld : text.trusted)(
      practising && remember === 'always' ? text.untilPracticeEnds : text.now,
    );
  const changed = question.history.kind === 'changed';

  const decide = async (decision: Promise<{ ok: boolean }>, said: string) => {
    if ((await decision).ok) onDecided(said);
  };

  return (
    <fieldset className="decision">
      <legend className="unseen">{text.legend}</legend>
      <div className="decision-reject">
        <ActionButton
          kind="main"
          icon="refused"
          disabled={busy}
          ref={rejectRef}
          label={`${text.reject} ${inert(question.host, 100)}`}
          describedBy={hintId}
          onPress={() => void decide(reject.run({ id }), text.rejected(inert(question.host, 100)))}
        >
          {text.reject}
        </ActionButton>
        <span id={hintId} className="hint">
          {text.rejectHint}
        </span>
      </div>
      {mayTrust ? (
        <div className="decision-trust">
          <p className="decision-or">{text.orTrust}</p>
          <Checkbox
            className="checkbox"
            isSelected={ticked === subject}
            onChange={(isTicked) => setTicked(isTicked ? subject : null)}
          >
            <span className="checkbox-box" aria-hidden="true">
              <Icon name="check" size={14} />
            </span>
            <span>{changed ? text.deliberateChanged : text.deliberate}</span>
          </Checkbox>
          <div className="buttons">
            {(['once', 'always'] as const)
              .filter((remember) => question.offers.includes(remember))
              .map((remember) => (
                <span key={remember} className="decision-option">
                  <ActionButton
                    kind="plain"
                    disabled={busy || ticked !== subject}
                    onPress={() => void decide(approve.run({ id, remember }), trusted(remember))}
                  >
                    {text[remember]}
                  </ActionButton>
                  <span className="hint">
                    {practising && remember === 'always' ? text.alwaysPracticeHint : text[`${remember}Hint`]}
                  </span>
                </span>
              ))}
          </div>
        </div>
      ) : (
        <div className="decision-trust">
          <p className="decision-or">{text.onlyReject}</p>
          {question.history.kind === 'verified-then-failing' && <p className="hint">{text.onlyRejectKnown}</p>}
        </div>
      )}
      <Failure text={approve.failure ?? reject.failure} />
    </fieldset>
  );
}
