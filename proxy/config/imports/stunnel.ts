import { dirname, isAbsolute, join } from 'node:path';
import { type Protocol, protocolFacts, protocols, type RelayConfiguration, usualAtPort } from '../../contract/index.ts';
import { ConfigurationError, quoted } from '../configuration-error.ts';
import type { Imported, ImportNote } from './imported.ts';
import { parseIni, portOf } from './ini.ts';
import { type StunnelService, stunnelNotes } from './stunnel-notes.ts';

const dialect = { separators: /=/, continued: false };

/** Whether a text looks like a stunnel configuration. */
export function isStunnel(text: string): boolean {
  return /^\s*(?:client|accept|connect)\s*=/im.test(text);
}

/**
 * Reads the services of a stunnel client configuration that carry mail.
 *
 * @param file its path; relative paths in it are taken as relative to it
 * @throws {ConfigurationError} for lines that stunnel itself would reject, and for invalid ports
 */
export function importStunnel(text: string, file: string): Imported {
  const [global, ...sections] = parseIni(text, file, dialect);
  const shared = global?.options ?? [];
  const imported: Imported = { program: 'stunnel', relays: [], certificateAuthorities: [], notes: [] };
  const note = (place: string, message: string) => imported.notes.push({ place, message });
  if (shared.some(({ key }) => key === 'include')) {
    note('include', 'not carried: files that are included are not read; import each of them by itself');
  }
  for (const { name, options } of sections) {
    const all = [...shared, ...options];
    const value = (key: string) => all.findLast((option) => option.key === key)?.value;
    const isOn = (key: string) => /^(?:yes|true|1)$/i.test(value(key) ?? '');
    const values = (key: string) =>
      [...options, ...shared].filter((each) => each.key === key).map((each) => each.value);
    const service: StunnelService = { name, value, values, isOn, keys: [...new Set(all.map(({ key }) => key))] };
    const why = whyNot(service);
    if (why !== null) {
      note(`[${name}]`, `left out: ${why}`);
      continue;
    }
    const notes: ImportNote[] = [];
    const protocol = protocolOf(service, file);
    if (protocol === null) {
      note(`[${name}]`, 'left out: nothing in it says that it carries mail');
      continue;
    }
    imported.relays.push(relayOf(service, protocol, file, notes));
    const { authorities, notes: others } = stunnelNotes(service);
    imported.certificateAuthorities.push(...authorities.map((path) => beside(file, path)));
    imported.notes.push(...notes, ...others);
  }
  if (sections.length === 0) note('', 'there is no service in this file: stunnel would be started by another program');
  return imported;
}

