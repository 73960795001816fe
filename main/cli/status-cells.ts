import { fingerprintText, type RelayRow, type SessionRow } from '../../proxy/contract/index.ts';
import { bytes, localDate } from './event-line.ts';

// The cells of what `postern status` shows in columns.

/** Why a relay makes no new connections; null if it does. */
export type Stopped = 'stopped' | 'paused' | null;

/** What was true before is shown only while it still is. */
export function relayCells(relay: RelayRow, sessions: SessionRow[], stopped: Stopped): string[] {
  const open = sessions.filter((session) => session.relay === relay.name).length;
  return [
    relay.name,
    relay.protocol.toUpperCase(),
    relay.listeners
      .map(
        ({ address, port, status }) =>
          `${address} port ${port}${status.kind === 'listening' ? '' : ' (NOT LISTENING)'}`,
      )
      .join(', '),
    `${relay.server} port ${relay.port}`,
    `${open} open, ${relay.sessionsTotal} in all, ${relay.refusalsTotal} refused`,
    stopped === null ? protectionText(relay.lastVerified) : '',
  ];
}

/** The evidence of the last verified session. It survives restarts. */
export function evidenceCells({ name, lastVerified, expiring }: RelayRow, stopped: Stopped): string[] {
  if (!lastVerified) return [`${name}:`, 'not seen yet. Postern sends nothing unencrypted.'];
  const { verifiedAt, tlsVersion, cipher, certificate, trust } = lastVerified;
  const until = certificate.notAfter.slice(0, 10);
  const now = stopped === null ? 'yes,' : `${noneNow[stopped]}. Earlier ones were encrypted:`;
  return [
    `${name}:`,
    `${now} ${trust.kind === 'verified' ? 'verified' : 'trusted by you'} ${localDate(verifiedAt)}, ${tlsVersion}, ${cipher}`,
    `certificate SHA-256 ${fingerprintText(certificate.fingerprint)}, ${expiring ? `ENDS SOON: ${until}` : `valid until ${until}`}`,
  ];
}

const noneNow = {
  stopped: 'new connections are stopped',
  paused: 'Postern is paused, and makes no new connections',
};

export function sessionCells(session: SessionRow): string[] {
  const { relay, openedAt, phase, protection } = session;
  return [
    relay,
    `since ${localDate(openedAt)}`,
    phases[phase],
    `${bytes(session.bytesUp)} sent`,
    `${bytes(session.bytesDown)} received`,
    protectionText(protection),
  ];
}

const phases = {
  connecting: 'connecting',
  'waiting-for-decision': 'waits for your decision about the certificate',
  'signing-in': 'signing in',
  'signed-in': 'signed in',
};

function protectionText(protection: SessionRow['protection']): string {
  if (!protection) return '';
  return `${protection.tlsVersion}, ${protection.trust.kind === 'verified' ? 'verified' : 'trusted by you'}`;
}
