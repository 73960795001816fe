import * as z from 'zod';
import { type CertificateDecision, rememberings } from './certificate.ts';
import type { CheckReport, CheckStep } from './check-report.ts';
import {
  type AccountConfiguration,
  accountSchema,
  type Configuration,
  configurationSchema,
  relaySchema,
} from './configuration.ts';
import type { DiscoveryReport, DiscoveryStep } from './discovery.ts';
import { type Protocol, protocols } from './protocol.ts';
import type { ConsentStep, SignInFailure } from './sign-in.ts';
import { signInSchema } from './sign-in-configuration.ts';
import type { LocalCertificateRow } from './state.ts';

const id = z
  .string()
  .regex(/^[0-9a-f]{8,64}$/, { error: 'expected the id of a question or decision, as the list shows it' });

/** Chosen by the caller that starts a search, to cancel it with. */
const searchId = z.string().regex(/^[0-9a-f]{16,64}$/, { error: 'expected 16 to 64 hexadecimal digits' });

/** PEM text of one authority; a system's whole bundle is larger, and is never what is meant. */
const authorityPem = z.string().max(200_000, { error: 'expected a file of at most 200 kB' });

/** Another program's configuration: its text, and the file's name without a folder. */
const foreignConfiguration = z.strictObject({
  text: z.string().max(1_000_000, { error: 'expected a file of at most 1 MB' }),
  file: z
    .string()
    .max(255)
    .regex(/^[^/\\]*$/, { error: 'expected a file name without a folder' }),
});

/** What each command takes. Checked at run time wherever a command arrives, over any transport. */
export const commandInputs = {
  /** Accepts the certificate of a pending question, when the question offers it. */
  approve: z.strictObject({ id, remember: z.enum(rememberings) }),
  /** Rejects it, until the decision is forgotten. */
  reject: z.strictObject({ id }),
  /**
   * Forgets a decision, or a known server with what was rejected there; sessions that rest on the decision end.
   */
  forget: z.strictObject({ id }),
  /**
   * Makes the account reach the server of a pending question under another name from its certificate; by default the
   * likeliest. Saved and applied once every server concerned is verified under it, or not at all.
   */
  renameServer: z.strictObject({ id, name: z.string().max(255).optional() }),
  /**
   * Lists a device in `lan.allow` of a relay at which it was turned away. `relay` may be an account with one relay for
   * devices.
   */
  allowDevice: z.strictObject({ relay: relaySchema.shape.name, address: z.string().max(50) }),
  /** Takes a device out of `lan.allow` of a relay, or of every relay if none is named; its connections there end. */
  forgetDevice: z.strictObject({ relay: relaySchema.shape.name.optional(), address: z.string().max(50) }),
  /** The certificate that Postern shows to devices of the local network, to be imported into them. */
  localCertificate: z.strictObject({}),
  /** Makes no new connections; live sessions go on. */
  pause: z.strictObject({}),
  resume: z.strictObject({}),
  /** The configuration in force. */
  configuration: z.strictObject({}),
  /** Checks, saves and applies a whole configuration; relays that did not change keep their sessions. */
  configure: z.strictObject({ configuration: configurationSchema }),
  /** Signs in through the account's own listeners, as a mail program would. All accounts if none is named. */
  check: z.strictObject({
    /** Of an account, or of one relay. */
    account: z.string().optional(),
    user: z.string().max(1000).optional(),
    password: z.string().max(10_000).optional(),
  }),
  /** Looks for the mail servers of an e-mail address, and tries each one that it finds. Changes nothing. */
  discover: z.strictObject({
    address: z.string().max(1000),
    search: searchId,
    /** The protocol for reading mail that the search must find; either will do if not given. */
    reading: z.enum(['imap', 'pop3']).optional(),
  }),
  /** Ends a search, which then fails with `cancelled`. Not an error if it is over already. */
  cancelDiscovery: z.strictObject({ search: searchId }),
  /**
   * Adds an account: newly named relays to these servers, on free loopback ports. Saved and applied at once, or not at
   * all.
   */
  addAccount: z.strictObject({
    name: z.string(),
    servers: z
      .array(relaySchema.pick({ protocol: true, server: true, port: true, tls: true }))
      .min(1, { error: 'expected one server at least' })
      .max(6),
    /** How Postern signs in there; if missing, the mail program does. */
    signIn: signInSchema.optional(),
  }),
  /** What would come of a configuration of stunnel or Email OAuth 2.0 Proxy. Changes nothing. */
  readImport: foreignConfiguration,
  /** Adds what is in it. Saved and applied at once, or not at all. */
  addImport: foreignConfiguration,
  /**
   * Starts the practice account, if no other is configured. It ends when a configuration without it, or with another
   * account, is applied.
   */
  startPractice: z.strictObject({}),
  /** What is in a PEM text that somebody wants to add as an authority. Changes nothing. */
  readAuthority: z.strictObject({ pem: authorityPem }),
  /** Trusts an authority from now on: its certificates are kept in the data directory, and named in the configuration. */
  addAuthority: z.strictObject({ pem: authorityPem }),
  /** Stops trusting it. Connections that rest on it end. `file` as the configuration names it. */
  removeAuthority: z.strictObject({ file: z.string().max(4096) }),
  /** The authorities that the configuration names. */
  authorities: z.strictObject({}),
  /** Loopback ports that are free right now, one for each protocol asked for. */
  freePorts: z.strictObject({ protocols: z.array(z.enum(protocols)).max(20) }),
  /** This computer is on another network, or awake again: earlier failures to reach servers no longer count. */
  networkChanged: z.strictObject({}),
  /** Collects what someone helping needs to know: it contains no secret, and user names are masked. */
  diagnostics: z.strictObject({}),
  /**
   * Asks for a person's consent at the account's provider, and answers once the result is stored. One at a time per
   * account: a new one ends the one before.
   */
  signIn: z.strictObject({
    account: z.string(),
    /** By a code typed on another machine (RFC 8628). */
    device: z.boolean().optional(),
    /** Some providers require one along with a client id. Kept from now on. */
    clientSecret: z
      .string()
      .regex(/^[\x21-\x7e]{1,1000}$/, { error: 'expected the client secret: a text without blanks' })
      .optional(),
  }),
  /** Gives up a sign-in that is under way. Not an error if it is over already. */
  cancelSignIn: z.strictObject({ account: z.string() }),
  /**
   * Withdraws the consent at the provider, if it has a way to, and forgets it here in any case; likewise a stored
   * password.
   */
  signOut: z.strictObject({ account: z.string() }),
  /** Stores the password of an account of the kind `stored`, for its present servers, replacing the one before. */
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
   * The local password of an account that Postern signs in for; created if there is none, or to replace it. `short`:
   * eight characters, for programs with a small field.
   */
  localPassword: z.strictObject({
    account: z.string(),
    replace: z.boolean().optional(),
    form: z.enum(['usual', 'short']).optional(),
  }),
  /** Its decisions and secrets move to the new name. */
  renameAccount: z.strictObject({ account: z.string(), to: accountSchema.shape.name }),
  /** Its decisions, memory and secrets go with it; that a server was once verified stays. */
  removeAccount: z.strictObject({ account: z.string() }),
  /** Stops the core: listeners at once, sessions after a bounded time to finish. */
  stop: z.strictObject({}),
} as const;
export type CommandName = keyof typeof commandInputs;
export type CommandInput<C extends CommandName> = z.output<(typeof commandInputs)[C]>;

