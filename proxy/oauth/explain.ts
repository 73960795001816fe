import { DownloadFailed } from '../net/download.ts';
import { Refused } from '../net/refused.ts';
import { CommandFailed } from '../state/command-failed.ts';
import { SecretTooLong, VaultUnavailable } from '../vault/secret-store.ts';
import { IssuerAnswered, IssuerRefused } from './failures.ts';

/**
 * What a failure at the issuer means. `unavailable`: nobody's fault, tried again later. `untrusted`: its certificate or
 * its answers cannot be relied on. `configuration`: it would fail the same way tomorrow. `storage`: ours.
 */
export interface ExplainedFailure {
  kind: 'unavailable' | 'untrusted' | 'configuration' | 'storage';
  /** For a person; contains no text from the issuer. */
  sentence: string;
}

/**
 * Whether the consent itself is over, so that only a person can give another (RFC 6749 §5.2, OpenID Connect Core
 * §3.1.2.6).
 */
export function isConsentOver(error: unknown): boolean {
  const words = ['invalid_grant', 'interaction_required', 'login_required', 'consent_required'];
  return error instanceof IssuerAnswered && words.includes(error.code);
}

const advice: Record<string, string> = {
  invalid_client: 'It does not know the client id, or wants a client secret with it.',
  unauthorized_client: 'The client id may not do this there.',
  invalid_scope: 'It does not give one of the scopes that were asked for.',
  invalid_client_metadata: 'It does not register programs like Postern.',
  invalid_redirect_uri: 'It does not let programs come back to this computer.',
};

/** The advice for mail servers leads to a question, and nobody is asked about an issuer. */
function certificateSentence({ diagnosis: { code, sentence } }: Refused): string {
  const dated = code === 'certificate-expired' || code === 'certificate-not-yet-valid';
  const next = dated
    ? 'Check the date and the clock of this computer. If both are right, whoever runs the provider’s sign-in has to mend it.'
    : 'Nobody is asked about a provider’s certificate: it verifies, or nothing is sent. Where it is of an authority of your own, add that to Postern’s authorities.';
  return `${sentence} ${next}`;
}

/** @param error what asking an issuer, or storing what it gave, failed with */
export function explainFailure(error: unknown): ExplainedFailure {
  if (error instanceof IssuerAnswered) {
    const temporary =
      error.status >= 500 ||
      error.status === 429 ||
      ['temporarily_unavailable', 'server_error', 'slow_down'].includes(error.code);
    if (temporary) {
      return {
        kind: 'unavailable',
        sentence: `The provider’s sign-in is out of order at the moment (${error.status}).`,
      };
    }
    const more = advice[error.code];
    const said = `The provider’s sign-in answered “${error.code}”.`;
    return { kind: 'configuration', sentence: more === undefined ? said : `${said} ${more}` };
  }
  if (error instanceof IssuerRefused) {
    const kind = ['no-client-id', 'no-endpoint', 'unknown-provider'].includes(error.fault)
      ? 'configuration'
      : 'untrusted';
    return {
      kind: error.fault === 'no-metadata' || error.fault === 'not-understood' ? 'unavailable' : kind,
      sentence: error.message,
    };
  }
  if (error instanceof Refused) {
    if (error.reason.startsWith('certificate-')) return { kind: 'untrusted', sentence: certificateSentence(error) };
    const distrust = error.reason === 'tls-too-old' || error.reason === 'weak-cipher';
    return { kind: distrust ? 'untrusted' : 'unavailable', sentence: error.message };
  }
  if (error instanceof VaultUnavailable || error instanceof SecretTooLong)
    return { kind: 'storage', sentence: error.message };
  // Postern is paused.
  if (error instanceof CommandFailed) return { kind: 'unavailable', sentence: error.message };
  if (error instanceof DownloadFailed) {
    return { kind: 'unavailable', sentence: `The provider’s sign-in did not answer as it should: ${error.message}.` };
  }
  if (error instanceof DOMException && error.name === 'TimeoutError') {
    return { kind: 'unavailable', sentence: 'The provider’s sign-in did not answer in time.' };
  }
  const code = (error as NodeJS.ErrnoException).code ?? 'unknown error';
  return { kind: 'storage', sentence: `What the provider gave could not be stored (${code}).` };
}
