import {
  type AccountConfiguration,
  localTlsOf,
  ownSignIn,
  type PracticeAccount,
  parseListen,
  protocolFacts,
  type RelayConfiguration,
} from '../../proxy/contract/index.ts';
import { inert } from '../../proxy/contract/inert.ts';
import { kindOf, kindOfAll } from '../../proxy/contract/words/kinds.ts';
import { useRow } from '../live.tsx';
import { type PickableValue, PickableValues } from '../parts/facts.tsx';
import { Foreign } from '../parts/foreign.tsx';
import { hashOf } from '../route.ts';
import { words } from '../words.ts';

const text = words.accounts.values;

interface RelayValuesProps {
  relay: RelayConfiguration;
  practice: PracticeAccount | undefined;
  /** Whether Postern signs in at the server. */
  own: boolean;
}

/** The credentials for the mail program. */
function credentials(
  { admit, protocol }: RelayConfiguration,
  practice: PracticeAccount | undefined,
  own: boolean,
): PickableValue[] {
  if (practice) {
    return [
      [text.authentication, text.authenticationValue],
      [text.user, inert(practice.user, 100)],
      [text.password, inert(practice.password, 100)],
    ];
  }
  if (!own) {
    return [
      [text.authentication, text.authenticationValue],
      [text.user, text.userValue(kindOf(protocol))],
    ];
  }
  if (admit === 'no-password') return [[text.authentication, text.noAuthentication, text.noPassword]];
  return [
    [text.authentication, text.authenticationValue],
    [text.user, text.ownUserValue],
    [text.password, text.localPassword],
  ];
}

/** The mail program of this computer needs no encryption; a device on the local network may need it. */
function security(relay: RelayConfiguration): PickableValue {
  if (!relay.lan) return [text.security, text.securityValue, text.securityHint];
  const { value, hint } = text.deviceSecurity[localTlsOf(relay)];
  return [text.security, value, hint];
}

function RelayValues({ relay, practice, own }: RelayValuesProps) {
  const row = useRow('relays', relay.name);
  const configured = parseListen(relay.listen)?.[0];
  // Port 0 lets the system choose; the listener knows which port it got.
  const port = configured?.port || row?.listeners[0]?.port || text.anyPort;
  const values: PickableValue[] = [
    [text.server, configured?.address ?? '127.0.0.1'],
    [text.port, String(port)],
    security(relay),
    ...credentials(relay, practice, own),
  ];
  return (
    <section className="values-block">
      <h3>
        {text.purposes[protocolFacts[relay.protocol].purpose]}{' '}
        <span className="hint">
          {protocolFacts[relay.protocol].name} · <Foreign text={relay.name} max={100} />
        </span>
      </h3>
      <PickableValues values={values} />
    </section>
  );
}

interface MailProgramValuesProps {
  account: AccountConfiguration;
  /** If it is the practice account, for which everything is known. */
  practice: PracticeAccount | undefined;
}

/** What to type into the mail program, relay by relay. */
export function MailProgramValues({ account, practice }: MailProgramValuesProps) {
  const own = ownSignIn(account) !== null;
  const kind = kindOfAll(account.relays);
  return (
    <section className="card" aria-labelledby="values-heading">
      <h2 id="values-heading">{text.heading(kind)}</h2>
      <p className="lead">{practice ? text.practiceLead : (own ? text.ownLead : text.lead)(kind)}</p>
      <div className="values-blocks">
        {account.relays.map((relay) => (
          <RelayValues key={relay.name} relay={relay} practice={practice} own={own} />
        ))}
      </div>
      <a className="link" href={hashOf({ page: 'accounts', item: account.name, action: 'card' })}>
        {words.cards.link}
      </a>
    </section>
  );
}
