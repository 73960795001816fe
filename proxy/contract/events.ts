import type { CertificateProblem, Offer } from './certificate.ts';
import type { DiagnosisCode } from './diagnosis.ts';
import type { Protocol } from './protocol.ts';
import type { RefusalReason, RelayFailureReason } from './refusal.ts';
import type { SignInNeed } from './sign-in.ts';

/**
 * One line of `postern run --json`. Each also carries `time` (ISO 8601); those about a relay carry its name.
 * Scripts rely on the names and fields: add, never rename.
 */
export type PosternEvent = { time: string } & (
  | { event: 'listening'; relay: string; address: string; port: number }
  /** Every listener is up; or, with `failed`, all but those of the relays named, which are retried. */
  | { event: 'ready'; window?: string; failed?: string[] }
  /** A configuration that Postern does not write was read again and applied. */
  | { event: 'configuration-applied'; file: string }
  /** It was read again but cannot be used; the one before stays in force, all of it. */
  | { event: 'configuration-refused'; file: string; message: string }
  /** `from`: the client's address, as reported by the balancer. */
  | { event: 'session-opened'; relay: string; session: string; from?: string }
  | {
      event: 'session-verified';
      relay: string;
      session: string;
      protocol: Protocol;
      tlsVersion: string;
      cipher: string;
      fingerprint: string;
      trust: 'verified' | 'trusted-by-you';
    }
  | {
      event: 'session-closed';
      relay: string;
      session: string;
      bytesUp: number;
      bytesDown: number;
      ending: SessionEnding;
      truncated: boolean;
    }
  | {
      event: 'refused';
      relay: string;
      session?: string;
      /** Where one event stands for many of a kind: how many. */
      times?: number;
      reason: RefusalReason;
      message: string;
      /** What it was recognised as. */
      code: DiagnosisCode;
      /** What the words are made of. */
      facts: Record<string, unknown>;
      /** Of a refused certificate: everything that is wrong with it, whether or not a person may accept it. */
      problems?: readonly CertificateProblem[];
    }
  | {
      event: 'certificate-pending';
      relay: string;
      id: string;
      account: string;
      host: string;
      port: number;
      fingerprint: string;
      problems: CertificateProblem[];
      offers: Offer[];
    }
  /** The server's certificate expires within `threshold` days. Reported once per threshold and certificate. */
  | {
      event: 'certificate-expiring';
      relay: string;
      account: string;
      host: string;
      port: number;
      fingerprint: string;
      /** ISO 8601. */
      notAfter: string;
      threshold: 3 | 14;
      /** Whole days left. */
      daysLeft: number;
    }
  /** Postern cannot sign in for this account until a person acts. `url`: where, once it is known. */
  | { event: 'sign-in-needed'; account: string; reason: SignInNeed; url?: string }
  /** A person has supplied what was missing: a password, or a consent. */
  | { event: 'signed-in'; account: string }
  | {
      event: 'certificate-decided';
      id: string;
      decision: DecidedAs;
      account: string;
      host: string;
      with?: ForgottenWith;
      /** Present where nothing had been decided: what was forgotten is a question. */
      of?: 'question';
    }
  /** A server about which there was an alarm has proved itself again. `what`: by its certificate, or with encryption. */
  | { event: 'alarm-ended'; account: string; host: string; port: number; what: 'certificate' | 'encryption' }
  | {
      event: 'relay-failed';
      relay: string;
      address: string;
      port: number;
      reason: RelayFailureReason;
      message: string;
      code: DiagnosisCode;
      facts: Record<string, unknown>;
      holder?: PortHolder;
      freePort?: number;
    }
);

/** An event before it is timestamped. */
export type UntimedEvent = PosternEvent extends infer E ? (E extends PosternEvent ? Omit<E, 'time'> : never) : never;

/**
 * How a session ended. `truncated`: the server's side ended without TLS `close_notify` (RFC 8446 §6.1). `fault`: by a mistake of
 * Postern's own.
 */
export const sessionEndings = [
  'clean',
  'truncated',
  'client-reset',
  'stopped',
  'decision-forgotten',
  'decision-retired',
  'certificate-revoked',
  'refused',
  'authority-removed',
  'paused',
  'fault',
] as const;
export type SessionEnding = (typeof sessionEndings)[number];

/**
 * What became of a certificate: decided by the person, forgotten, retired because the server now verifies without
 * it, or replaced because the person trusted another certificate in its place. Superseded: a question was closed because
 * the server shows another certificate, or now verifies.
 */
export const decidedAs = ['reject', 'once', 'always', 'forgotten', 'retired', 'replaced', 'superseded'] as const;
export type DecidedAs = (typeof decidedAs)[number];
/** What a decision or question was forgotten with, where nobody asked for that alone. */
export type ForgottenWith = 'practice' | 'account';

/** A program that holds a port of this computer. */
export interface PortHolder {
  pid: number;
  /** Its name as the system gives it, inert. */
  program: string;
}
