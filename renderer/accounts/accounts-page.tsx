import { useState } from 'react';
import type { AccountConfiguration, Configuration, RelayStanding } from '../../proxy/contract/index.ts';
import type { AccountDraft } from '../account-draft.ts';
import { concernTables } from '../concerns.ts';
import { Icon } from '../icons.tsx';
import { useDerived, useRow } from '../live.tsx';
import { Search } from '../parts/field.tsx';
import { Foreign } from '../parts/foreign.tsx';
import { LongList } from '../parts/long-list.tsx';
import { Mark, type Tone } from '../parts/mark.tsx';
import { useNarrow } from '../parts/narrow.ts';
import { Failure, Notice } from '../parts/notice.tsx';
import { Page } from '../parts/page.tsx';
import { standingName, standingOf, standingTone } from '../parts/relay-view.ts';
import { go, hashOf, usePlace } from '../route.ts';
import { words } from '../words.ts';
import { AccountForm } from './account-form.tsx';
import { AccountPage } from './account-page.tsx';
import { CardPage } from './card-page.tsx';
import { FindServers } from './find-servers.tsx';
import { ImportAccounts } from './import-accounts.tsx';
import { useConfiguration } from './use-configuration.ts';

const text = words.accounts;

/** The number of accounts from which a search box is worth its space. */
const searchFrom = 8;

/** What an account's line says: the first of these that applies to one of its relays. */
const gravity: RelayStanding['kind'][] = [
  'alarm',
  'question',
  'sign-in',
  'refused',
  'not-listening',
  'doubted',
  'paused',
  'protected',
  'ready',
];

function AccountLine({ account }: { account: AccountConfiguration }) {
  const relays = account.relays.map((relay) => relay.name);
  const { tone, kind } = useDerived([...concernTables, 'sessions', 'accounts', 'core'], (state) => {
    const standings = relays.map((name) => standingOf(state, name)).filter((standing) => standing !== null);
    standings.sort((a, b) => gravity.indexOf(a.kind) - gravity.indexOf(b.kind));
    const [first] = standings;
    return { tone: first ? standingTone(first) : ('quiet' satisfies Tone), kind: first ? standingName(first) : null };
  });
  const practice = useRow('core', 'core')?.practice?.account === account.name;
  const servers = [...new Set(account.relays.map((relay) => relay.server))].join(', ');
  return (
    <a className="account-line" href={hashOf({ page: 'accounts', item: account.name })}>
      <span className="account-line-what">
        <b>
          <Foreign text={account.name} max={100} />
        </b>
        {practice && <span className="chip">{words.overview.practice.chip}</span>}
        <span className="hint">
          <Foreign text={servers} max={600} />
        </span>
      </span>
      {kind && <Mark tone={tone} word={words.overview.standing[kind]} />}
      <Icon name="chevron" size={16} />
    </a>
  );
}

function AccountList({ accounts }: { accounts: readonly AccountConfiguration[] }) {
  const [search, setSearch] = useState('');
  const narrow = useNarrow();
  const wanted = search.trim().toLowerCase();
  const shown = accounts.filter((account) =>
    `${account.name} ${account.relays.map((relay) => `${relay.name} ${relay.server}`).join(' ')}`
      .toLowerCase()
      .includes(wanted),
  );
  return (
    <Page
      title={text.heading}
      lead={text.lead}
      actions={
        <a className="button button-main" href={hashOf({ page: 'accounts', action: 'new' })}>
          <Icon name="plus" size={18} />
          {text.add}
        </a>
      }
    >
      {accounts.length >= searchFrom && <Search label={text.find} value={search} onChange={setSearch} />}
      <div className="card card-list">
        {accounts.length === 0 && <p className="empty">{text.none}</p>}
        {accounts.length > 0 && shown.length === 0 && <p className="empty">{text.noMatch}</p>}
        {shown.length > 0 && (
          <LongList label={text.list} rows={shown} keyOf={(account) => account.name} rowHeight={narrow ? 116 : 76}>
            {(account) => <AccountLine account={account} />}
          </LongList>
        )}
      </div>
    </Page>
  );
}

/** The accounts: all of them, one of them, or the form for one. */
export function AccountsPage() {
  const { item, action } = usePlace();
  const { configuration, failure, take } = useConfiguration();
  const [saved, setSaved] = useState<string | null>(null);
  const [beginning, setBeginning] = useState<AccountDraft>();
  const account = configuration?.accounts.find((each) => each.name === item);

  if (!configuration) {
    return (
      <Page title={text.heading}>
        <p className="empty">{text.loading}</p>
        <Failure text={failure} />
      </Page>
    );
  }
  const onSaved = (now: Configuration, name: string) => {
    take(now);
    setSaved(name);
    setBeginning(undefined);
    go({ page: 'accounts', item: name });
  };
  if (action === 'new') {
    return (
      <FindServers
        taken={configuration.accounts.map((each) => each.name)}
        onAdded={onSaved}
        onByHand={(draft) => {
          setBeginning(draft);
          go({ page: 'accounts', action: 'by-hand' });
        }}
      />
    );
  }
  if (action === 'import') {
    return <ImportAccounts onAdded={take} />;
  }
  if (action === 'by-hand' || (action === 'edit' && account)) {
    return (
      <AccountForm
        key={`${action} ${item}`}
        configuration={configuration}
        original={account?.name ?? null}
        beginning={beginning}
        onSaved={onSaved}
      />
    );
  }
  if (action === 'card' && account) return <CardPage account={account} />;
  if (item === undefined) return <AccountList accounts={configuration.accounts} />;
  return (
    <>
      <div role="status">
        {saved === item && (
          <Notice kind="good">
            <p>{text.saved}</p>
          </Notice>
        )}
      </div>
      {account ? (
        <AccountPage account={account} onRemoved={take} />
      ) : (
        <Page title={text.heading}>
          <p className="empty">{text.missing}</p>
          <a className="link" href={hashOf({ page: 'accounts' })}>
            {text.back}
          </a>
        </Page>
      )}
    </>
  );
}
