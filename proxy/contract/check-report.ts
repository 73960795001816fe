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
  /** What went wrong and what to do about it; missing when nothing did. */
  diagnosis?: Diagnosis;
}

export interface CheckReport {
  outcome: 'ok' | 'failed';
  relays: RelayCheck[];
}

/** Whether a check signed in, or tried to: without user name and password it only looks at the servers. */
export function signInWasTried({ relays }: CheckReport): boolean {
  return relays.every(({ steps }) => steps.every(({ step, outcome }) => step !== 'sign-in' || outcome !== 'skipped'));
}
