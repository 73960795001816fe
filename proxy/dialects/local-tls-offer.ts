import type { LocalTlsOffer, SignInStep } from './dialect.ts';

/** What capability lists say now about TLS with the mail program; null if there is none on offer, or it is in place. */
export function localTlsOffer({ localTls }: Pick<SignInStep, 'localTls'>): LocalTlsOffer | null {
  if (!localTls || localTls.secured) return null;
  return localTls.required ? 'require' : 'offer';
}
