import type { MergedImport } from '../../proxy/config/imports/imported.ts';
import { aligned } from './aligned.ts';
import { operands } from './shell-word.ts';

/**
 * What to do once the accounts have been added, in this order.
 *
 * @param options what a suggested command needs to reach the same Postern
 * @param runs whether a core is running
 */
export function nextLines(added: MergedImport['added'], program: string, options: string, runs: boolean): string[] {
  const consents = added.filter(({ signIn }) => signIn?.kind === 'oauth').map(({ name }) => operands([name], options));
  return [
    runs
      ? `Added. Stop ${program} now: both listen on the same ports, and Postern, which is running, takes them as they become free.`
      : `Added. Stop ${program} before you start Postern: both listen on the same ports.`,
    ...consents.flatMap((which) => [
      `Then sign in: postern accounts sign-in${which}`,
      `In the mail program, type this in place of the password there: postern accounts local-password${which}`,
    ]),
    `To try them all the way, with nothing sent: postern check${options}`,
    `To see what to type into your mail program: postern card${operands([added[0]?.name ?? ''], options)}`,
  ];
}

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
