import { useState } from 'react';
import { type AccountConfiguration, type Configuration, ownSignIn, placeOfAlarm } from '../../proxy/contract/index.ts';
import { inert } from '../../proxy/contract/inert.ts';
import { kindOfAll } from '../../proxy/contract/words/kinds.ts';
import { Decisions, KnownServers } from '../certificates/remembered.tsx';
import { concernsIn, concernTables } from '../concerns.ts';
import { useCommand, useDerived, useRow } from '../live.tsx';
import { PracticeNotice } from '../overview/practice-notice.tsx';
import { PlainButton } from '../parts/button.tsx';
import { Confirm } from '../parts/confirm.tsx';
import { Foreign } from '../parts/foreign.tsx';
import { Notice } from '../parts/notice.tsx';
import { Page } from '../parts/page.tsx';
import { go, hashOf } from '../route.ts';
import { words } from '../words.ts';
import { AccountCheck } from './account-check.tsx';
import { AccountSignIn } from './account-sign-in.tsx';
import { Devices } from './devices.tsx';
import { LocalPassword } from './local-password.tsx';
import { MailProgramValues } from './mail-program-values.tsx';

const text = words.accounts;

/** The question or the alarm that holds this account up, first of all. */
function OpenQuestion({ account }: { account: string }) {
  const waiting = useDerived(concernTables, (state) => {
    const { alarms, open } = concernsIn(state);
    const alarm = alarms.find((each) => each.account === account);
    if (alarm) return { alarm: true, place: hashOf(placeOfAlarm(alarm)) };
    const question = open.find((each) => each.account === account);
    return question ? { alarm: false, place: hashOf({ page: 'certificates', item: question.id }) } : null;
  });
  return (
    <div role="status">
      {waiting && (
        <Notice kind={waiting.alarm ? 'bad' : 'warn'}>
          <p>
            {waiting.alarm ? words.overview.standing.alarm : words.overview.standing.question}.{' '}
            <a className="link" href={waiting.place}>
              {waiting.alarm ? words.overview.toAlarm : words.overview.toQuestion}
            </a>
          </p>
        </Notice>
      )}
    </div>
  );
}

interface AccountPageProps {
  account: AccountConfiguration;
  onRemoved: (configuration: Configuration) => void;
}

/** One account: how it signs in, what to type into the mail program, a test, and what is remembered about its servers. */
export function AccountPage({ account, onRemoved }: AccountPageProps) {
  const { name } = account;
  const [asking, setAsking] = useState(false);
  const practised = useRow('core', 'core')?.practice;
  const practice = practised?.account === name ? practised : undefined;
  const read = useCommand('configuration');
  const removal = useCommand('removeAccount');
  const own = ownSignIn(account);
  const kind = kindOfAll(account.relays);

  const remove = async () => {
    if (!(await removal.run({ account: name })).ok) return;
    const now = await read.run({});
    if (!now.ok) return;
    onRemoved(now.value);
    go({ page: 'accounts' });
  };

  return (
    <Page
      title={<Foreign text={name} max={100} />}
      back={{ to: { page: 'accounts' }, word: text.back }}
      actions={
        <>
          {!practice && (
            <a className="button button-plain" href={hashOf({ page: 'accounts', item: name, action: 'edit' })}>
              {text.edit}
            </a>
          )}
          <PlainButton kind="quiet" onPress={() => setAsking(true)}>
            {text.remove}
          </PlainButton>
        </>
      }
    >
      <OpenQuestion account={name} />
      {practice && <PracticeNotice practice={practice} onItsPage />}
      {own && <AccountSignIn account={account} />}
      <MailProgramValues account={account} practice={practice} />
      {own && <LocalPassword key={`${name} local`} account={name} kind={kind} />}
      <AccountCheck key={name} account={account} practice={practice} />
      {!own && !practice && <AccountSignIn account={account} />}
      <Devices account={name} />
      <h2 className="section-title">{words.certificates.decisions.heading}</h2>
      <div className="card">
        <Decisions account={name} />
      </div>
      <h2 className="section-title">{words.certificates.servers.heading}</h2>
      <div className="card">
        <KnownServers account={name} />
      </div>
      <Confirm
        open={asking}
        title={text.confirmRemove(inert(name, 100))}
        text={own ? `${text.confirmRemoveText(kind)} ${text.confirmRemoveOwn[own.kind]}` : text.confirmRemoveText(kind)}
        action={text.remove}
        busy={read.busy || removal.busy}
        failure={removal.failure ?? read.failure}
        onConfirm={() => void remove()}
        onClose={() => setAsking(false)}
      />
    </Page>
  );
}
