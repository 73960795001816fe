import type { MergedImport } from '../../proxy/config/imports/imported.ts';
import { aligned } from './aligned.ts';

/** What an import would add, and everything that is not carried over as it was. */
export function importLines({ added, addedAuthorities, notes }: MergedImport, program: string, file: string): string[] {
  const lines = [`${file} is a configuration of ${program}.`];
  for (const { name, relays, signIn } of added) {
    const rows = relays.map(({ name: relay, protocol, listen, server, port, tls, address, clientCertificate }) => [
      relay,
      protocol.toUpperCase(),
      typeof listen === 'number' ? `port ${listen}` : listen,
      `to ${server}:${port}${address === undefined ? '' : ` (at ${address})`}`,
      tls === 'starttls' ? 'STARTTLS' : 'TLS',
      clientCertificate === undefined ? '' : 'with your certificate',
    ]);
    const consent = signIn?.kind === 'oauth' ? ` (Postern signs in as ${signIn.user}, with your consent)` : '';
    lines.push('', `Account ${name}${consent}`, ...aligned(rows));
  }
  if (addedAuthorities.length > 0) {
    lines.push(
      '',
      'Additional authorities to trust (for every account, not just one service)',
      ...addedAuthorities.map((path) => `  ${path}`),
    );
  }
  if (notes.length > 0) {
    lines.push('', 'What is different, or is not carried over:');
    lines.push(...notes.map(({ place, message }) => `  ${place === '' ? '' : `${place}: `}${message}.`));
  }
  return lines;
}
