import {
  type Admission,
  type Protocol,
  parseListen,
  protocolFacts,
  type RelayConfiguration,
  type TlsMode,
} from '../proxy/contract/index.ts';

/** A relay as the form holds it: text, whether valid or not. */
export interface RelayDraft {
  /** Identifies a draft within a form. */
  key: number;
  name: string;
  /** True once the person has named it; until then its name follows the account's. */
  named: boolean;
  protocol: Protocol;
  server: string;
  port: string;
  tls: TlsMode;
  /** An address of this computer, or `both`. */
  listenAddress: string;
  listenPort: string;
  address: string;
  certificate: string;
  clientKey: string;
  admit?: Admission;
  referrals?: RelayConfiguration['referrals'];
  /** As configured; the form does not change them. */
  lan?: RelayConfiguration['lan'];
  proxyProtocol?: RelayConfiguration['proxyProtocol'];
}

export type RelayField =
  | 'name'
  | 'server'
  | 'port'
  | 'tls'
  | 'listenPort'
  | 'listenAddress'
  | 'address'
  | 'certificate'
  | 'clientKey';

/** Means both loopback addresses in the form. */
export const bothAddresses = 'both';

export function newRelay(key: number, protocol: Protocol, listenPort: string): RelayDraft {
  const { ports, usualMode } = protocolFacts[protocol];
  return {
    key,
    name: '',
    named: false,
    protocol,
    server: '',
    port: String(ports[usualMode]),
    tls: usualMode,
    listenAddress: '127.0.0.1',
    listenPort,
    address: '',
    certificate: '',
    clientKey: '',
  };
}

/** @param key identifies the draft within its form */
export function relayDraftOf(relay: RelayConfiguration, key: number): RelayDraft {
  const listen = parseListen(relay.listen) ?? [];
  const [first] = listen;
  return {
    key,
    name: relay.name,
    named: true,
    protocol: relay.protocol,
    server: relay.server,
    port: String(relay.port),
    tls: relay.tls,
    listenAddress: listen.length > 1 ? bothAddresses : (first?.address ?? ''),
    listenPort: String(first?.port ?? ''),
    address: relay.address ?? '',
    certificate: relay.clientCertificate?.certificate ?? '',
    clientKey: relay.clientCertificate?.key ?? '',
    ...(relay.admit && { admit: relay.admit }),
    ...(relay.lan && { lan: relay.lan }),
    ...(relay.proxyProtocol && { proxyProtocol: relay.proxyProtocol }),
    ...(relay.referrals && { referrals: relay.referrals }),
  };
}

/** Switches the kind of server, and every value that was still the old kind's default to the new one's. */
export function withProtocol(relay: RelayDraft, protocol: Protocol): RelayDraft {
  const untouched = relay.port === String(protocolFacts[relay.protocol].ports[relay.tls]) || relay.port === '';
  if (!untouched) return { ...relay, protocol };
  const { ports, usualMode: tls } = protocolFacts[protocol];
  return { ...relay, protocol, tls, port: String(ports[tls]) };
}

/** Switches how encryption begins, and the port to the usual one if it was the usual one before. */
export function withTls(relay: RelayDraft, tls: TlsMode): RelayDraft {
  const { ports } = protocolFacts[relay.protocol];
  const untouched = relay.port === String(ports[relay.tls]) || relay.port === '';
  return { ...relay, tls, port: untouched ? String(ports[tls]) : relay.port };
}

/**
 * The draft in the configuration's own form; what is no number or address is passed through for the check to reject.
 *
 * @param own whether Postern signs in, and so lets the mail program in by itself
 */
export function relayOf(relay: RelayDraft, own: boolean): Record<string, unknown> {
  const text = (value: string) => value.trim();
  const address = text(relay.address);
  const certificate = text(relay.certificate);
  const key = text(relay.clientKey);
  return {
    name: text(relay.name),
    protocol: relay.protocol,
    listen: listenOf(relay),
    server: text(relay.server),
    port: numberOf(relay.port),
    tls: relay.tls,
    ...(address !== '' && { address }),
    ...((certificate !== '' || key !== '') && { clientCertificate: { certificate, key } }),
    ...(own && relay.admit && mayAdmit(relay) && { admit: relay.admit }),
    ...(relay.lan && { lan: relay.lan }),
    ...(relay.proxyProtocol && { proxyProtocol: relay.proxyProtocol }),
    ...(relay.referrals && relay.protocol === 'ldap' && { referrals: relay.referrals }),
  };
}

/** Any client without a password could read the mail. */
function mayAdmit({ admit, protocol }: RelayDraft): boolean {
  return admit === 'password' || protocol === 'smtp';
}

/** Where it listens, as the configuration writes it. */
export function listenOf(relay: RelayDraft): string | number {
  const address = relay.listenAddress.trim();
  const port = relay.listenPort.trim();
  if (address === bothAddresses) return numberOf(port);
  return address.includes(':') ? `[${address}]:${port}` : `${address}:${port}`;
}

function numberOf(text: string): number {
  return /^\s*\d+\s*$/.test(text) ? Number(text) : Number.NaN;
}
