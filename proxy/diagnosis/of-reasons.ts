import type { DiagnosisCode, RefusalReason, RelayFailureReason } from '../contract/index.ts';

/** What a refusal is taken for while nothing more is known than its reason. */
export const codeOfRefusal: Record<RefusalReason, DiagnosisCode> = {
  'starttls-not-offered': 'plaintext-only',
  'starttls-refused': 'starttls-refused',
  'plaintext-after-starttls': 'plaintext-injected',
  'preauth-before-tls': 'signed-in-before-encryption',
  'tls-handshake-failed': 'tls-failed',
  'tls-too-old': 'tls-too-old',
  'weak-cipher': 'weak-cipher',
  'certificate-undecided': 'unknown-issuer',
  'certificate-rejected': 'certificate-rejected',
  'certificate-revoked': 'certificate-revoked',
  'upstream-unreachable': 'network-unreachable',
  'upstream-timeout': 'server-timeout',
  'upstream-closed': 'server-closed',
  'upstream-protocol': 'not-a-mail-server',
  'client-not-mail': 'not-a-mail-program',
  'client-other-user': 'other-user',
  'client-line-too-long': 'command-too-long',
  'too-many-connections': 'too-many-mail-programs',
};

/** The same for a listener that does not listen. */
export const codeOfRelayFailure: Record<RelayFailureReason, DiagnosisCode> = {
  'address-in-use': 'port-in-use',
  'permission-denied': 'port-not-permitted',
  'address-not-available': 'address-missing',
  'listen-failed': 'listening-failed',
};
