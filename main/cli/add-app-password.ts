import type { DiscoveryReport, SignIn } from '../../proxy/contract/index.ts';
import type { Output } from '../output.ts';
import type { Terminal } from './command.ts';

/**
 * Who gives the provider's password to the server. Where a provider takes app passwords, either can: the person
 * chooses.
 *
 * @param keep the person has chosen already: Postern
 * @returns null where the mail program sends it
 */
export async function passwordSignIn(
  { provider, user }: Pick<DiscoveryReport, 'provider' | 'user'>,
  keep: boolean,
  terminal: Terminal | null,
  say: Pick<Output, 'lines'>,
): Promise<Extract<SignIn, { kind: 'stored' }> | null> {
  const stored = { kind: 'stored', user } as const;
  if (keep) return stored;
  if (provider?.signIn !== 'app-password' || !terminal) return null;
  say.lines(
    '',
    `${provider.name} gives an app password to each program. Either of these can send it to the server:`,
    '  1  Your mail program: you type the app password there, and Postern keeps nothing.',
    '  2  Postern: it keeps the app password, encrypted. Your mail program gets a local password that is short, works with',
    '     every way to sign in that old programs know, and is good for nothing but this account on this computer.',
  );
  const answer = (await terminal.question('Which? [1/2, Enter for 1] ', false))?.trim();
  return answer === '2' ? stored : null;
}
