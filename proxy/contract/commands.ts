import * as z from 'zod';
import type { CertificateDecision } from './certificate.ts';
import { rememberings } from './certificate.ts';
import {
  type AccountConfiguration,
  accountSchema,
  type Configuration,
  configurationSchema,
  relaySchema,
  signInSchema,
} from './configuration.ts';
import type { Diagnosis } from './diagnosis.ts';
import type { DiscoveryReport, DiscoveryStep } from './discovery.ts';
import type { Protocol } from './protocol.ts';
import type { ConsentStep, SignInFailure } from './sign-in.ts';

const id = z
  .string()
  .regex(/^[0-9a-f]{8,64}$/, { error: 'expected the id of a question or decision, as the list shows it' });

/** Chosen by who starts a search, to end it by. */
const searchId = z.string().regex(/^[0-9a-f]{16,64}$/, { error: 'expected 16 to 64 hexadecimal digits' });

/** PEM text of one authority; a whole bundle of a system's is larger, and nobody means that. */
const authorityPem = z.string().max(200_000, { error: 'expected a file of at most 200 kB' });

/** What each command takes. Checked at run time wherever a command arrives, whatever it travelled over. */
export const commandInputs = {
  /** Accepts the certificate of a pending question, when the question offers it. */
  approve: z.strictObject({ id, remember: z.enum(rememberings) }),
  /** Rejects it, until the decision is forgotten. */
  reject: z.strictObject({ id }),
  /** Forgets a decision or a known server; sessions that rest on the decision end. */
  forget: z.strictObject({ id }),
  /**
   * Has the account reach the server of a pending question under another name, one of its certificate's own; the
   * likeliest unless told. Saved and in force once every server concerned is verified under it, or not at all.
   */
  renameServer: z.strictObject({ id, name: z.string().max(255).optional() }),
  /** Makes no new connections; live sessions go on. */
  pause: z.strictObject({}),
  resume: z.strictObject({}),
  /** The configuration in force. */
  configuration: z.strictObject({}),
  /** Checks, saves and applies a whole configuration; relays that did not change keep their sessions. */
  configure: z.strictObject({ configuration: configurationSchema }),
  /** Signs in through the account's own listeners, as a mail program would. All accounts without a name. */
  check: z.strictObject({
    account: z.string().optional(),
    user: z.string().max(1000).optional(),
    password: z.string().max(10_000).optional(),
  }),
  /** Looks for the mail servers of an e-mail address, and tries each one that it finds. Changes nothing. */
  discover: z.strictObject({
    address: z.string().max(1000),
    search: searchId,
    /** The way of reading mail without which the search goes on; either will do when not given. */
    reading: z.enum(['imap', 'pop3']).optional(),
  }),
  /** Ends a search, which then fails with `cancelled`. One that is over is no failure. */
  cancelDiscovery: z.strictObject({ search: searchId }),
  /**
   * Adds an account: relays to these servers, with names of their own on loopback ports that are free. Saved and in
   * force at once, or not at all.
   */
  addAccount: z.strictObject({
    name: z.string(),
    servers: z
      .array(relaySchema.pick({ protocol: true, server: true, port: true, tls: true }))
      .min(1, { error: 'expected one server at least' })
      .max(6),
    /** How Postern signs in there; without it the mail program does. */
    signIn: signInSchema.optional(),
  }),
  /**
   * Starts the practice account, where no other is configured. It ends when a configuration without it, or with another
   * account, is applied.
   */
  startPractice: z.strictObject({}),
  /** What is in a PEM text that somebody wants to bring along as an authority. Changes nothing. */
  readAuthority: z.strictObject({ pem: authorityPem }),
  /** Trusts an authority from now on: its certificates are kept in the data directory, and named in the configuration. */
  addAuthority: z.strictObject({ pem: authorityPem }),
  /** Trusts it no more. Connections that rest on it end. `file` as the configuration names it. */
  removeAuthority: z.strictObject({ file: z.string().max(4096) }),
  /** The authorities that the configuration names. */
  authorities: z.strictObject({}),
  /** Loopback ports that are free right now, one for each protocol asked for. */
  freePorts: z.strictObject({ protocols: z.array(z.enum(['smtp', 'imap', 'pop3'])).max(20) }),
  /** This computer is in another network, or awake again: servers that could not be reached are no news any more. */
  networkChanged: z.strictObject({}),
  /** Collects what a helper wants to know: no secret is in it, and user names are masked. */
  diagnostics: z.strictObject({}),
  /**
   * Asks for a person's consent at the account's provider, and answers when what that brought is stored. One at a time
   * for an account: another one ends the one before.
   */
  signIn: z.strictObject({
    account: z.string(),
    /** By a code that is typed on another machine (RFC 8628). */
    device: z.boolean().optional(),
    /** Kept from now on: what some providers want to be sent along with a client id. */
    clientSecret: z
      .string()
      .regex(/^[\x21-\x7e]{1,1000}$/, { error: 'expected the client secret: a text without blanks' })
      .optional(),
  }),
  /** Gives up a sign-in that is under way. One that is over is no failure. */
  cancelSignIn: z.strictObject({ account: z.string() }),
  /** Takes the consent back at the provider, where it has a way to, and forgets it here in any case; a stored password alike. */
  signOut: z.strictObject({ account: z.string() }),
  /** Keeps the password of an account of the kind `stored`, for the servers that it has now, in the place of the one before. */
  storePassword: z.strictObject({
    account: z.string(),
    password: z
      .string()
      .min(1, { error: 'expected a password, found an empty text' })
      .max(10_000, { error: 'expected a password of at most 10,000 characters' })
      // biome-ignore lint/suspicious/noControlCharactersInRegex: they end a line or a part of a SASL message
      .regex(/^[^\u0000\r\n]*$/, { error: 'expected a password in one line' }),
  }),
  /**
   * The local password of an account that Postern signs in for; made when there is none, or when it is to be replaced.
   * `short`: eight characters, for programs with a small field.
   */
  localPassword: z.strictObject({
    account: z.string(),
    replace: z.boolean().optional(),
    form: z.enum(['usual', 'short']).optional(),
  }),
  /** Its decisions and secrets go on under the new name. */
  renameAccount: z.strictObject({ account: z.string(), to: accountSchema.shape.name }),
  /** With it go its decisions, its memory and its secrets; that a server was once verified stays. */
  removeAccount: z.strictObject({ account: z.string() }),
  /** Stops the core: listeners at once, sessions after a bounded time to finish. */
  stop: z.strictObject({}),
} as const;
export type CommandName = keyof typeof commandInputs;
export type CommandInput<C extends CommandName> = z.output<(typeof commandInputs)[C]>;