/** Why a service is of no use to Postern; null when it may be. */
function whyNot({ value, isOn }: StunnelService): string | null {
  const protocol = value('protocol');
  if (!isOn('client')) return 'it is a service for others ("client" is not yes), and Postern only connects out';
  if (value('exec') !== undefined) return 'it starts a program instead of connecting';
  if (value('accept') === undefined) return 'it listens nowhere ("accept" is missing)';
  if (value('connect') === undefined) return 'it connects nowhere ("connect" is missing)';
  if (/^\//.test(value('accept') ?? '') || /^\//.test(value('connect') ?? '')) return 'it uses a Unix socket';
  if (value('psksecrets') !== undefined) return 'it trusts a shared key instead of a certificate';
  if (protocol === 'connect') return 'it goes through an HTTP proxy, which Postern cannot';
  if (protocol !== undefined && !(protocols as readonly string[]).includes(protocol)) {
    return `${quoted(protocol)} is no protocol that Postern knows`;
  }
  return null;
}

/** Sending last: “imap-and-smtp” is one for reading, to be on the safe side. */
const byName = [...protocols].sort((a, b) => Number(isOutgoing(a)) - Number(isOutgoing(b)));

function isOutgoing(protocol: Protocol): boolean {
  return protocolFacts[protocol].purpose === 'outgoing';
}

/** By what the file says, then by the usual ports on either side, then by the name of the service. */
function protocolOf({ name, value, values }: StunnelService, file: string): Protocol | null {
  const stated = value('protocol');
  if (stated !== undefined) return stated as Protocol;
  const there = endpoint(values('connect')[0] ?? '', file, `[${name}] connect`);
  const here = endpoint(value('accept') ?? '', file, `[${name}] accept`);
  const byPort =
    usualAtPort[there.port]?.protocol ?? usualAtPort[here.port]?.protocol ?? usualAtPort[here.port % 1000]?.protocol;
  if (byPort) return byPort;
  return byName.find((protocol) => protocolFacts[protocol].sectionName.test(name)) ?? null;
}

function relayOf(
  service: StunnelService,
  protocol: Protocol,
  file: string,
  notes: ImportNote[],
): Imported['relays'][number] {
  const { name, value, values } = service;
  const place = (key: string) => `[${name}] ${key}`;
  const there = endpoint(values('connect')[0] ?? '', file, place('connect'));
  const host = there.host === '' ? 'localhost' : there.host;
  // Postern verifies the name that stunnel verified; where the two names differ, it connects to the other one.
  const server = values('checkhost')[0] ?? value('checkip') ?? value('sni') ?? host;
  for (const key of ['connect', 'checkHost'] as const) {
    const [first, ...others] = values(key.toLowerCase());
    if (others.length > 0) {
      notes.push({ place: place(key), message: `only the first one is carried, ${first}; not ${others.join(', ')}` });
    }
  }
  const certificate = value('cert');
  const tls = value('protocol') === undefined ? 'implicit' : 'starttls';
  if (tls === 'implicit' && usualAtPort[there.port]?.tls === 'starttls') {
    notes.push({
      place: place('connect'),
      message: `carried as it is, with TLS from the first byte; on port ${there.port} servers usually expect STARTTLS. If it does not connect, set "tls" to "starttls"`,
    });
  }
  const relay: Imported['relays'][number] = {
    section: name,
    protocol,
    listen: listenOf(service, file, notes),
    server,
    port: there.port,
    tls,
  };
  if (server.toLowerCase() !== host.toLowerCase()) relay.address = host;
  if (certificate !== undefined && value('engineid') === undefined && !/^pkcs11:/i.test(certificate)) {
    relay.clientCertificate = {
      certificate: beside(file, certificate),
      key: beside(file, value('key') ?? certificate),
    };
  }
  return relay;
}

/** Postern listens on loopback only, whatever stunnel listened on. */
function listenOf({ name, value }: StunnelService, file: string, notes: ImportNote[]): RelayConfiguration['listen'] {
  const { host, port } = endpoint(value('accept') ?? '', file, `[${name}] accept`);
  if (host === 'localhost') return port;
  if (host === '::1') return `[::1]:${port}`;
  if (/^127(?:\.(?:0|[1-9]\d?|1\d\d|2[0-4]\d|25[0-5])){3}$/.test(host)) return `${host}:${port}`;
  notes.push({
    place: `[${name}] accept`,
    message: `carried as 127.0.0.1:${port}: it listened on ${host === '' || host === '::' ? 'every address' : host}, where other computers may connect; Postern serves other computers only where "lan" lists them`,
  });
  return `127.0.0.1:${port}`;
}

/** The names of ports in `/etc/services`. */
const portNames: Record<string, number> = Object.fromEntries(
  protocols.flatMap((protocol) => {
    const { plainPort, portNames: others } = protocolFacts[protocol];
    return [[protocol, plainPort], ...Object.entries(others)];
  }),
);

/** `[HOST:]PORT`, where the port may be a name. */
function endpoint(text: string, file: string, place: string): { host: string; port: number } {
  const colon = text.lastIndexOf(':');
  const port = text.slice(colon + 1).trim();
  const host =
    colon < 0
      ? ''
      : text
          .slice(0, colon)
          .trim()
          .replace(/^\[|\]$/g, '');
  if (/\s/.test(host)) {
    throw new ConfigurationError(file, [{ path: place, message: `expected a host and a port, found ${quoted(text)}` }]);
  }
  return { host, port: portNames[port.toLowerCase()] ?? portOf(port, file, place) };
}

function beside(file: string, path: string): string {
  return isAbsolute(path) || /^[A-Za-z]:[\\/]/.test(path) ? path : join(dirname(file), path);
}
