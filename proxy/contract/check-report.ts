import type { Diagnosis } from './diagnosis.ts';
import type { Protocol } from './protocol.ts';

/** One step of a check, in the order in which it was done. */
export interface CheckStep {
  relay: string;
  step: 'connect' | 'greeting' | 'tls' | 'sign-in' | 'mailbox' | 'sign-out';
  outcome: 'ok' | 'failed' | 'skipped';
  /** What was seen, in a sentence. */
  message: string;
  milliseconds: number;
}

export interface RelayCheck {
  relay: string;
  account: string;
  protocol: Protocol;
  outcome: 'ok' | 'failed';
  steps: CheckStep[];
  tlsVersion: string | null;
  cipher: string | null;
  /** ISO 8601: when the server's certificate ends. */
  certificateExpires: string | null;
  trust: 'verified' | 'trusted-by-you' | null;
  /** Devices of the local network sign in here by themselves: what is checked is the way from Postern to the server. */
  devices?: true;
  /** What went wrong and what to do about it; missing when nothing did. */
  diagnosis?: Diagnosis;
}

export interface CheckReport {
  outcome: 'ok' | 'failed';
  relays: RelayCheck[];
}

/** Until when a certificate is valid, or was. @param notAfter ISO 8601 */
export function validity(notAfter: string, now: Date = new Date()): string {
  return `${Date.parse(notAfter) < now.getTime() ? 'EXPIRED on' : 'valid until'} ${notAfter.slice(0, 10)}`;
}

/** Whether a check signed in, or tried to: without user name and password it only looks at the servers. */
export function signInWasTried({ relays }: CheckReport): boolean {
  return relays.every(({ steps }) => steps.every(({ step, outcome }) => step !== 'sign-in' || outcome !== 'skipped'));
}
