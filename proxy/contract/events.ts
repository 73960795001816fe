import type { CertificateProblem, Offer } from './certificate.ts';
import type { DiagnosisCode } from './diagnosis.ts';
import type { Protocol } from './protocol.ts';
import type { RefusalReason, RelayFailureReason } from './refusal.ts';
import type { SignInNeed } from './sign-in.ts';
import type { DecidedAs, PortHolder, SessionEnding } from './state.ts';

/**
 * One line of `postern run --json`. Each also carries `time` (ISO 8601); those about a relay carry its name.
 * Scripts rely on the names and fields: add, never rename.
 */
export type PosternEvent = { time: string } & (
  | { event: 'listening'; relay: string; address: string; port: number }
  /** Every listener is up; or, with `failed`, every one but those of the relays named, which are tried again. */
  | { event: 'ready'; window?: string; failed?: string[] }
  /** A configuration that Postern does not write was read again, and is in force. */
  | { event: 'configuration-applied'; file: string }
  /** It was read again and cannot be used; the one before it stays in force, all of it. */
  | { event: 'configuration-refused'; file: string; message: string }
  /** `from`: the address of whom a balancer passes on, by its word. */
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
      /** Of a certificate that was refused: everything that is wrong with it, whether or not it may be decided. */
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
  /** The server's certificate ends within `threshold` days. Told once for each threshold and certificate. */
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
      /** Whole days that are left. */
      daysLeft: number;
    }
  /** Postern cannot sign in for this account until a person does. `url`: where, once it is known. */
  | { event: 'sign-in-needed'; account: string; reason: SignInNeed; url?: string }
  /** A person has given what it takes: a password, or a consent. */
  | { event: 'signed-in'; account: string }
  | { event: 'certificate-decided'; id: string; decision: DecidedAs; account: string; host: string }
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

/** An event before the time is put on it. */
export type UntimedEvent = PosternEvent extends infer E ? (E extends PosternEvent ? Omit<E, 'time'> : never) : never;
