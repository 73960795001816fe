import { type SyntheticEvent, useState } from 'react';
import {
  type AccountConfiguration,
  type CheckReport,
  type CheckStep,
  type Diagnosis,
  ownSignIn,
  type PracticeAccount,
  type Protocol,
  protocolFacts,
  signInWasTried,
} from '../../proxy/contract/index.ts';
import { kindOfAll } from '../../proxy/contract/words/kinds.ts';
import { Icon, type IconName } from '../icons.tsx';
import { useCommand, useDerived } from '../live.tsx';
import { ActionButton } from '../parts/button.tsx';
import { Explained } from '../parts/explained.tsx';
import { TextEntry } from '../parts/field.tsx';
import { Foreign } from '../parts/foreign.tsx';
import { Failure, Notice } from '../parts/notice.tsx';
import { hashOf } from '../route.ts';
import { formatDuration } from '../words/format.ts';
import { words } from '../words.ts';

const text = words.accounts.check;
const icons: Record<CheckStep['outcome'], IconName> = { ok: 'check', failed: 'cross', skipped: 'minus' };

interface StepsProps {
  account: string;
  relay: string;
  /** Undefined once the relay is no longer there. */
  protocol: Protocol | undefined;
  steps: readonly CheckStep[];
  diagnosis: Diagnosis | undefined;
}

function Steps({ account, relay, protocol, steps, diagnosis }: StepsProps) {
  const { purpose } = protocolFacts[protocol ?? 'imap'];
  return (
    <section className="steps-block">
      <h3>
        <Foreign text={relay} max={100} />
      </h3>
      <ol className="steps">
        {steps.map((step) => (
          <li key={step.step} className={`step step-${step.outcome}`}>
            <Icon name={icons[step.outcome]} size={16} />
            <span>
              <b>{step.step === 'mailbox' ? text.inside[purpose] : text.step[step.step]}</b>{' '}
              <span className="hint">
                {text.outcome[step.outcome]}, {formatDuration(step.milliseconds)}
              </span>
              {!(diagnosis && step.message.includes(diagnosis.sentence)) && (
                <span className="step-message">
                  <Foreign text={step.message} max={400} />
                </span>
              )}
            </span>
          </li>
        ))}
      </ol>
      {diagnosis && <Explained diagnosis={diagnosis} account={account} />}
    </section>
  );
}

interface AccountCheckProps {
  account: AccountConfiguration;
  /** Fills in the credentials of the practice account. */
  practice: PracticeAccount | undefined;
}

/** Tries an account out, and shows each step as it happens. */
export function AccountCheck({ account: { name: account, signIn, relays: paths }, practice }: AccountCheckProps) {
  const own = ownSignIn({ signIn });
  const [user, setUser] = useState(practice?.user ?? '');
  const [password, setPassword] = useState(practice?.password ?? '');
  const [steps, setSteps] = useState<readonly CheckStep[]>([]);
  const [report, setReport] = useState<CheckReport | null>(null);
  const check = useCommand('check');
  const question = useDerived(
    ['questions'],
    (state) => state.rows('questions').find((each) => each.account === account && each.waiting > 0)?.id ?? null,
  );

  /** An account that Postern signs in for is tried with its local password, which need not be shown for that. */
  const given = own || user === '' ? {} : { user, password };
  const start = async (event: SyntheticEvent) => {
    event.preventDefault();
    setSteps([]);
    setReport(null);
    // Not kept: to test again, the person types it again.
    setPassword(practice?.password ?? '');
    const done = await check.run({ account, ...given }, (step) => setSteps((before) => [...before, step]));
    if (!done.ok) return;
    setReport(done.value);
    setSteps(done.value.relays.flatMap((relay) => relay.steps));
  };

  const relays = [...new Set(steps.map((step) => step.relay))];
  return (
    <section className="card" aria-labelledby="check-heading">
      <h2 id="check-heading">{text.heading}</h2>
      <p className="lead">{(own ? text.ownLead : text.lead)(kindOfAll(paths))}</p>
      <form className={own ? undefined : 'check-form'} onSubmit={(event) => void start(event)}>
        {!own && (
          <>
            <TextEntry label={text.user} value={user} onChange={setUser} />
            <TextEntry
              label={text.password}
              kind="password"
              value={password}
              onChange={setPassword}
              hint={text.passwordHint}
              autoComplete="off"
            />
          </>
        )}
        <ActionButton type="submit" disabled={check.busy}>
          {check.busy ? text.running : text.start}
        </ActionButton>
      </form>
      <Failure text={check.failure} />
      <div role="status">
        {check.busy && question !== null && (
          <Notice kind="warn">
            <p>
              {text.waits}{' '}
              <a className="link" href={hashOf({ page: 'certificates', item: question })}>
                {words.overview.toQuestion}
              </a>
            </p>
          </Notice>
        )}
      </div>
      <div role="log" aria-label={text.steps} className="steps-blocks">
        {relays.map((relay) => (
          <Steps
            key={relay}
            account={account}
            relay={relay}
            protocol={paths.find(({ name }) => name === relay)?.protocol}
            steps={steps.filter((step) => step.relay === relay)}
            diagnosis={report?.relays.find((each) => each.relay === relay)?.diagnosis}
          />
        ))}
      </div>
      <div role="status">
        {report && (
          <Notice kind={report.outcome === 'ok' ? 'good' : 'bad'}>
            <p>{report.outcome === 'ok' && !signInWasTried(report) ? text.notTried : text[report.outcome]}</p>
          </Notice>
        )}
      </div>
    </section>
  );
}
