import type { LocalTlsOffer, SignInStep } from './dialect.ts';

/** What lists of capabilities say now of TLS on the mail program's own leg; null where there is none to have, or it has it. */
export function localTlsOffer({ localTls }: Pick<SignInStep, 'localTls'>): LocalTlsOffer | null {
  if (!localTls || localTls.secured) return null;
  return localTls.required ? 'require' : 'offer';
}
