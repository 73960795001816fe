import type { DiagnosisCode, Finding, RelayConfiguration } from '../contract/index.ts';
import { dialects } from '../dialects/index.ts';
import type { Resolve } from '../net/dial.ts';
import { offersTls } from '../session/offers-tls.ts';
import { whoSpeaks } from '../session/who-speaks.ts';

/** How long one more look may take, in milliseconds: a person is waiting for it. */
const lookMilliseconds = 5_000;
/** Reasons that are worth another look, as they leave open what is at the port. */
const unclear: ReadonlySet<DiagnosisCode> = new Set(['server-timeout', 'server-closed', 'port-wants-starttls']);

/**
 * After a failed check, looks once more at a port whose first answer did not show what speaks there. It only reads a
 * greeting and asks for TLS; nothing of the person's is sent.
 *
 * @returns a better finding, or null
 */
export async function lookCloser(
  relay: RelayConfiguration,
  code: DiagnosisCode,
  resolve: Resolve,
): Promise<Finding | null> {
  if (!unclear.has(code)) return null;
  const end = AbortSignal.timeout(lookMilliseconds);
  const spoken = await whoSpeaks(targetOf(relay), true, resolve, end).catch(() => null);
  if (spoken === 'http') return { code: 'captive-portal' };
  if (code === 'port-wants-starttls') {
    // The failed handshake only says that something without TLS answers there.
    if (spoken === null) return { code: 'not-a-mail-server' };
    const target = { ...targetOf(relay), dialect: dialects[relay.protocol] };
    return (await offersTls(target, resolve, end)) ? null : { code: 'plaintext-only' };
  }
  if (spoken === 'tls' && relay.tls === 'starttls') return { code: 'port-wants-implicit-tls' };
  return null;
}

function targetOf({ server, address = server, port }: RelayConfiguration) {
  return { server, address, port };
}
