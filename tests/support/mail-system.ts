import type { ConfigurationInput, TlsMode } from '../../proxy/contract/index.ts';
import { scratchDirectory } from './clean-up.ts';
import { type Dovecot, startDovecot } from './dovecot.ts';
import type { LineProtocol } from './line-protocols.ts';
import { domain, type MailUser, serverName } from './mail-users.ts';
import { createAuthority, type Identity, issue, writeFiles } from './pki.ts';
import { type Postfix, startPostfix } from './postfix.ts';

/** A whole mail provider: Postfix and Dovecot under one name, with a certificate of a test authority. */
export interface MailSystem {
  dovecot: Dovecot;
  postfix: Postfix;
  identity: Identity;
  /** The PEM file of the authority, for `certificateAuthorities`. */
  authorityFile: string;
  /** The server's port for a protocol and TLS mode. */
  port(protocol: Exclude<LineProtocol, 'nntp'>, tls: TlsMode): number;
}

/** The six routes that mail takes through Postern. Each is a relay named `<protocol>-<tls>`. */
export const routes = (['smtp', 'imap', 'pop3'] as const).flatMap((protocol) =>
  (['implicit', 'starttls'] as const).map((tls) => ({ protocol, tls, relay: `${protocol}-${tls}` })),
);

/** Starts both servers. Without an `identity`, one for the usual name is issued by a new authority. */
export async function startMailSystem(
  users: MailUser[],
  identity?: Identity,
  mechanisms?: string,
): Promise<MailSystem> {
  const shown = identity ?? issue(createAuthority(), { names: [serverName] });
  const { root } = writeFiles(scratchDirectory('authority'), shown);
  const dovecot = await startDovecot({ identity: shown, users, ...(mechanisms === undefined ? {} : { mechanisms }) });
  const postfix = await startPostfix({ identity: shown, dovecot, users });
  const ports = {
    smtp: { implicit: postfix.ports.submissions, starttls: postfix.ports.submission },
    imap: { implicit: dovecot.ports.imaps, starttls: dovecot.ports.imap },
    pop3: { implicit: dovecot.ports.pop3s, starttls: dovecot.ports.pop3 },
  };
  return { dovecot, postfix, identity: shown, authorityFile: root, port: (protocol, tls) => ports[protocol][tls] };
}

/** Users whose mailboxes keep the tests of one file apart. */
export function mailUsers<N extends string>(...names: N[]): Record<N, MailUser> {
  const entries = names.map((name) => [name, { address: `${name}@${domain}`, password: `pass word of ${name}` }]);
  return Object.fromEntries(entries) as Record<N, MailUser>;
}

/** A configuration with all six routes to the system, each on a free port. */
export function sixRoutes(system: MailSystem): ConfigurationInput {
  return {
    version: 1,
    accounts: [
      {
        name: 'Test',
        relays: routes.map(({ protocol, tls, relay }) => ({
          name: relay,
          protocol,
          listen: '127.0.0.1:0',
          server: serverName,
          port: system.port(protocol, tls),
          tls,
          address: '127.0.0.1',
        })),
      },
    ],
    certificateAuthorities: [system.authorityFile],
  };
}
