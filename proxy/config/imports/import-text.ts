import { ConfigurationError } from '../configuration-error.ts';
import { importEmailOauth2Proxy, isEmailOauth2Proxy } from './email-oauth2-proxy.ts';
import type { Imported } from './imported.ts';
import { importStunnel, isStunnel } from './stunnel.ts';

/**
 * Reads the configuration of another program, whichever it is.
 *
 * @param file its path: for errors, and what relative paths in it are relative to
 * @throws {ConfigurationError} when it is of neither program, or broken
 */
export function importText(text: string, file: string): Imported {
  if (isEmailOauth2Proxy(text)) return importEmailOauth2Proxy(text, file);
  if (isStunnel(text)) return importStunnel(text, file);
  throw new ConfigurationError(file, [
    { path: '', message: 'expected a client configuration of stunnel or of Email OAuth 2.0 Proxy, found neither' },
  ]);
}