/** What each command gives back. */
export interface CommandOutputs {
  /** `unsaved`: trusted until Postern stops, as it could not be saved, and why: a sentence. */
  approve: CertificateDecision & { unsaved?: string };
  reject: CertificateDecision;
  forget: { forgotten: 'decision' | 'server' | 'question'; host?: string; port?: number };
  /** The names before and after, and the relays that got the new one. */
  renameServer: { account: string; from: string; to: string; relays: string[] };
  allowDevice: { account: string; relay: string; address: string };
  /** The relays that allowed it. */
  forgetDevice: { address: string; relays: { account: string; relay: string }[] };
  /** `pem` is the certificate alone. */
  localCertificate: LocalCertificateRow & { pem: string };
  pause: null;
  resume: null;
  configuration: Configuration;
  configure: null;
  check: CheckReport;
  discover: DiscoveryReport;
  cancelDiscovery: null;
  addAccount: { account: AccountConfiguration };
  readImport: ImportReport;
  addImport: { report: ImportReport; configuration: Configuration };
  startPractice: null;
  readAuthority: { certificates: Authority[] };
  addAuthority: null;
  removeAuthority: null;
  /** Without certificates: a file that can no longer be read. */
  authorities: { authorities: { file: string; certificates: Authority[] }[] };
  /** `listen` is for the configuration: the bare port where both loopback addresses exist. */
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
  /** The only place that reveals it: it is in no row, event or log. */
  localPassword: { password: string };
  renameAccount: null;
  /** Whether the provider was told that the account's consent is over; null where there was none. */
  removeAccount: { consent: 'revoked' | 'forgotten' | null };
  stop: null;
}

/** What another program's configuration adds, and what of it is left behind or becomes something else. */
export interface ImportReport {
  /** `stunnel`, `Email OAuth 2.0 Proxy` */
  program: string;
  added: AccountConfiguration[];
  /** Files of authorities that become trusted, for every account. */
  certificateAuthorities: string[];
  /** `place` as in the file, `[imap] verify`; empty for the file as a whole. */
  notes: { place: string; message: string }[];
}

/** The certificate of an authority that the configuration names. */
export interface Authority {
  subject: string;
  /** SHA-256, in hexadecimal. */
  fingerprint: string;
  /** ISO 8601. */
  notAfter: string;
}

/** What a command reports while it runs; the others report nothing. */
export interface CommandProgress {
  check: CheckStep;
  discover: DiscoveryStep;
  signIn: ConsentStep;
}
export type Progress<C extends CommandName> = C extends keyof CommandProgress ? CommandProgress[C] : never;
/** A step of any command, for code that only passes it on. */
export type AnyProgress = CommandProgress[keyof CommandProgress];

/** An expected failure of a command: `code` for programs, `message` for people. */
export interface CommandFailure {
  code: 'bad-input' | 'not-found' | 'not-pending' | 'not-offered' | 'cancelled' | 'failed';
  message: string;
  /** Of a sign-in: why it failed. */
  reason?: SignInFailure;
  /** The command that has to come before this one. */
  first?: 'resume';
}
