import { parseListen, type RelayConfiguration } from '../../proxy/contract/index.ts';
import { inert } from '../../proxy/contract/inert.ts';
import { useRow } from '../live.tsx';
import { type PickableValue, PickableValues } from '../parts/facts.tsx';
import { Foreign } from '../parts/foreign.tsx';
import { hashOf } from '../route.ts';
import { words } from '../words.ts';

const text = words.accounts.values;

function RelayValues({ relay, user }: { relay: RelayConfiguration; user: string | undefined }) {
  const row = useRow('relays', relay.name);
  const configured = parseListen(relay.listen)?.[0];
  // Port 0 lets the system choose; the listener knows which it became.
  const port = configured?.port || row?.listeners[0]?.port || text.anyPort;
  const values: PickableValue[] = [
    [text.server, configured?.address ?? '127.0.0.1'],
    [text.port, String(port)],
    [text.security, text.securityValue, text.securityHint],
    [text.authentication, text.authenticationValue],
    [text.user, user === undefined ? text.userValue : inert(user, 100)],
  ];
  return (
    <section className="values-block">
      <h3>
        {relay.protocol === 'smtp' ? text.outgoing : text.incoming}{' '}
        <span className="hint">
          {words.common.protocolName[relay.protocol]} · <Foreign text={relay.name} max={100} />
        </span>
      </h3>
      <PickableValues values={values} />
    </section>
  );
}

interface MailProgramValuesProps {
  account: string;
  relays: readonly RelayConfiguration[];
  /** Where it is known: of the practice account alone. */
  user: string | undefined;
}

/** What to type into the mail program, relay by relay. */
export function MailProgramValues({ account, relays, user }: MailProgramValuesProps) {
  return (
    <section className="card" aria-labelledby="values-heading">
      <h2 id="values-heading">{text.heading}</h2>
      <p className="lead">{text.lead}</p>
      <div className="values-blocks">
        {relays.map((relay) => (
          <RelayValues key={relay.name} relay={relay} user={user} />
        ))}
      </div>
      <a className="link" href={hashOf({ page: 'accounts', item: account, action: 'card' })}>
        {words.cards.link}
      </a>
    </section>
  );
}
