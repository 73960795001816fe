import { type Diagnosis, type DiagnosisCode, inert, listed } from '../../proxy/contract/index.ts';

/** What the advice for a failure would have changed, as config.json names it. */
const settings: { [C in DiagnosisCode]?: string } = {
  'port-in-use': '"listen"',
  'port-not-permitted': '"listen"',
  'listening-failed': '"listen"',
  'address-missing': '"listen"',
  'port-wants-starttls': '"tls": "starttls"',
  'port-wants-implicit-tls': '"tls": "implicit"',
  'plaintext-only': '"port" and "tls"',
  'wrong-protocol': '"port" or "protocol"',
  'not-a-mail-server': '"server", "port" or "protocol"',
  'connection-refused': '"port"',
  'dns-not-found': '"server"',
  'client-certificate-wanted': '"clientCertificate"',
};

/**
 * Where a person in a terminal makes the change that the advice for a failure speaks of in the words of the window: a sentence
 * with a blank in front, or nothing where it asks for no change.
 *
 * @param relays that have failed in this way
 */
export function whereToChange({ code, facts }: Pick<Diagnosis, 'code' | 'facts'>, relays: readonly string[]): string {
  const setting = settings[code];
  // A port that has worked is the right one.
  if (setting === undefined || facts.workedAt !== undefined) return '';
  const names = listed(relays.map((relay) => `“${inert(relay, 100)}”`));
  return ` To change it: ${setting} of ${names} in config.json, or the account’s page in the window.`;
}
