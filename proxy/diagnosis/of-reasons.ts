import type { RelayFailureReason } from '../contract/index.ts';

/** The diagnosis for each reason why a listener is not listening. */
export const codeOfRelayFailure = {
  'address-in-use': 'port-in-use',
  'permission-denied': 'port-not-permitted',
  'address-not-available': 'address-missing',
  'listen-failed': 'listening-failed',
} as const satisfies Record<RelayFailureReason, string>;
