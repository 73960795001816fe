import { useId, useState } from 'react';
import {
  type AccountConfiguration,
  type ClientCard,
  type FilledCard,
  fillCard,
  fingerprintText,
  isDevice,
  type OwnValue,
  ownLegWords,
  ownSignIn,
  ownValues,
  plainLegWords,
} from '../../proxy/contract/index.ts';
import { inert } from '../../proxy/contract/inert.ts';
import { clientCards } from '../client-cards.ts';
import { useDerived, useRow } from '../live.tsx';
import { PlainButton } from '../parts/button.tsx';
import { Choice } from '../parts/field.tsx';
import { Failure, Notice } from '../parts/notice.tsx';
import { Page } from '../parts/page.tsx';
import { words } from '../words.ts';
import { CardSteps } from './card-steps.tsx';
import { useLocalPassword } from './local-password.tsx';

const text = words.cards;

function CardOptions({ label, cards }: { label: string; cards: readonly ClientCard[] }) {
  return (
    <optgroup label={label}>
      {cards.map((card) => (
        <option key={card.id} value={card.id}>
          {card.name}
        </option>
      ))}
    </optgroup>
  );
}

function ProgramChooser({ chosen, onChoose }: { chosen: string; onChoose: (id: string) => void }) {
  const id = useId();
  return (
    <div className="field card-chooser">
      <label htmlFor={id}>{text.program}</label>
      <select id={id} className="input" value={chosen} onChange={(event) => onChoose(event.target.value)}>
        <option value="">{text.choose}</option>
        <CardOptions label={text.programs} cards={clientCards().filter((card) => !isDevice(card))} />
        <CardOptions label={text.devices} cards={clientCards().filter(isDevice)} />
      </select>
    </div>
  );
}

/** What to know first: what the program cannot do, and where the labels come from. */
function Remarks({ card, filled }: { card: ClientCard; filled: FilledCard }) {
  const warnings = [
    ...filled.missing.map((what) => text.missing[what]),
    ...filled.fixedPorts.map(({ relay, port, listens }) =>
      text.fixedPort(inert(relay, 100), port, listens === 0 ? text.unknownPort : String(listens)),
    ),
  ];
  return (
    <>
      {warnings.map((warning) => (
        <Notice kind="warn" key={warning}>
          <p>{warning}</p>
        </Notice>
      ))}
      {filled.notes.map((note) => (
        <p key={note}>{note}</p>
      ))}
      <p className="hint">{text.checked[card.checked]}</p>
    </>
  );
}

/** How the connection from the program to Postern is encrypted: not at all, or with Postern's certificate. */
function OwnLegs({ filled: { ownLegs } }: { filled: FilledCard }) {
  const certificate = useRow('core', 'core')?.localCertificate;
  if (ownLegs.length === 0) return <p>{plainLegWords}</p>;
  const inTls = ownLegs.some(({ localTls }) => localTls !== 'off' && localTls !== 'here');
  return (
    <>
      {ownLegs.map(({ relay, localTls }) => (
        <p key={relay}>
          {inert(relay, 100)}: {ownLegWords[localTls]}
        </p>
      ))}
      {inTls && certificate && <p>{text.certificate(fingerprintText(certificate.fingerprint))}</p>}
    </>
  );
}

/** What to enter in one mail program for one account: field by field, to copy and to print. */
export function CardPage({ account }: { account: AccountConfiguration }) {
  const [id, setId] = useState('');
  const [incoming, setIncoming] = useState<'imap' | 'pop3'>('imap');
  const practice = useRow('core', 'core')?.practice;
  const own = ownSignIn(account);
  const local = useLocalPassword(own && account.name);
  const user = practice?.account === account.name ? practice.user : own?.user;
  const ports = useDerived(['relays'], (state) =>
    state.rows('relays').map(({ name, listeners }) => [name, listeners[0]?.port ?? 0] as const),
  );
  const card = clientCards().find((each) => each.id === id);
  const has = (protocol: 'imap' | 'pop3') =>
    card?.protocols.includes(protocol) === true && account.relays.some((relay) => relay.protocol === protocol);
  const both = has('imap') && has('pop3');
  const filled =
    card &&
    fillCard(card, account.relays, {
      own: ownWords(user, own ? local.password : undefined),
      account: account.name,
      ports: new Map(ports.filter(([, port]) => port !== 0)),
      incoming: both ? incoming : undefined,
    });
  return (
    <Page
      title={text.heading(card?.name ?? null)}
      lead={text.lead(inert(account.name, 100))}
      back={{ to: { page: 'accounts', item: account.name }, word: text.back }}
      actions={filled && <PlainButton onPress={() => window.print()}>{text.print}</PlainButton>}
    >
      <div className="card card-choices">
        <ProgramChooser chosen={id} onChoose={setId} />
        {both && (
          <Choice
            label={text.incoming}
            value={incoming}
            onChange={setIncoming}
            options={[
              { value: 'imap', ...text.imap },
              { value: 'pop3', ...text.pop3 },
            ]}
          />
        )}
      </div>
      <Failure text={local.failure} />
      {own && card && filled && <p>{text.localPassword}</p>}
      {card && !filled && (
        <Notice kind="warn">
          <p>{text.nothing}</p>
        </Notice>
      )}
      {card && filled && (
        <>
          <Remarks card={card} filled={filled} />
          <CardSteps key={`${id} ${incoming}`} steps={filled.steps} />
          <OwnLegs filled={filled} />
        </>
      )}
    </Page>
  );
}

/** @param local the local password; null while it is not known, undefined where there is none */
function ownWords(
  user: string | undefined,
  local: string | null | undefined,
): Record<OwnValue, { value: string; known: boolean }> {
  const entries = ownValues.map((each) => [each, { value: text.own[each], known: false }] as const);
  const values = Object.fromEntries(entries) as Record<OwnValue, { value: string; known: boolean }>;
  if (user !== undefined) {
    values.user = { value: inert(user, 100), known: true };
    values['user.encoded'] = { value: encodeURIComponent(user), known: true };
  }
  if (local !== undefined) {
    values.password = local === null ? { value: text.own.local, known: false } : { value: local, known: true };
  }
  return values;
}
