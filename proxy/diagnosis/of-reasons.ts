import type { RelayFailureReason } from '../contract/index.ts';

/** What a listener that does not listen is taken for. */
export const codeOfRelayFailure = {
  'address-in-use': 'port-in-use',
  'permission-denied': 'port-not-permitted',
  'address-not-available': 'address-missing',
  'listen-failed': 'listening-failed',
} as const satisfies Record<RelayFailureReason, string>;
