import { constants } from 'node:crypto';
import tls from 'node:tls';
import type { Anchors } from '../judging/path.ts';
import { type BuiltInRoots, createRoots } from '../judging/roots.ts';
import { ciphers, pssKeyAlgorithms, signatureAlgorithms } from './tls-policy.ts';

/** The TLS contexts of a relay. */
export interface ConnectionContext {
  readonly roots: Anchors;
  /** Created when the first connection needs it. */
  secureContext(): tls.SecureContext;
}

/** What every TLS connection of one relay shares. */
export interface TlsContext extends ConnectionContext {
  /** The same except for its key exchange groups: only classical ones, so that a ClientHello fits into one packet. */
  readonly onePacket: ConnectionContext;
}

export interface TlsContexts {
  /** Returns the context of one relay, by its name. */
  of(relay: string): TlsContext;
}

/** PEM texts, as the configuration's files hold them. */
export interface TlsContextOptions {
  /** Authorities that are trusted besides Mozilla's and the system's. */
  authorities: readonly string[];
  /** By relay name. */
  clientCertificates: ReadonlyMap<string, { certificate: string; key: string }>;
  /** This computer's own by default. */
  builtIn?: BuiltInRoots;
}

/**
 * @throws {Error} when an authority cannot be read
 */
export function createTlsContexts({ authorities, clientCertificates, builtIn }: TlsContextOptions): TlsContexts {
  const roots = createRoots({ certificateAuthorities: authorities, ...(builtIn ? { builtIn } : {}) });
  const plain = contextOf(roots, authorities);
  const withCertificate = new Map(
    Array.from(clientCertificates, ([relay, { certificate, key }]) => [
      relay,
      contextOf(roots, authorities, { cert: certificate, key }),
    ]),
  );
  return { of: (relay) => withCertificate.get(relay) ?? plain };
}

function contextOf(
  roots: Anchors,
  authorities: readonly string[],
  client: { cert?: string; key?: string } = {},
): TlsContext {
  const made = (groups: () => { ecdhCurve?: string }): ConnectionContext => {
    let context: tls.SecureContext | null = null;
    return {
      roots,
      secureContext() {
        context ??= tls.createSecureContext({
          // Nothing is verified by it: only the judge decides. It is where a client certificate's issuers are looked
          // for. Always given, even if empty: without it the library reads hundreds of authorities.
          ca: [...authorities],
          ...client,
          ...groups(),
          minVersion: 'TLSv1.2',
          ciphers,
          sigalgs: acceptedSignatures(),
          // A renegotiation could swap the certificate after the verdict; a ticket could skip the verdict next time.
          secureOptions:
            constants.SSL_OP_NO_RENEGOTIATION | constants.SSL_OP_NO_TICKET | constants.SSL_OP_NO_COMPRESSION,
        });
        return context;
      },
    };
  };
  return { ...made(() => ({})), onePacket: made(() => ({ ecdhCurve: acceptedClassicalGroups() })) };
}

let accepted: string | null = null;

/** All of the policy's signature algorithms that this build's library knows. */
function acceptedSignatures(): string {
  const all = `${signatureAlgorithms}:${pssKeyAlgorithms}`;
  accepted ??= isKnown({ sigalgs: all }) ? all : signatureAlgorithms;
  return accepted;
}

/** Whether this library can offer a post-quantum group; if not, every ClientHello fits into one packet. */
export function knowsPostQuantumGroups(): boolean {
  postQuantum ??= isKnown({ ecdhCurve: 'X25519MLKEM768' });
  return postQuantum;
}

let postQuantum: boolean | null = null;
let classical: string | null = null;

/** What OpenSSL offers by default, except for the post-quantum group; BoringSSL knows only the curves. */
function acceptedClassicalGroups(): string {
  const all = `${classicalCurves}:X448:ffdhe2048:ffdhe3072`;
  classical ??= isKnown({ ecdhCurve: all }) ? all : classicalCurves;
  return classical;
}

const classicalCurves = 'X25519:P-256:P-384:P-521';

function isKnown(options: tls.SecureContextOptions): boolean {
  try {
    tls.createSecureContext(options);
    return true;
  } catch {
    return false;
  }
}
