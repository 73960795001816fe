import type { Protocol, TlsMode } from './protocol.ts';
import type { UpstreamProtection } from './state.ts';

/** Where the name of a server can come from, in the order in which it is looked for. */
export const discoverySources = ['provider-table', 'srv', 'autoconfig', 'usual-names'] as const;
export type DiscoverySource = (typeof discoverySources)[number];

/** Where a server is, and how the connection to it becomes TLS. */
export interface ServerPlace {
  protocol: Protocol;
  /** Its host name, in lower case and ASCII. */
  server: string;
  port: number;
  tls: TlsMode;
}

/**
 * How a server lets people sign in, as it says itself inside TLS. `oauth-only`: not with a password, which is all that
 * an old mail program has.
 */
export type SignInWay = 'password' | 'oauth-only' | 'unknown';

/** A server that was found, connected to and verified. */
export interface FoundServer extends ServerPlace {
  source: DiscoverySource;
  /** Where its name comes from, in a sentence. */
  evidence: string;
  /**
   * The name lies outside the address's own domain, and only unsigned DNS vouches for it (RFC 6186 §6): the person
   * adding the account has to confirm it.
   */
  confirm: boolean;
  /** What protected its connection when it was tried. */
  protection: UpstreamProtection;
  signIn: SignInWay;
}

/** A server that was named somewhere but is not offered. */
export interface RejectedServer extends ServerPlace {
  source: DiscoverySource;
  /** Why not, in one or two plain sentences. */
  message: string;
}

/** What the table of well-known providers says about signing in there. */
export const providerSignIns = ['password', 'app-password', 'oauth-only', 'bridge', 'impossible'] as const;
export type ProviderSignIn = (typeof providerSignIns)[number];

/** The provider of an address, when it is a well-known one. */
export interface KnownProvider {
  name: string;
  signIn: ProviderSignIn;
  /** What to know before signing in, in one or two plain sentences. */
  note: string;
  /** The provider's own page about it. */
  documentation: string;
}

/** One step of a search. Each is reported twice: when it begins, and with its result. */
export interface DiscoveryStep {
  /** The same in both reports of a step. */
  key: string;
  outcome: 'running' | 'ok' | 'nothing' | 'failed';
  /** What is being done or was seen, in a sentence. */
  message: string;
}

/** What a search for the servers of an e-mail address came to. */
export interface DiscoveryReport {
  /** As it was understood: without spaces, the domain in lower case. */
  address: string;
  /**
   * `found`: a server for reading and one for sending. `partly`: one of the two. `impossible`: the provider has no
   * servers for mail programs.
   */
  outcome: 'found' | 'partly' | 'nothing' | 'impossible';
  /** At most one for each protocol. */
  servers: FoundServer[];
  /** Servers that were named but are not offered, at most 20. */
  rejected: RejectedServer[];
  provider: KnownProvider | null;
  /** The user name to type into the mail program. */
  user: string;
  /** What else is worth knowing, in plain sentences. */
  remarks: string[];
  /** The name server does not answer: nothing was found out, about the address neither. */
  offline?: true;
  steps: DiscoveryStep[];
}
