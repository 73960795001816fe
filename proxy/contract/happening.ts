import type { PosternEvent } from './events.ts';
import type { Happening } from './state.ts';

/** The line that an event is worth to a person; null for none. */
export function happeningOf(event: PosternEvent): Happening | null {
  switch (event.event) {
    case 'listening':
      return { kind: 'relay-listening', address: event.address, port: event.port };
    case 'relay-failed': {
      const { reason, message, code, facts } = event;
      return { kind: 'relay-failed', reason, message, code, facts };
    }
    case 'session-verified': {
      const { session, tlsVersion, cipher, fingerprint, trust } = event;
      return { kind: 'session-verified', session, tlsVersion, cipher, fingerprint, trust };
    }
    case 'session-closed': {
      // The refusal has its own line already.
      if (event.ending === 'refused') return null;
      const { session, bytesUp, bytesDown, ending } = event;
      return { kind: 'session-closed', session, bytesUp, bytesDown, ending };
    }
    case 'refused': {
      const { reason, message, code, facts } = event;
      return { kind: 'refused', reason, message, code, facts };
    }
    case 'certificate-pending': {
      const { id, host, problems } = event;
      return { kind: 'certificate-pending', id, host, problems };
    }
    case 'certificate-expiring': {
      const { host, notAfter, threshold, daysLeft } = event;
      return { kind: 'certificate-expiring', host, notAfter, threshold, daysLeft };
    }
    case 'sign-in-needed':
      return { kind: 'sign-in-needed', reason: event.reason };
    case 'signed-in':
      return { kind: 'signed-in' };
    case 'certificate-decided': {
      const { id, host, decision } = event;
      return { kind: 'certificate-decided', id, host, decision, ...(event.with && { with: event.with }) };
    }
    case 'ready':
    case 'configuration-applied':
    case 'configuration-refused':
    case 'session-opened':
      return null;
  }
}
