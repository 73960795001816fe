import type { Protocol } from '../../contract/index.ts';
import { ConfigurationError } from '../configuration-error.ts';
import type { Imported, ImportNote } from './imported.ts';
import { type IniSection, parseIni, portOf } from './ini.ts';
import { oauthAccountOf } from './oauth-accounts.ts';

/** Python's configparser: `=` or `:`, and indented continuation lines. */
const dialect = { separators: /[=:]/, continued: true };

const protocols: Record<string, Protocol> = { IMAP: 'imap', POP: 'pop3', SMTP: 'smtp' };

/** `[IMAP-1993]`: the protocol, and the port on this computer. */
const serverSection = /^(IMAP|POP|SMTP)-(\d+)$/;

/** Sections of the file that are not accounts: explanations, and the program's own settings. */
const otherSection =
  /^(?:|Email OAuth 2\.0 Proxy configuration file|Server setup|Account setup|Advanced proxy configuration|emailproxy)$/i;

/** Server options that are carried over, or that mean nothing here. */
const known = new Set([
  ...['documentation', 'server_address', 'server_port', 'local_address'],
  ...['starttls', 'server_starttls', 'local_starttls', 'local_certificate_path', 'local_key_path'],
]);

/** Whether a text looks like an `emailproxy.config`. */
export function isEmailOauth2Proxy(text: string): boolean {
  return /^\s*\[(?:(?:IMAP|POP|SMTP)-\d+|Email OAuth 2\.0 Proxy)/m.test(text);
}

/**
 * Reads the servers and accounts of an Email OAuth 2.0 Proxy configuration. An account whose provider Postern knows
 * gets that provider's servers, and signs in by a consent still to be given; the proxy's tokens are not carried over.
 *
 * @throws {ConfigurationError} for lines and values that the proxy itself would not take
 */
export function importEmailOauth2Proxy(text: string, file: string): Imported {
  const notes: ImportNote[] = [];
  const relays: Imported['relays'] = [];
  const sections = parseIni(text, file, dialect);
  for (const section of sections) {
    const server = serverSection.exec(section.name);
    if (server) relays.push(relayOf(section, protocols[server[1] ?? ''] ?? 'imap', server[2] ?? '', file, notes));
  }
  const accounts = sections.filter(({ name }) => !serverSection.test(name) && !otherSection.test(name));
  for (const section of accounts) carryAccount(section, relays, notes);
  return { program: 'Email OAuth 2.0 Proxy', relays, certificateAuthorities: [], notes };
}

/** That proxy tells accounts apart by user name, Postern by port, which is why one account gets the ports. */
function carryAccount(section: IniSection, relays: Imported['relays'], notes: ImportNote[]): void {
  const note = (message: string) => notes.push({ place: `[${section.name}]`, message });
  const found = oauthAccountOf(section);
  if (!found) {
    note(
      'not carried: Postern does not know this way of signing in. Give the account a "signIn" with the "issuer" of your ' +
        'provider (docs/oauth.md), or use a password that it accepts from mail programs (often called an app password)',
    );
    return;
  }
  const its = relays.filter(({ server }) => found.has(server));
  const free = its.filter(({ account }) => account === undefined);
  if (free.length === 0) {
    note(
      its.length === 0
        ? 'not carried: the file has no server of its provider'
        : `not carried: another account of the file has these ports now, and here every account has ports of its own. Add it by its address afterwards`,
    );
    return;
  }
  for (const relay of free) relay.account = { name: found.user, signIn: found.signIn };
  for (const message of found.notes) note(message);
  note('in the mail program, replace its password by the account’s local password');
}

function relayOf(
  { name, options }: IniSection,
  protocol: Protocol,
  localPort: string,
  file: string,
  notes: ImportNote[],
): Imported['relays'][number] {
  const place = `[${name}]`;
  const value = (key: string) => options.findLast((option) => option.key === key)?.value;
  const isTrue = (key: string) => /^(?:true|yes|on|1)$/i.test(value(key) ?? '');
  const server = value('server_address');
  const port = value('server_port');
  const missing = server === undefined ? 'server_address' : port === undefined ? 'server_port' : undefined;
  if (!server || !port || missing !== undefined) {
    throw new ConfigurationError(file, [
      { path: place, message: `expected ${missing ?? 'a value for server_address'}` },
    ]);
  }
  const local = value('local_address') ?? 'localhost';
  const listens = portOf(localPort, file, place);
  if (!/^(?:localhost|127\.0\.0\.1|::1?)$/.test(local) || local === '::') {
    notes.push({
      place: `${place} local_address`,
      message: `not carried: it listened on ${local}, where other computers may connect; Postern serves other computers only where "lan" lists them`,
    });
  }
  if (value('local_certificate_path') !== undefined) {
    notes.push({
      place: `${place} local_certificate_path`,
      message:
        'not carried: between mail program and Postern there is no encryption; switch it off in the mail program',
    });
  }
  for (const { key } of options.filter(({ key }) => !known.has(key))) {
    notes.push({ place: `${place} ${key}`, message: 'not carried: Postern has nothing of this kind' });
  }
  return {
    section: `${server}-${protocol}`,
    protocol,
    listen: local === '127.0.0.1' ? `127.0.0.1:${listens}` : local === '::1' ? `[::1]:${listens}` : listens,
    server,
    port: portOf(port, file, `${place} server_port`),
    tls: isTrue('starttls') || isTrue('server_starttls') ? 'starttls' : 'implicit',
  };
}
