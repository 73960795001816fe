import { type SyntheticEvent, useEffect, useRef, useState } from 'react';
import type { Configuration, Protocol } from '../../proxy/contract/index.ts';
import { inert } from '../../proxy/contract/inert.ts';
import { kindOfAll } from '../../proxy/contract/words/kinds.ts';
import {
  type AccountDraft,
  checkDraft,
  draftOf,
  type FieldId,
  type MovedServer,
  movedServers,
  withNames,
} from '../account-draft.ts';
import { forgetDraft, keepDraft, keptDraft } from '../kept-draft.ts';
import { useCommand, useRow } from '../live.tsx';
import { PracticeEnds } from '../overview/practice-notice.tsx';
import { ActionButton, PlainButton } from '../parts/button.tsx';
import { Confirm } from '../parts/confirm.tsx';
import { TextEntry } from '../parts/field.tsx';
import { Failure, Notice } from '../parts/notice.tsx';
import { Page } from '../parts/page.tsx';
import { bothAddresses, newRelay, type RelayDraft } from '../relay-draft.ts';
import { go } from '../route.ts';
import { noSignIn } from '../sign-in-draft.ts';
import { words } from '../words.ts';
import { RelayFields } from './relay-fields.tsx';
import { SignInFields } from './sign-in-fields.tsx';

const text = words.accounts.form;

interface AccountFormProps {
  configuration: Configuration;
  /** The account's name in the configuration; null for a new one. */
  original: string | null;
  /** What a new account starts with; by default, the usual kinds of servers, empty. */
  beginning?: AccountDraft | undefined;
  onSaved: (configuration: Configuration, name: string) => void;
}

/** The usual new account: one relay for reading mail and one for sending. */
const usualProtocols: Protocol[] = ['imap', 'smtp'];

