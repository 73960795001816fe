import {
  type AccountConfiguration,
  accountApart,
  type DiscoveryReport,
  type DiscoveryStep,
  diagnose,
  type FoundServer,
  isApart,
  isMail,
  parseListen,
  type SignIn,
  serversApart,
} from '../../proxy/contract/index.ts';
import { type Kind, kindOfAll } from '../../proxy/contract/words/kinds.ts';
import { aligned } from './aligned.ts';
import { purposeOf } from './purpose.ts';
import { operands, shellWord } from './shell-word.ts';

const outcomes: Record<DiscoveryStep['outcome'], string> = {
  running: '…',
  ok: 'ok',
  nothing: 'no',
  failed: 'FAILED',
};

const beginnings = { implicit: 'encrypted at once', starttls: 'encrypted by STARTTLS' };

/** One step that is done. */
export function stepLine({ outcome, message }: DiscoveryStep): string {
  return `  ${outcomes[outcome].padEnd(6)} ${message}`;
}

/** What was found, where, and what else to know about it. */
export function foundLines({ provider, remarks }: DiscoveryReport, servers: readonly FoundServer[]): string[] {
  const lines: string[] = [];
  if (servers.some(({ signIn }) => signIn === 'oauth-only')) {
    const [first] = servers;
    const facts = provider ? { provider: provider.name } : {};
    const { sentence, advice } = diagnose({ code: 'oauth-needed', facts }, first);
    lines.push('', sentence, advice);
  }
  if (servers.length > 0) {
    const rows = servers.map(({ protocol, server, port, tls, protection }) => [
      purposeOf(protocol),
      `${server} port ${port}`,
      beginnings[tls],
      `certificate verified, valid until ${protection.certificate.notAfter.slice(0, 10)}`,
    ]);
    lines.push('', 'Found:', ...aligned(rows), ...[...new Set(servers.map(({ evidence }) => `  ${evidence}`))]);
  }
  if (provider) {
    lines.push(
      '',
      provider.note ? `${provider.name}: ${provider.note}` : `${provider.name}.`,
      `  See ${provider.documentation}`,
    );
  }
  if (remarks.length > 0) lines.push('', ...remarks);
  return lines;
}

/**
 * How what was found and is no part of the account becomes one of its own.
 *
 * @param options what suggested commands need: `commandOptions`
 */
export function apartLines({ address, servers }: DiscoveryReport, options: string): string[] {
  return serversApart(servers).flatMap(({ protocol, server, port, tls, confirm }) => {
    const name = shellWord(accountApart(protocol, address), 'NAME');
    const place = shellWord(`${protocol}=${server}:${port},${tls}`, 'SERVER');
    return [
      ...(confirm ? [`DNS alone names ${server}, and DNS can be forged: add it only if you know it to be right.`] : []),
      `This adds it: postern add --name ${name} --server ${place}${options}${operands([address], '')}`,
    ];
  });
}

/** What to do when a server for mail is missing. */
export function nothingLines({ outcome, servers, rejected, offline }: DiscoveryReport): string[] {
  if (offline) return ['Nothing can be found out while this computer is offline.'];
  if (outcome === 'impossible') return ['There is nothing that Postern could connect to.'];
  // Those that are for mail alone: what else was found has been shown with a command of its own.
  const rows = [
    ...servers
      .filter(isMail)
      .map(({ protocol, server, port }) => [purposeOf(protocol), `${server} port ${port}`, 'works']),
    ...rejected.map(({ protocol, server, port }) => [purposeOf(protocol), `${server} port ${port}`, 'cannot be used']),
  ];
  return [
    ...(rows.length > 0 ? ['What is known:', ...aligned(rows), ''] : []),
    'Ask your mail provider, or look on its help pages, for the names and ports of its servers for IMAP or POP3 and',
    'SMTP. Then add the account by hand: in the window, in config.json (see docs/configuration.md), or with this command and',
    'its option --server.',
  ];
}

/**
 * The exact values to type into the mail program, and what comes next.
 *
 * @param runs whether a core is running
 * @param options what suggested commands need: `commandOptions`
 */
export function accountLines(
  { name, relays, signIn }: AccountConfiguration,
  { user, provider }: Pick<DiscoveryReport, 'user' | 'provider'>,
  runs: boolean,
  options = '',
): string[] {
  const rows = relays.map(({ protocol, listen }) => {
    const [place] = parseListen(listen) ?? [];
    return [purposeOf(protocol), `server ${place?.address}`, `port ${place?.port}`, 'no encryption', 'normal password'];
  });
  const own = signIn ?? { kind: 'pass-through' };
  const kind = kindOfAll(relays);
  const password =
    own.kind !== 'pass-through'
      ? 'the account’s local password'
      : provider?.signIn === 'app-password'
        ? 'the app password that you make'
        : 'that of your mailbox';
  return [
    `Added as ${name}. Type these into your ${kind.client}:`,
    ...aligned(rows),
    kind.mail || own.kind !== 'pass-through'
      ? `  User name: ${user}   Password: ${password}`
      : `  User name and password: those that the ${kind.service} knows you by, or none where it wants none`,
    ...(own.kind === 'pass-through' && !kind.mail && relays.some(isApart) ? [wholeName] : []),
    '',
    ...(own.kind === 'stored' && !kind.mail ? [storedAs(own.user, kind)] : []),
    ...nextSteps[own.kind](operands([name], options), kind),
    `"postern card${options}" shows where they go in many programs.`,
    runs
      ? 'Postern is running, and listens there from now on.'
      : `They work while Postern runs: "postern run${options}" starts it.`,
  ];
}

const wholeName = '  A directory’s user name is often a whole name: uid=ada,ou=people,dc=example,dc=org';

/** The name that Postern signs in with is the address that was typed: no directory need know it. */
function storedAs(user: string, { service }: Kind): string {
  return `Postern signs in as ${user}. If the ${service} knows you by another name, write that as "user" into the account.`;
}

/** What Postern needs for it, and where the local password is shown. The parameter: its name, and what commands need besides. */
const nextSteps: Record<SignIn['kind'], (which: string, kind: Kind) => string[]> = {
  'pass-through': () => [],
  stored: (which, { mail, service }) => [
    `Then give Postern the ${mail ? 'provider' : service}’s password: postern accounts sign-in${which}`,
    `The local password: postern accounts local-password${which}`,
    '',
  ],
  oauth: (which) => [
    `Then sign in: postern accounts sign-in${which}`,
    `The local password: postern accounts local-password${which}`,
    '',
  ],
};
