import type { DiagnosisCode, RefusalReason, RefusalRow } from '../contract/index.ts';

const reasons: ReadonlySet<RefusalReason> = new Set(['upstream-unreachable', 'upstream-timeout', 'upstream-closed']);

/** What the server was found to be when it was looked at more closely: no other network changes that. */
const ofTheServer: ReadonlySet<DiagnosisCode> = new Set([
  'port-wants-implicit-tls',
  'port-wants-starttls',
  'wrong-protocol',
  'encryption-vanished',
]);

/** Whether a failure may be due solely to the network that this computer was on. */
export function isOfTheNetwork({ reason, diagnosis: { code } }: Pick<RefusalRow, 'reason' | 'diagnosis'>): boolean {
  return code === 'captive-portal' || (reasons.has(reason) && !ofTheServer.has(code));
}
