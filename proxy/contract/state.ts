import type {
  CertificateDecision,
  CertificateProblem,
  CertificateQuestion,
  CertificateSummary,
  KnownServer,
} from './certificate.ts';
import type { Diagnosis } from './diagnosis.ts';
import type { PortHolder } from './events.ts';
import type { Happening } from './happening.ts';
import type { LocalTls } from './local-tls.ts';
import type { Protocol, TlsMode } from './protocol.ts';
import type { RefusalReason, RelayFailureReason } from './refusal.ts';
import type { AccountRow, VaultKeyPlace } from './sign-in.ts';

/** What protects the connection between Postern and the server. */
export interface UpstreamProtection {
  /** `TLSv1.2` or `TLSv1.3`. */
  tlsVersion: string;
  /** The IANA or OpenSSL name of the cipher suite, as the TLS library gives it. */
  cipher: string;
  certificate: CertificateSummary;
  /** `verified` by the rules alone, or `trusted-by-you` through the decision named. */
  trust: { kind: 'verified' } | { kind: 'trusted-by-you'; decision: string };
  /** ISO 8601. */
  verifiedAt: string;
}

export type ListenerStatus =
  | { kind: 'starting' }
  | { kind: 'listening' }
  | {
      kind: 'failed';
      reason: RelayFailureReason;
      message: string;
      diagnosis: Diagnosis;
      /** The program that holds the port, where the system says. */
      holder?: PortHolder;
      /** A free port to use instead, where the address is in use. */
      freePort?: number;
    }
  | { kind: 'stopped' };

export interface ListenerRow {
  address: string;
  /** The port in use; differs from the configured one only where that is 0. */
  port: number;
  status: ListenerStatus;
}

export interface RefusalRow {
  reason: RefusalReason;
  /** One or two plain sentences: what happened, and what to do. */
  message: string;
  /** ISO 8601. */
  at: string;
  /** What the failure was recognised as. */
  diagnosis: Diagnosis;
  /** Present when it is about a certificate that could be judged, whether or not a person may accept it. */
  problems?: readonly CertificateProblem[];
  /** Present when the server had been verified before: what protected the connection. */
  protection?: UpstreamProtection;
  /** Present when it was before Postern was started. */
  beforeStart?: true;
}

/** One relay. Keyed by its name. */
export interface RelayRow {
  name: string;
  account: string;
  protocol: Protocol;
  server: string;
  port: number;
  tls: TlsMode;
  listeners: ListenerRow[];
  sessionsOpen: number;
  sessionsTotal: number;
  refusalsTotal: number;
  /** Bytes of ended sessions; those of live ones are in their rows. */
  bytesUp: number;
  bytesDown: number;
  /** The connection waiting for the next session, not counted among the sessions. Present once there was one. */
  spare?: { waiting: boolean; used: number };
  /** The evidence of the last verified session, kept across restarts. */
  lastVerified: UpstreamProtection | null;
  /**
   * ISO 8601: when a program last signed in or, where that takes no sign-in, began to move mail, kept across restarts. A
   * server that was verified, and no more, is no success. Null and missing where there was none.
   */
  lastSuccess?: string | null;
  /** Kept across restarts. */
  lastRefusal: RefusalRow | null;
  /**
   * ISO 8601: when the server, which offered TLS before, was found not to, kept across restarts. Null and missing once it has
   * proved itself again.
   */
  encryptionVanishedAt?: string | null;
  /** Present where the relay serves devices of the local network: how they may encrypt the connection to Postern. */
  localTls?: LocalTls;
  /** Present where devices sign in with a password, which crosses the local network as it is where they use no TLS. */
  takesPasswords?: true;
  /** Present where TLS 1.0 and 1.1 are accepted from them, `unavailable` where this build's TLS library has neither. */
  oldTls?: 'taken' | 'unavailable';
  /**
   * Present where the relay serves devices of the local network: the devices that have connected, the most recently
   * seen last.
   */
  devices?: DeviceRow[];
  /** Present while the certificate that the server showed last expires within days. */
  expiring?: CertificateExpiring | null;
}

