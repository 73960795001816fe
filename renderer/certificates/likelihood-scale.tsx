import type { CertificateQuestion } from '../../proxy/contract/index.ts';
import { Icon, type IconName } from '../icons.tsx';
import { type Likelihood, likelihood } from '../likelihood.ts';
import { useTimely } from '../live.tsx';
import { words } from '../words.ts';

const text = words.certificates;
const steps = ['harmless', 'unclear', 'suspicious', 'never'] as const satisfies Likelihood[];
const icons: Record<Likelihood, IconName> = {
  harmless: 'check',
  unclear: 'question',
  suspicious: 'warning',
  never: 'refused',
};

const tones = { harmless: 'well', unclear: 'question', suspicious: 'refused', never: 'refused' } as const;

/** Only the answer, in a word. */
export function LikelihoodMark({ question }: { question: CertificateQuestion }) {
  const word = useTimely((now) => likelihood(question, now).likelihood) as Likelihood;
  return (
    <span className={`mark tone-${tones[word]}`}>
      <Icon name={icons[word]} size={16} />
      {text.likelihood[word]}
    </span>
  );
}

/** How likely the cause is to be harmless: a position on a scale of four, its word, and the reason. */
export function LikelihoodScale({ question }: { question: CertificateQuestion }) {
  const judged = JSON.parse(useTimely((now) => JSON.stringify(likelihood(question, now)))) as ReturnType<
    typeof likelihood
  >;
  return (
    <div className={`likelihood likelihood-${judged.likelihood}`}>
      <p className="likelihood-word">
        <Icon name={icons[judged.likelihood]} />
        {text.likelihood[judged.likelihood]}
      </p>
      <div className="likelihood-scale" aria-hidden="true">
        {steps.map((step) => (
          <span key={step} className={step === judged.likelihood ? 'here' : ''} />
        ))}
      </div>
      <p>{text.reason[judged.reason]}</p>
    </div>
  );
}
