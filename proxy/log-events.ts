import type { PosternEvent, Protocol } from './contract/index.ts';
import type { Log } from './log/log.ts';
import type { StateStore } from './state/store.ts';

/**
 * Writes the log from the events: one line for each session and refusal, and for whatever happens to listeners and
 * certificates.
 *
 * @returns what to call with every event
 */
export function logEvents(log: Log, state: StateStore, now: () => Date): (event: PosternEvent) => void {
  const verified = new Map<string, Extract<PosternEvent, { event: 'session-verified' }>>();
  /** The row of a relay that is taken out of the configuration goes before its sessions have ended. */
  const opened = new Map<string, { at: number; protocol: Protocol | null }>();

  return (event) => {
    switch (event.event) {
      case 'session-opened':
        opened.set(event.session, {
          at: now().getTime(),
          protocol: state.get('relays', event.relay)?.protocol ?? null,
        });
        return;
      case 'session-verified':
        verified.set(event.session, event);
        return;
      case 'session-closed': {
        const { session, relay, ending, bytesUp, bytesDown } = event;
        const tls = verified.get(session);
        const { at, protocol } = opened.get(session) ?? { at: now().getTime(), protocol: tls?.protocol ?? null };
        verified.delete(session);
        opened.delete(session);
        log.session({
          session,
          relay,
          protocol,
          ending,
          tlsVersion: tls?.tlsVersion ?? null,
          cipher: tls?.cipher ?? null,
          trust: tls?.trust ?? null,
          bytesUp,
          bytesDown,
          milliseconds: now().getTime() - at,
        });
        return;
      }
      case 'refused':
        log.refusal(event);
        return;
      case 'listening':
        log.info('listening', { relay: event.relay, address: event.address, port: event.port });
        return;
      case 'relay-failed':
        log.warn('relay-failed', { relay: event.relay, reason: event.reason, message: event.message });
        return;
      case 'certificate-pending':
        log.warn('certificate-pending', {
          id: event.id,
          account: event.account,
          host: event.host,
          port: event.port,
          fingerprint: event.fingerprint,
          problems: event.problems.join(','),
        });
        return;
      case 'certificate-expiring': {
        const { relay, host, port, fingerprint, notAfter } = event;
        log.warn('certificate-expiring', { relay, host, port, fingerprint, notAfter });
        return;
      }
      case 'sign-in-needed':
        log.warn('sign-in-needed', { account: event.account, reason: event.reason });
        return;
      case 'signed-in':
        log.info('signed-in', { account: event.account });
        return;
      case 'certificate-decided':
        log.info('certificate-decided', { id: event.id, decision: event.decision });
        return;
      case 'configuration-applied':
        log.info('configuration-applied', { file: event.file });
        return;
      case 'configuration-refused':
        log.error('configuration-refused', { message: event.message });
        return;
      case 'ready':
        log.info('ready');
    }
  };
}
