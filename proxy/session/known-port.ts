import type { Finding, TlsMode } from '../contract/index.ts';
import type { Resolve } from '../net/dial.ts';
import type { Refused } from '../net/refused.ts';
import type { MetModes } from '../trust/decisions/server-memory.ts';
import { type AskedPort, offersTls } from './offers-tls.ts';

/** What is remembered of a port, for any account. */
export interface KnownPort {
  /** ISO 8601: when it last agreed to TLS in any way; null if it never did. */
  offeredAt: string | null;
  modes: MetModes;
}

/**
 * What a failure before TLS means at a port that was met before. A server that no longer offers TLS differs from one
 * that never did: no provider switches it off, and this is how an attacker who strips it looks (RFC 8314 §5 recommends
 * remembering it). But a port that was only ever met in the other TLS mode fails because of what is set: nobody has to
 * attack for that. So where TLS is expected at once and the port has always begun with a greeting, it is asked whether
 * it still offers STARTTLS.
 *
 * @returns null where the memory explains nothing
 */
export async function byKnownPort(
  { reason, finding }: Refused,
  target: AskedPort & { tls: TlsMode },
  { offeredAt, modes }: KnownPort,
  resolve: Resolve,
  signal: AbortSignal,
): Promise<Finding | null> {
  if (offeredAt === null) return null;
  const metAt = target.tls === 'implicit' ? modes.starttls : modes.implicit;
  const isOtherMode = metAt !== undefined && modes[target.tls] === undefined;
  const isPlain = reason === 'starttls-not-offered' || finding.code === 'port-wants-starttls';
  if (isPlain) {
    const isSetting = isOtherMode && target.tls === 'implicit' && (await offersTls(target, resolve, signal));
    if (!isSetting) return { code: 'encryption-vanished', facts: { since: offeredAt } };
    return { code: 'port-wants-starttls', facts: { metAt } };
  }
  if (!isOtherMode) return null;
  const facts = { metAt };
  if (target.tls === 'implicit') {
    return waitsForGreeting(finding) ? { code: 'port-wants-starttls', facts } : null;
  }
  const isSilent = finding.code === 'server-timeout' && finding.facts?.step === 'plaintext-greeting';
  return isSilent || finding.code === 'port-wants-implicit-tls' ? { code: 'port-wants-implicit-tls', facts } : null;
}

/**
 * A server that does not understand a ClientHello may hang up, or wait for more, as a directory does, which sends no
 * greeting.
 */
function waitsForGreeting(finding: Finding): boolean {
  if (finding.code === 'server-closed') return true;
  return finding.code === 'server-timeout' && finding.facts?.step === 'tls-handshake';
}
