import type { PracticeAccount } from '../../proxy/contract/index.ts';
import { inert } from '../../proxy/contract/inert.ts';
import { useCommand, useRow } from '../live.tsx';
import { ActionButton } from '../parts/button.tsx';
import { Fingerprint } from '../parts/certificate-picture.tsx';
import { Failure, Notice } from '../parts/notice.tsx';
import { hashOf } from '../route.ts';
import { words } from '../words.ts';

const text = words.overview.practice;

/** Says, where an account is about to be added, that the practice account goes then. */
export function PracticeEnds() {
  const practice = useRow('core', 'core')?.practice;
  if (!practice) return null;
  return (
    <Notice kind="warn">
      <p>{text.ends}</p>
    </Notice>
  );
}

/** Explains what the practice account is, how to sign in to it, and how to get rid of it. */
export function PracticeNotice({ practice, onItsPage }: { practice: PracticeAccount; onItsPage?: boolean }) {
  const configuration = useCommand('configuration');
  const configure = useCommand('configure');
  const dismiss = async () => {
    const now = await configuration.run({});
    if (!now.ok) return;
    const accounts = now.value.accounts.filter((account) => account.name !== practice.account);
    await configure.run({ configuration: { ...now.value, accounts } });
  };
  return (
    <div className="practice">
      <p>{text.text}</p>
      <dl className="numbers">
        <div>
          <dt>{text.user}</dt>
          <dd className="pickable">{inert(practice.user, 100)}</dd>
        </div>
        <div>
          <dt>{text.password}</dt>
          <dd className="pickable">{inert(practice.password, 100)}</dd>
        </div>
        <div>
          <dt>{text.fingerprint}</dt>
          <dd>
            <Fingerprint value={practice.fingerprint} />
          </dd>
        </div>
      </dl>
      <Failure text={configuration.failure ?? configure.failure} />
      <div className="buttons">
        {!onItsPage && (
          <a className="button button-plain" href={hashOf({ page: 'accounts', item: practice.account })}>
            {text.values}
          </a>
        )}
        <ActionButton kind="quiet" disabled={configure.busy} onPress={() => void dismiss()}>
          {text.dismiss}
        </ActionButton>
      </div>
    </div>
  );
}
