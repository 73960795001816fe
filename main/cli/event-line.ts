import type { PosternEvent } from '../../proxy/contract/index.ts';

/** What `postern run` says about an event to a person; null for what is not worth a line. */
export function eventLine(event: PosternEvent): string | null {
  const sentence = eventSentence(event);
  return sentence === null ? null : `${localTime(event.time)}  ${sentence}`;
}

function eventSentence(event: PosternEvent): string | null {
  switch (event.event) {
    case 'session-verified': {
      const trust = event.trust === 'verified' ? 'certificate verified' : 'certificate trusted by you';
      return `${event.relay}: connected (${event.tlsVersion}, ${trust})`;
    }
    case 'session-closed':
      if (event.ending === 'refused') return null;
      return `${event.relay}: ${endings[event.ending]} (${bytes(event.bytesUp)} sent, ${bytes(event.bytesDown)} received)`;
    case 'refused':
      return `${event.relay}: refused. ${event.message}`;
    case 'certificate-pending': {
      const open =
        event.offers.length > 1
          ? `postern certificates approve ${event.id}, or reject ${event.id}`
          : 'postern certificates';
      return `${event.relay}: the certificate of ${event.host} port ${event.port} needs a decision (${event.problems.join(', ')}). Look at it: ${open}`;
    }
    case 'certificate-expiring':
      return `${event.relay}: the certificate of ${event.host} ends in ${event.daysLeft} days (${event.notAfter.slice(0, 10)}). The provider has to renew it; if that is you, do it now.`;
    case 'certificate-decided':
      return `Certificate ${event.id.slice(0, 12)}: ${decisions[event.decision]}`;
    case 'relay-failed':
      return `${event.relay}: NOT LISTENING on ${event.address} port ${event.port}. ${event.message}`;
    case 'listening':
    case 'ready':
    case 'session-opened':
      return null;
  }
}

const endings = {
  clean: 'done',
  truncated: 'the server ended the connection without saying so; the last message may not be whole',
  'client-reset': 'the mail program broke the connection off',
  stopped: 'ended, because Postern stops or the relay was changed',
  'decision-forgotten': 'ended, because the decision about the certificate was forgotten',
  'authority-removed': 'ended, because the authority that vouched for the server was taken out of the configuration',
  paused: 'not connected, because Postern is paused',
  'certificate-revoked': "ended, because the server's certificate has been revoked",
};

const decisions = {
  reject: 'rejected',
  once: 'trusted until Postern stops',
  always: 'always trusted',
  forgotten: 'forgotten',
  retired: 'the server verifies by itself now; the exception is not needed any more',
};

/** `14:03:09` in the time of this computer. */
function localTime(iso: string): string {
  return new Date(iso).toTimeString().slice(0, 8);
}

/** `2026-11-21 14:03` in the time of this computer. */
export function localDate(iso: string): string {
  const date = new Date(iso);
  const two = (value: number) => String(value).padStart(2, '0');
  return `${date.getFullYear()}-${two(date.getMonth() + 1)}-${two(date.getDate())} ${two(date.getHours())}:${two(date.getMinutes())}`;
}

/** `0 bytes`, `12.3 kB`, `4.0 MB`. */
export function bytes(count: number): string {
  if (count < 1000) return `${count} ${count === 1 ? 'byte' : 'bytes'}`;
  const units = ['kB', 'MB', 'GB', 'TB'];
  let value = count;
  let unit = '';
  for (const next of units) {
    value /= 1000;
    unit = next;
    if (value < 999.95) break;
  }
  return `${value.toFixed(1)} ${unit}`;
}
