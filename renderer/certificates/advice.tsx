import {
  type CertificateQuestion,
  isChanged,
  nextSteps,
  otherNames,
  type PracticeAccount,
} from '../../proxy/contract/index.ts';
import { inert } from '../../proxy/contract/inert.ts';
import { Fingerprint } from '../parts/certificate-picture.tsx';
import { Facts } from '../parts/facts.tsx';
import { Foreign } from '../parts/foreign.tsx';
import { words } from '../words.ts';

const text = words.certificates.advice;

/** The steps that fit what is wrong: nobody's fingerprint helps with a name, and a change has to be asked about. */
function stepsFor(question: CertificateQuestion, practising: boolean): readonly string[] {
  if (!question.offers.some((offer) => offer !== 'reject')) return text.never;
  if (practising) return text.practice;
  const others = nextSteps(question);
  if (isChanged(question)) return [...text.changed, ...others];
  const [name] = otherNames(question);
  if (name !== undefined) return text.otherName(inert(name, 255), inert(question.host, 100));
  return [...text.other, ...others];
}

/** Whether nobody but the one who runs the server can say that the certificate is theirs. */
function isUnvouched({ problems }: CertificateQuestion): boolean {
  return problems.includes('self-signed') || problems.includes('unknown-issuer');
}

/**
 * How to decide, step by step.
 *
 * @param practice the account whose server is inside Postern: it has nobody to ask, so both fingerprints stand here
 */
export function Advice({ question, practice }: { question: CertificateQuestion; practice?: PracticeAccount }) {
  const steps = stepsFor(question, practice !== undefined);
  const mayTrust = question.offers.some((offer) => offer !== 'reject');
  return (
    <section>
      <h4>{text.heading}</h4>
      <ol className="advice">
        {steps.map((line) => (
          <li key={line}>
            <Foreign text={line} max={400} />
          </li>
        ))}
        {mayTrust && !practice && isUnvouched(question) && (
          <li>
            <span>
              {text.ownServer} <code className="pickable">{text.ownServerCommand}</code>
            </span>
          </li>
        )}
      </ol>
      {practice && mayTrust && (
        <Facts
          facts={[
            [text.practiceOwn, <Fingerprint key="own" value={practice.fingerprint} />],
            [text.practiceShown, <Fingerprint key="shown" value={question.certificate.fingerprint} />],
          ]}
        />
      )}
    </section>
  );
}
