import { type SyntheticEvent, useState } from 'react';
import { accountApart, type Configuration, type DiscoveryStep } from '../../proxy/contract/index.ts';
import type { AccountDraft } from '../account-draft.ts';
import { draftApart, draftOfReport, readings } from '../found-draft.ts';
import { Icon, type IconName } from '../icons.tsx';
import { PracticeEnds } from '../overview/practice-notice.tsx';
import { ActionButton, PlainButton } from '../parts/button.tsx';
import { TextEntry } from '../parts/field.tsx';
import { Foreign } from '../parts/foreign.tsx';
import { Failure } from '../parts/notice.tsx';
import { Page } from '../parts/page.tsx';
import { hashOf } from '../route.ts';
import { words } from '../words.ts';
import { FoundAccount, nothingKind } from './found-account.tsx';
import { useSearch } from './use-search.ts';

const text = words.findServers;
const icons: Record<DiscoveryStep['outcome'], IconName> = {
  running: 'search',
  ok: 'check',
  nothing: 'minus',
  failed: 'cross',
};

function Steps({ steps }: { steps: readonly DiscoveryStep[] }) {
  return (
    <div role="log" aria-label={text.steps}>
      <ol className="steps">
        {steps.map(({ key, outcome, message }) => (
          <li key={key} className={`step step-${outcome}`}>
            <Icon name={icons[outcome]} size={16} />
            <span>
              <span className="unseen">{text.stepOutcome[outcome]}: </span>
              <Foreign text={message} max={600} />
            </span>
          </li>
        ))}
      </ol>
    </div>
  );
}

interface FindServersProps {
  /** Names that other accounts have. */
  taken: readonly string[];
  onAdded: (configuration: Configuration, name: string) => void;
  /** The person would rather fill in the form, starting from what is known so far. */
  onByHand: (draft: AccountDraft | undefined) => void;
}

/** The first step of a new account: its address, from which its servers are found. */
export function FindServers({ taken, onAdded, onByHand }: FindServersProps) {
  const [address, setAddress] = useState('');
  const { busy, failure, steps, report, start, cancel } = useSearch();

  const submit = (event: SyntheticEvent) => {
    event.preventDefault();
    if (!busy && address.trim() !== '') start(address);
  };
  return (
    <Page title={text.heading} lead={text.lead} back={{ to: { page: 'accounts' }, word: words.accounts.back }}>
      <PracticeEnds />
      <section className="card find-servers">
        <form className="find-form" noValidate onSubmit={submit}>
          <TextEntry
            label={text.address}
            hint={text.addressHint}
            value={address}
            onChange={setAddress}
            autoComplete="email"
          />
          <div className="buttons">
            <ActionButton type="submit" kind="main" icon="search" disabled={busy || address.trim() === ''}>
              {busy ? text.finding : text.find}
            </ActionButton>
            {busy && <PlainButton onPress={cancel}>{text.cancel}</PlainButton>}
            {!busy && (
              <PlainButton
                kind="quiet"
                onPress={() => onByHand(report ? draftOfReport(report, readings(report)[0] ?? 'imap') : undefined)}
              >
                {text.byHand}
              </PlainButton>
            )}
          </div>
        </form>
        {!busy && (
          <a className="link" href={hashOf({ page: 'accounts', action: 'import' })}>
            {text.fromProgram}
          </a>
        )}
        <Failure text={failure} />
        <Steps steps={steps} />
      </section>
      <div role="status" className="unseen">
        {report ? text[report.outcome === 'found' ? 'found' : nothingKind(report)] : ''}
      </div>
      {report && (
        <FoundAccount
          key={report.address}
          report={report}
          taken={taken}
          onAdded={onAdded}
          onByHand={(reading) => onByHand(draftOfReport(report, reading))}
          onApart={(server) => onByHand(draftApart(server, accountApart(server.protocol, report.address)))}
          onSearch={(reading) => start(report.address, reading)}
        />
      )}
    </Page>
  );
}
