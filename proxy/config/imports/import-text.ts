import { ConfigurationError } from '../configuration-error.ts';
import { importEmailOauth2Proxy, isEmailOauth2Proxy } from './email-oauth2-proxy.ts';
import type { Imported } from './imported.ts';
import { importStunnel, isStunnel } from './stunnel.ts';

/**
 * Reads another program's configuration, whichever program it is.
 *
 * @param file its path: for errors, and as the base of relative paths in it
 * @throws {ConfigurationError} when it belongs to neither program, or is broken
 */
export function importText(text: string, file: string): Imported {
  if (isEmailOauth2Proxy(text)) return importEmailOauth2Proxy(text, file);
  if (isStunnel(text)) return importStunnel(text, file);
  throw new ConfigurationError(file, [
    { path: '', message: 'expected a client configuration of stunnel or of Email OAuth 2.0 Proxy, found neither' },
  ]);
}
