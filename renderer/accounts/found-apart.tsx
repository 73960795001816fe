import { useState } from 'react';
import { type DiscoveryReport, type FoundServer, protocolFacts, serversApart } from '../../proxy/contract/index.ts';
import { PlainButton } from '../parts/button.tsx';
import { words } from '../words.ts';
import { ForeignServers } from './foreign-servers.tsx';

const text = words.findServers;

interface FoundApartProps {
  report: DiscoveryReport;
  /** Opens the form of an account with this server. */
  onApart: (server: FoundServer) => void;
}

/** A button for each server that was found and becomes an account of its own. */
export function FoundApart({ report, onApart }: FoundApartProps) {
  const [confirmed, setConfirmed] = useState<ReadonlySet<string>>(new Set());
  return serversApart(report.servers).map((found) => {
    const { add, heading, affirm } =
      text.apart[protocolFacts[found.protocol].purpose === 'news' ? 'news' : 'address-book'];
    return (
      <div key={found.protocol}>
        <ForeignServers
          servers={found.confirm ? [found.server] : []}
          address={report.address}
          heading={heading}
          affirmation={affirm}
          confirmed={confirmed}
          onChange={setConfirmed}
        />
        <div className="buttons">
          <PlainButton
            kind="quiet"
            disabled={found.confirm && !confirmed.has(found.server)}
            onPress={() => onApart(found)}
          >
            {add}
          </PlainButton>
        </div>
      </div>
    );
  });
}
