import { memo, type ReactNode } from 'react';
import type { PracticeAccount } from '../../proxy/contract/index.ts';
import { inert } from '../../proxy/contract/inert.ts';
import { Ago, useRow } from '../live.tsx';
import { Fold } from '../parts/fold.tsx';
import { Foreign } from '../parts/foreign.tsx';
import { Mark } from '../parts/mark.tsx';
import { Near } from '../parts/near.tsx';
import { hashOf } from '../route.ts';
import { words } from '../words.ts';
import type { AccountInOrder, RelayInOrder } from './accounts-in-order.ts';
import { PracticeNotice } from './practice-notice.tsx';
import { RelayCard } from './relay-card.tsx';

const text = words.overview;

/** The approximate height of one relay, in CSS pixels. */
const relayHeight = 320;

/** The practice account's notice, whatever its state; undefined for every other account. */
function usePractice(account: string): PracticeAccount | undefined {
  const practice = useRow('core', 'core')?.practice;
  return practice?.account === account ? practice : undefined;
}

function AccountLink({ name, children }: { name: string; children: ReactNode }) {
  return (
    <a className="link" href={hashOf({ page: 'accounts', item: name })}>
      {children}
    </a>
  );
}

/** A relay that is fine, beside one that is not. */
function RelayLine({ relay }: { relay: RelayInOrder }) {
  const row = useRow('relays', relay.name);
  if (!row) return null;
  return (
    <Fold
      look="line"
      summary={
        <>
          <span className="line-name">
            {words.common.protocol[row.protocol]} <span className="hint">{inert(relay.name, 100)}</span>
          </span>
          <Mark tone={relay.tone} word={text.standing[relay.kind]} />
        </>
      }
    >
      <RelayCard name={relay.name} />
    </Fold>
  );
}

/** An account that needs attention: a card for each relay that does, a line for each of the others. */
export const AccountCards = memo(function AccountCards({ account, many }: { account: AccountInOrder; many: boolean }) {
  const { name, relays } = account;
  const practice = usePractice(name);
  const urgent = relays.filter(({ urgency }) => urgency !== 'none');
  const cards = urgent.map((relay) => <RelayCard key={relay.name} name={relay.name} />);
  return (
    <section className="account" aria-label={inert(name, 100)}>
      <header className="card-head">
        <h3>
          <AccountLink name={name}>
            <Foreign text={name} max={100} />
          </AccountLink>
        </h3>
        <span className="hint">{text.accountSummary(relays.length, account.open)}</span>
      </header>
      {practice && <PracticeNotice practice={practice} />}
      <div className="relays">
        {many ? <Near height={urgent.length * relayHeight}>{cards}</Near> : cards}
        {relays.map((relay) => relay.urgency === 'none' && <RelayLine key={relay.name} relay={relay} />)}
      </div>
    </section>
  );
});

/** The summary of a healthy account: the best that can be said of any of its relays. */
function best(relays: readonly RelayInOrder[]): RelayInOrder | undefined {
  return relays.find(({ kind }) => kind === 'protected') ?? relays[0];
}

/** A healthy account in one line, which unfolds to its relays. */
export const AccountLine = memo(function AccountLine({ account }: { account: AccountInOrder }) {
  const { name, relays, open, lastSuccess } = account;
  const practice = usePractice(name);
  const shown = best(relays);
  return (
    <section className="account" aria-label={inert(name, 100)}>
      {practice && <PracticeNotice practice={practice} />}
      <Fold
        look="line"
        summary={
          <>
            <span className="line-name">
              <h3>
                <Foreign text={name} max={100} />
              </h3>
              <span className="hint">
                {text.accountSummary(relays.length, open)} ·{' '}
                {lastSuccess === null ? (
                  text.unused
                ) : (
                  <>
                    {text.lastEncrypted} <Ago at={lastSuccess} />
                  </>
                )}
              </span>
            </span>
            {shown && <Mark tone={shown.tone} word={text.standing[shown.kind]} />}
          </>
        }
      >
        <AccountLink name={name}>{text.toAccount}</AccountLink>
        {relays.map((relay) => (
          <RelayCard key={relay.name} name={relay.name} />
        ))}
      </Fold>
      {lastSuccess === null && !practice && (
        <p className="hint line-note">
          {text.unusedHint} <AccountLink name={name}>{text.practice.values}</AccountLink>
        </p>
      )}
    </section>
  );
});