/** Adds an account or changes one. Every field is checked as one types; what was not touched yet is not complained about. */
export function AccountForm({ beginning, onSaved, ...given }: AccountFormProps) {
  /** The account that the draft changes. */
  const [{ configuration, original }, setBase] = useState(given);
  const account = configuration.accounts.find((each) => each.name === original);
  const others = configuration.accounts.filter((each) => each !== account);
  const [begun] = useState(() => ({ original, before: account ?? null }));
  const [restored] = useState(() => keptDraft(begun));
  const [draft, setDraft] = useState<AccountDraft>(() =>
    account
      ? (restored ?? draftOf(account))
      : withNames(
          beginning ??
            restored ?? { name: '', relays: usualProtocols.map((protocol, key) => newRelay(key, protocol, '')) },
          others,
        ),
  );
  const [touched, setTouched] = useState<ReadonlySet<FieldId | 'all'>>(new Set());
  const [clash, setClash] = useState(false);
  const [moves, setMoves] = useState<MovedServer[]>([]);
  const nextKey = useRef(1 + Math.max(-1, ...draft.relays.map(({ key }) => key)));
  const practice = useRow('core', 'core')?.practice?.account;
  const read = useCommand('configuration');
  const configure = useCommand('configure');
  const rename = useCommand('renameAccount');
  const freePorts = useCommand('freePorts');
  const form = useRef<HTMLFormElement>(null);

  const checked = checkDraft(configuration, original, draft);
  const shownFault = (field: FieldId) =>
    checked.ok || !(touched.has(field) || touched.has('all')) ? undefined : checked.faults.get(field);
  const touch = (field: FieldId) => setTouched((before) => (before.has(field) ? before : new Set(before).add(field)));
  const change = (to: AccountDraft) => {
    const named = withNames(to, others);
    keepDraft({ ...begun, draft: named });
    setDraft(named);
  };
  const changeRelay = (relay: RelayDraft) =>
    change({ ...draft, relays: draft.relays.map((each) => (each.key === relay.key ? relay : each)) });

  /** Fills in free ports: for one relay, or for all that have none. */
  const suggest = async (wanted: readonly RelayDraft[]) => {
    const free = await freePorts.run({ protocols: wanted.map((relay) => relay.protocol) });
    if (!free.ok) return;
    const ports = new Map(wanted.map((relay, index) => [relay.key, free.value.ports[index]]));
    setDraft((now) => ({
      ...now,
      relays: now.relays.map((relay) => {
        const place = ports.get(relay.key);
        if (!place) return relay;
        // A mail program may try either loopback address first: the relay takes both where the computer has both.
        const both = typeof place.listen === 'number' && relay.listenAddress === '127.0.0.1';
        return { ...relay, listenPort: String(place.port), ...(both && { listenAddress: bothAddresses }) };
      }),
    }));
  };
  // Whoever leaves the form has done with it; a page that is loaded again is not left.
  useEffect(() => forgetDraft, []);
  // biome-ignore lint/correctness/useExhaustiveDependencies: once, for the form as it opens
  useEffect(() => {
    const without = draft.relays.filter((relay) => relay.listenPort === '');
    if (without.length > 0) void suggest(without);
  }, []);

  const save = async (event: SyntheticEvent) => {
    event.preventDefault();
    setTouched(new Set(['all']));
    setClash(false);
    if (!checked.ok) {
      requestAnimationFrame(() => form.current?.querySelector<HTMLElement>('[aria-invalid=true]')?.focus());
      return;
    }
    // A mistake, or somebody else at the keyboard, must not send the next password elsewhere.
    const moved = account ? movedServers(account, checked.configuration) : [];
    if (moved.length > 0) return setMoves(moved);
    await store();
  };

  const store = async () => {
    // Saved on top of what is in force now, which another window may have changed since.
    let now = await read.run({});
    if (!now.ok) return;
    const there = now.value.accounts.find((each) => each.name === original);
    if (JSON.stringify(there) !== JSON.stringify(account)) return setClash(true);
    const name = draft.name.trim();
    let base = original;
    // By a command of its own: data stored under the old name moves to the new one.
    if (original !== null && name !== original) {
      if (!(await rename.run({ account: original, to: name })).ok) return;
      now = await read.run({});
      if (!now.ok) return;
      base = name;
      setBase({ configuration: now.value, original: name });
    }
    const again = checkDraft(now.value, base, draft);
    if (!again.ok) return setClash(true);
    const { accounts } = again.configuration;
    // The practice account makes way for the first real one.
    const kept = name === practice ? accounts : accounts.filter((each) => each.name !== practice);
    const saved = { ...again.configuration, accounts: kept };
    if ((await configure.run({ configuration: saved })).ok) onSaved(saved, name);
  };
  const addRelay = () => {
    const relay = newRelay(nextKey.current, 'imap', '');
    nextKey.current += 1;
    change({ ...draft, relays: [...draft.relays, relay] });
    void suggest([relay]);
  };
  const nameFault = shownFault('name');
  const signIn = draft.signIn ?? noSignIn;
  const moved = moves.map(({ from, to }) => text.serverBecomes(inert(from, 200), inert(to, 200))).join(' ');
  const elsewhere = moves.length === 0 || moves.some((each) => each.elsewhere);
  const kept = signIn.kind === 'pass-through' ? text.confirmServerText : text.confirmServerTextOwn[signIn.kind];
  const confirmText = elsewhere ? kept : text.confirmPortText;

  return (
    <Page title={original === null ? text.newHeading : text.editHeading(inert(original, 100))}>
      {original === null && <PracticeEnds />}
      <div role="status">
        {restored && beginning === undefined && (
          <Notice kind="warn">
            <p>{text.restored}</p>
          </Notice>
        )}
      </div>
      <form className="account-form" ref={form} noValidate onSubmit={(event) => void save(event)}>
        <div className="card">
          <TextEntry
            label={text.name}
            hint={text.nameHint}
            value={draft.name}
            onChange={(name) => {
              touch('name');
              change({ ...draft, name });
            }}
            onBlur={() => touch('name')}
            fault={nameFault && words.accounts.wrong.name[nameFault]}
          />
        </div>
        <div className="card">
          <SignInFields
            draft={signIn}
            of={kindOfAll(draft.relays)}
            faultOf={(field) => shownFault(`signIn.${field}`)}
            onChange={(changed, field) => {
              if (field) touch(`signIn.${field}`);
              change({ ...draft, signIn: changed });
            }}
            onLeave={(field) => touch(`signIn.${field}`)}
          />
        </div>
        {draft.relays.map((relay, index) => (
          <div className="card" key={relay.key}>
            <RelayFields
              relay={relay}
              number={index + 1}
              own={signIn.kind !== 'pass-through'}
              faultOf={(field) => shownFault(`${relay.key}.${field}`)}
              onChange={(changed, field) => {
                touch(`${relay.key}.${field}`);
                changeRelay(changed);
              }}
              onLeave={(field) => touch(`${relay.key}.${field}`)}
              onSuggest={() => void suggest([relay])}
              onRemove={
                draft.relays.length > 1
                  ? () => change({ ...draft, relays: draft.relays.filter((each) => each.key !== relay.key) })
                  : null
              }
            />
          </div>
        ))}
        {shownFault('relays') && (
          <Notice kind="warn">
            <p>{text.noRelays}</p>
          </Notice>
        )}
        <PlainButton icon="plus" onPress={addRelay}>
          {text.addRelay}
        </PlainButton>
        <Failure
          text={
            clash ? text.changedElsewhere : (read.failure ?? rename.failure ?? configure.failure ?? freePorts.failure)
          }
        />
        <div className="buttons form-buttons">
          <ActionButton type="submit" kind="main" disabled={configure.busy || read.busy || rename.busy}>
            {configure.busy ? words.common.working : text.save}
          </ActionButton>
          <PlainButton
            onPress={() => go(original === null ? { page: 'accounts' } : { page: 'accounts', item: original })}
          >
            {words.common.cancel}
          </PlainButton>
          <span className="hint" role="status">
            {touched.has('all') && !checked.ok ? text.faults : ''}
          </span>
        </div>
      </form>
      <Confirm
        open={moves.length > 0}
        title={(elsewhere ? text.confirmServer : text.confirmPort)(inert(original ?? '', 100))}
        text={confirmText(moved)}
        action={elsewhere ? text.confirmServerAction : text.confirmPortAction}
        busy={configure.busy || read.busy}
        failure={null}
        onConfirm={() => {
          setMoves([]);
          void store();
        }}
        onClose={() => setMoves([])}
      />
    </Page>
  );
}
