import type { RefusalReason } from '../contract/index.ts';
import type { LineChannel } from '../net/line-channel.ts';

/** What a command means to the sign-in, whatever it is called in a dialect. */
export type Meaning =
  /** The server answers it, and the program goes on. */
  | 'ask'
  /** Carries credentials: raw bytes follow once the server accepts them. */
  | 'sign-in'
  /** Raw bytes follow if the server agrees: the text of a message, compression. */
  | 'raw'
  /** What follows is no command, whatever the server says: a chunk of a message. */
  | 'raw-at-once'
  /** Part of a message, which a relay for devices parses to its end. */
  | 'message'
  /** Asks for TLS, which is already in place. */
  | 'start-tls'
  /** The session's last command. */
  | 'good-bye';

/** A row of a dialect's table. */
export interface CommandRow {
  means: Meaning;
  /** The longest line allowed, in bytes, end included. */
  maxLength: number;
  /** How long the server may take to answer, in milliseconds, where the protocol allows more than a session does. */
  replyMilliseconds?: number;
  /** The first half of a sign-in: where the server refuses it, it has refused the sign-in. */
  beginsSignIn?: boolean;
  /**
   * Allowed before TLS with the mail program: even if an attacker sent it, it leaves no state at the server that would
   * hold inside TLS (RFC 3207 §4.2, RFC 2595 §4).
   */
  beforeTls?: boolean;
}

/** Why Postern itself does not pass a command on. */
export type Fault = 'too-long' | 'malformed' | 'unknown' | 'start-tls' | 'bad-credentials' | TlsFault;

/** Faults of a command where the mail program may use TLS. */
export type TlsFault = 'tls-first' | 'tls-late' | 'tls-already';

/** A command of the mail program, as its dialect reads it. */
export interface Command extends CommandRow {
  /** Its first bytes: they give away a program that speaks another protocol. */
  head: Buffer;
  /** False if it might belong to another protocol: the client is then not yet known to be a mail program. */
  known: boolean;
  /** As the trace may show it. */
  shown: string;
  /** True when it may have told the server something that the trace must not show. */
  secret: boolean;
  /** True when it signs in with a token instead of a password. */
  token: boolean;
  /** What is wrong with the command in itself, or null. */
  fault: Fault | null;
}

/**
 * What the server sent until it is the mail program's or Postern's turn. `bytes` are for the mail program, filtered.
 */
export type Answer =
  | { kind: 'challenge'; bytes: Buffer }
  | { kind: 'accepted'; bytes: Buffer }
  /**
   * `counts`: whether it means that the program is at fault. `reply`: the server's words, to be recognised, never shown;
   * none where they are neither a "no" nor the "yes" that the protocol knows.
   */
  | { kind: 'refused'; bytes: Buffer; counts: boolean; reply?: string }
  /**
   * The server's goodbye. `reply`: its words, where they refuse a sign-in. `goodBye`: its words, where they are the only
   * answer to one, which need not mean that it was refused.
   */
  | { kind: 'closed'; bytes: Buffer; reply?: string; goodBye?: string };

/**
 * Result of reading a full command: complete, declined (with the answer to it), flood (too much input) or malformed.
 */
export type Gathered<C extends Command> =
  | { kind: 'whole'; command: C }
  | { kind: 'declined'; answer: string }
  | { kind: 'flood' }
  | { kind: 'malformed' };

/** What reading the rest of a command may use. */
export interface Gathering {
  client: LineChannel;
  /** Ends it when the mail program takes too long. */
  signal: AbortSignal;
  tell(text: string): Promise<void>;
  onLineTooLong(): void;
}

/** Why Postern itself ends the sign-in, while the mail program is listening. */
export type Farewell = 'idle' | 'failures' | 'flood' | 'malformed';

/** What ends the sign-in, in words for the mail program: a refusal with its reason, or an end from outside. */
export interface SignInEnd {
  message: string;
  reason?: RefusalReason;
}

/** The mail program's side of a dialect: how it is read, and how Postern answers it, in texts without a line end. */
export interface Grammar<C extends Command> {
  /**
   * Reads one command, or its beginning where more belongs to it. One that is too long is returned as such, with its
   * rest still unread.
   *
   * @throws ChannelClosed, or the signal's reason
   */
  read(client: LineChannel, signal: AbortSignal): Promise<C>;
  /** Reads the answer to a challenge, without its end; or null for what cannot be one. `too-long` leaves the rest unread. */
  readCredentials(client: LineChannel, signal: AbortSignal): Promise<Buffer | null | 'too-long'>;
  /**
   * Reads what else belongs to a command, even a declined one: the program may have sent it already.
   *
   * @param declined the answer when it is not to be passed on, or null
   */
  gather(command: C, declined: string | null, gathering: Gathering): Promise<Gathered<C>>;
  /** The answer to a command that is not passed on. */
  decline(command: C, fault: Fault): string;
  /**
   * The answer given instead of the server's when that accepts only tokens: never one that makes a program discard a
   * valid password.
   */
  tokensAlone(command: C, why: string): string;
  farewell(why: Farewell): string;
  /** The go-ahead for TLS with the mail program. */
  startTls(command: C): string;
  /** Our answer to this command as the trace may show it. */
  showAnswer(command: C, answer: string): string;
  /** The final message, line by line. @param pending the command that waits for an answer */
  lastWords(pending: C | null, end: SignInEnd): string[];
  /** One of our texts as it goes over the wire. @param pending the command that it answers */
  inBytes(text: string, pending: C | null): Buffer;
}

/** The server's side of a dialect, from the greeting to the end of the sign-in. Each call throws Refused. */
export interface ServerTalk<C extends Command> {
  /**
   * The answer to a command that is not passed on, given what the server has said about itself; null for one that is;
   * the server's goodbye, if it had to be asked. Called for a command's beginning, and again for the whole.
   */
  admit(command: C): Promise<string | null | Extract<Answer, { kind: 'closed' }>>;
  /** Sends a command whose answer is for the program alone. */
  send(command: C): Promise<void>;
  /** Sends a command and reads the answer to it. */
  ask(command: C): Promise<Answer>;
  /** Sends the answer to a challenge, or cancels the sign-in (null), and reads the server's. */
  respond(command: C, credentials: Buffer | null): Promise<Answer>;
  /**
   * Reads what the server says out of turn, or notices that it has left.
   *
   * @param during the sign-in waiting for the mail program's answer to a challenge, or null between commands
   * @returns null when that changes nothing
   */
  interrupt(during: C | null): Promise<Answer | null>;
  /** The mail program starts over inside TLS: an attacker may have sent what came before. */
  forgetProgram?(): void;
  /** True when the server, which has just refused a password, offers sign-in by tokens only. */
  takesTokensAlone(): Promise<boolean>;
}