/** A device of the local network that has been at a relay since Postern was started. */
export interface DeviceRow {
  address: string;
  /** False for one that was turned away because the relay does not list it. */
  listed: boolean;
  /** ISO 8601. */
  lastSeen: string;
  /** How many of its messages the server has taken. */
  messages: number;
  refusals: number;
  /** The version of TLS that it used to Postern when it was last admitted; null for plaintext. */
  tls?: string | null;
}

/** A certificate that expires soon. */
export interface CertificateExpiring {
  /** ISO 8601. */
  notAfter: string;
  /** It expires within this many days. */
  threshold: 3 | 14;
}

export const sessionPhases = ['connecting', 'waiting-for-decision', 'signing-in', 'signed-in'] as const;
export type SessionPhase = (typeof sessionPhases)[number];

/** One live session. Keyed by its id. */
export interface SessionRow {
  id: string;
  relay: string;
  account: string;
  /** ISO 8601. */
  openedAt: string;
  phase: SessionPhase;
  protection: UpstreamProtection | null;
  /** Of a device: the version of TLS to Postern, null for plaintext. */
  localTls?: string | null;
  /** Bytes from the mail program to the server. Updated about once a second. */
  bytesUp: number;
  bytesDown: number;
}

/** One line of what happened, newest with the highest number. Keyed by that number. */
export type ActivityRow = { number: number; at: string; relay: string | null; account: string | null } & Happening;

/** The account for newcomers to try things with. Its mail server is embedded, so its password protects nothing. */
export interface PracticeAccount {
  account: string;
  user: string;
  password: string;
  /** SHA-256 of its server's one certificate, in hexadecimal, to compare with what the question shows. */
  fingerprint: string;
}

/** Facts about the core as a whole. One row, keyed `core`. */
export interface CoreRow {
  version: string;
  /** ISO 8601. */
  startedAt: string;
  /** True while the person has asked that no connections be made. */
  paused: boolean;
  /** Questions that were dropped unanswered because too many arrived. */
  questionsDropped: number;
  /** Problems with stored files that a person should know about, in plain sentences. */
  warnings: string[];
  /** Present where the configuration is a file that Postern reads and never writes: its path. */
  fixedConfiguration?: string;
  /** Present where commands need more to reach this Postern, with a blank in front: ` --data-dir /srv/mail`. */
  commandOptions?: string;
  /** Present while the practice account runs. It ends when a configuration without it is applied. */
  practice?: PracticeAccount;
  /** Present where devices may use TLS: the certificate that Postern shows them. */
  localCertificate?: LocalCertificateRow;
  /** Present once anything is stored: where the vault's key is kept, and why it cannot be opened, if so. */
  vault?: { key: VaultKeyPlace; problem?: string };
}

/** The certificate that Postern shows to devices. */
export interface LocalCertificateRow {
  /** SHA-256, in hexadecimal. */
  fingerprint: string;
  /** ISO 8601. */
  notAfter: string;
  /** The names and addresses that it is for. */
  names: string[];
}

/** The whole state: keyed tables of plain data. */
export interface Tables {
  core: CoreRow;
  accounts: AccountRow;
  relays: RelayRow;
  sessions: SessionRow;
  questions: CertificateQuestion;
  decisions: CertificateDecision;
  servers: KnownServer;
  activity: ActivityRow;
}
export type TableName = keyof Tables;

/** Every table, or the compiler complains. */
const each: Record<TableName, true> = {
  core: true,
  accounts: true,
  relays: true,
  sessions: true,
  questions: true,
  decisions: true,
  servers: true,
  activity: true,
};
export const tableNames = Object.keys(each) as TableName[];

/** Everything at one revision. */
export interface Snapshot {
  revision: number;
  tables: { [T in TableName]: Record<string, Tables[T]> };
}

/** One row set or, with `row` null, removed. Revisions count up by one without a gap. */
export type Change = {
  [T in TableName]: { revision: number; table: T; key: string; row: Tables[T] | null };
}[TableName];
