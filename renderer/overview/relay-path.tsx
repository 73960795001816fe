import type { ReactNode } from 'react';
import {
  protocolFacts,
  type RelayRow,
  type RelayStanding,
  type UpstreamProtection,
} from '../../proxy/contract/index.ts';
import { inert } from '../../proxy/contract/inert.ts';
import { localLeg } from '../../proxy/contract/local-leg.ts';
import { cipherStrength } from '../cipher-strength.ts';
import { Icon, type IconName } from '../icons.tsx';
import { useTimely } from '../live.tsx';
import { Foreign } from '../parts/foreign.tsx';
import { TrustMark } from '../parts/mark.tsx';
import { isOffline, isPasswordRefused } from '../parts/relay-view.ts';
import { formatDay, formatDistance, formatEndpoint, formatTlsVersion } from '../words/format.ts';
import { words } from '../words.ts';

const text = words.overview.path;

function Stop({ icon, name, detail }: { icon: IconName; name: ReactNode; detail: ReactNode }) {
  return (
    <li className="stop">
      <span className="stop-picture">
        <Icon name={icon} size={24} />
      </span>
      <span className="stop-name">{name}</span>
      <span className="stop-detail">{detail}</span>
    </li>
  );
}

type LegTone = 'local' | 'bare' | 'well' | 'yours' | 'past' | 'open' | 'question' | 'refused' | 'paused';

const legIcons: Record<LegTone, IconName> = {
  local: 'program',
  bare: 'unlocked',
  well: 'lock',
  yours: 'lock',
  past: 'lock',
  open: 'ready',
  question: 'question',
  refused: 'cross',
  paused: 'pause',
};

function Leg({ tone, title, children }: { tone: LegTone; title: string; children?: ReactNode }) {
  return (
    <li className={`leg leg-${tone}`}>
      <span className="leg-line" aria-hidden="true">
        {tone !== 'local' && (
          <span className="leg-sign">
            <Icon name={legIcons[tone]} size={16} />
          </span>
        )}
      </span>
      <span className="leg-title">{title}</span>
      {children}
    </li>
  );
}

function Protection({ protection }: { protection: UpstreamProtection }) {
  const { notAfter } = protection.certificate;
  const expiry = useTimely((now) => {
    const say = Date.parse(notAfter) < now ? text.expired : text.expires;
    return say(formatDay(notAfter), formatDistance(notAfter, now));
  });
  const strength = words.common.strength[cipherStrength(protection.cipher)];
  return (
    <>
      <span className="leg-detail">{text.protection(formatTlsVersion(protection.tlsVersion), strength)}</span>
      <span className="leg-detail">{expiry}</span>
      <TrustMark trust={protection.trust.kind} />
    </>
  );
}

function UpstreamLeg({ standing }: { standing: RelayStanding }) {
  switch (standing.kind) {
    case 'protected':
      return (
        <Leg tone={standing.protection.trust.kind === 'verified' ? 'well' : 'yours'} title={text.protectedNow}>
          <Protection protection={standing.protection} />
        </Leg>
      );
    case 'ready':
      return standing.protection ? (
        <Leg tone="past" title={text.protectedLast}>
          <Protection protection={standing.protection} />
        </Leg>
      ) : (
        <Leg tone="open" title={text.notYet}>
          <span className="leg-detail">{text.notYetDetail}</span>
        </Leg>
      );
    case 'doubted': {
      const { protection, live } = standing;
      if (!protection) {
        return (
          <Leg tone="open" title={text.notYet}>
            <span className="leg-detail">{text.notYetDetail}</span>
          </Leg>
        );
      }
      const now = protection.trust.kind === 'verified' ? 'well' : 'yours';
      return (
        <Leg tone={live ? now : 'past'} title={live ? text.protectedNow : text.protectedLast}>
          <Protection protection={protection} />
        </Leg>
      );
    }
    case 'question':
      return <Leg tone="question" title={text.blockedQuestion} />;
    case 'sign-in':
      return <Leg tone="question" title={text.blockedSignIn} />;
    case 'refused': {
      const { protection, diagnosis } = standing.refusal;
      if (isOffline(diagnosis)) return <Leg tone="open" title={text.offline} />;
      if (!protection) return <Leg tone="refused" title={text.blocked} />;
      return (
        <Leg tone="past" title={isPasswordRefused(diagnosis) ? text.passwordRefused : text.refusedLater}>
          <Protection protection={protection} />
        </Leg>
      );
    }
    case 'alarm':
      return <Leg tone="refused" title={text.blocked} />;
    case 'paused':
      return <Leg tone="paused" title={text.pausedLeg} />;
    case 'not-listening':
      return (
        <Leg tone="open" title={text.notYet}>
          <span className="leg-detail">{text.notYetDetail}</span>
        </Leg>
      );
  }
}

/** The leg to Postern: it stays on this computer, or crosses the local network. */
function OwnLeg({ relay, away }: { relay: RelayRow; away: boolean }) {
  const leg = localLeg(relay);
  if (away) return <Leg tone="refused" title={text.notListening} />;
  if (leg === 'here') {
    return (
      <Leg tone="local" title={text.local}>
        <span className="leg-detail">{text.localDetail}</span>
      </Leg>
    );
  }
  const { title, detail } = text.network[leg];
  const old = relay.oldTls === 'taken' && leg !== 'open';
  return (
    <Leg tone={leg === 'open' ? 'bare' : old ? 'past' : 'well'} title={title}>
      <span className="leg-detail">{old ? text.oldTls : detail}</span>
    </Leg>
  );
}

/** A long name may break anywhere; a port stays in one piece. */
function Server({ endpoint }: { endpoint: string }) {
  const colon = endpoint.lastIndexOf(':');
  return (
    <>
      <Foreign text={endpoint.slice(0, colon)} max={100} />
      <wbr />
      <span className="port">{endpoint.slice(colon)}</span>
    </>
  );
}

/** The path of mail or news as a picture: the program, Postern, the server, and what protects each connection. */
export function RelayPath({ relay, standing }: { relay: RelayRow; standing: RelayStanding }) {
  const listener = relay.listeners[0];
  const address = listener ? formatEndpoint(inert(listener.address, 60), listener.port) : '';
  const { purpose } = protocolFacts[relay.protocol];
  const user = relay.localTls === undefined ? text.program[purpose] : text.device;
  return (
    <ol className="path" aria-label={text.picture[purpose]}>
      <Stop icon="program" name={user} detail={listener ? text.programAt(address) : ''} />
      <OwnLeg relay={relay} away={standing.kind === 'not-listening'} />
      <Stop icon="gate" name={text.postern} detail={text.posternAt} />
      <UpstreamLeg standing={standing} />
      <Stop
        icon="server"
        name={text.server[purpose]}
        detail={<Server endpoint={formatEndpoint(relay.server, relay.port)} />}
      />
    </ol>
  );
}