/** What each command gives back. */
export interface CommandOutputs {
  approve: CertificateDecision;
  reject: CertificateDecision;
  forget: { forgotten: 'decision' | 'server' | 'question' };
  /** The names before and after, and the relays that got the new one. */
  renameServer: { account: string; from: string; to: string; relays: string[] };
  pause: null;
  resume: null;
  configuration: Configuration;
  configure: null;
  check: CheckReport;
  discover: DiscoveryReport;
  cancelDiscovery: null;
  addAccount: { account: AccountConfiguration };
  startPractice: null;
  readAuthority: { certificates: Authority[] };
  addAuthority: null;
  removeAuthority: null;
  /** Without certificates: a file that cannot be read any more. */
  authorities: { authorities: { file: string; certificates: Authority[] }[] };
  /** `listen` is for the configuration: the bare port where both loopback addresses are there. */
  freePorts: { ports: { protocol: Protocol; port: number; listen?: number | string }[] };
  networkChanged: null;
  /** `zip` is the archive in Base64, `contents` the names of the text files in it. */
  diagnostics: { name: string; contents: string[]; zip: string };
  /** The user name at the mail server. */
  signIn: { user: string };
  cancelSignIn: null;
  /** `forgotten`: the provider could not be told. */
  signOut: { outcome: 'revoked' | 'forgotten' };
  storePassword: null;
  /** The only place where it is told: it is in no row, event or log. */
  localPassword: { password: string };
  renameAccount: null;
  removeAccount: null;
  stop: null;
}

/** The certificate of an authority that the configuration names. */
export interface Authority {
  subject: string;
  /** SHA-256, in hexadecimal. */
  fingerprint: string;
  /** ISO 8601. */
  notAfter: string;
}

/** One step of a check, in the order in which it was done. */
export interface CheckStep {
  relay: string;
  step: 'connect' | 'greeting' | 'tls' | 'sign-in' | 'mailbox' | 'sign-out';
  outcome: 'ok' | 'failed' | 'skipped';
  /** What was seen, in a sentence. */
  message: string;
  milliseconds: number;
}

/** What a command tells while it runs; the others tell nothing. */
export interface CommandProgress {
  check: CheckStep;
  discover: DiscoveryStep;
  signIn: ConsentStep;
}
export type Progress<C extends CommandName> = C extends keyof CommandProgress ? CommandProgress[C] : never;
/** A step of any command, for what only carries it. */
export type AnyProgress = CommandProgress[keyof CommandProgress];

export interface RelayCheck {
  relay: string;
  account: string;
  protocol: Protocol;
  outcome: 'ok' | 'failed';
  steps: CheckStep[];
  tlsVersion: string | null;
  cipher: string | null;
  /** ISO 8601: when the server's certificate ends. */
  certificateExpires: string | null;
  trust: 'verified' | 'trusted-by-you' | null;
  /** What went wrong and what to do about it; missing when nothing did. */
  diagnosis?: Diagnosis;
}

export interface CheckReport {
  outcome: 'ok' | 'failed';
  relays: RelayCheck[];
}

/** Whether a check signed in, or tried to: without user name and password it only looks at the servers. */
export function signInWasTried({ relays }: CheckReport): boolean {
  return relays.every(({ steps }) => steps.every(({ step, outcome }) => step !== 'sign-in' || outcome !== 'skipped'));
}

/** An expected failure of a command: `code` for programs, `message` for people. */
export interface CommandFailure {
  code: 'bad-input' | 'not-found' | 'not-pending' | 'not-offered' | 'cancelled' | 'failed';
  message: string;
  /** Of a sign-in: why it came to nothing. */
  reason?: SignInFailure;
}
