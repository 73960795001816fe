import type { AwaitedStep, Protocol, Referrals } from '../contract/index.ts';
import type { LineChannel } from '../net/line-channel.ts';
import type { Refused } from '../net/refused.ts';
import type { SubmissionBounds } from './bounds.ts';
import type { OwnSignIn } from './front.ts';
import type { Alone, OwnClient } from './own-client.ts';

/** Receives each protocol line of the sign-in phase, with every secret already replaced. */
export type Trace = (direction: 'client' | 'server' | 'to-server' | 'to-client', line: string) => void;

/** What the plaintext step may use: the line to the server, and the clock. */
export interface PlaintextStep {
  upstream: LineChannel;
  /** The server's name, for messages. */
  server: string;
  signal: AbortSignal;
  /** Names what is being waited for, in case it never comes. */
  waitFor(step: AwaitedStep): void;
  /** Notes that part of the greeting has come: the rest may be slow on purpose, and gets more time, once. */
  greetingBegan(): void;
  /** This computer's address on the connection, as far as it is known. */
  localAddress: string | undefined;
  trace: Trace;
}

/** TLS between a mail program and Postern, where the program may ask for it: before and after the handshake. */
export interface LocalTlsStep {
  /** Whether commands before it are refused. */
  readonly required: boolean;
  readonly secured: boolean;
  /**
   * Sends the go-ahead and makes the program's channel one over TLS.
   *
   * @param goAhead with its line end
   * @throws Refused where something stands behind the request, or the handshake comes to nothing
   */
  secure(goAhead: string): Promise<void>;
}

/** What the greeting and the capability lists say about TLS between the mail program and Postern. */
export type LocalTlsOffer = 'offer' | 'require';

/** What the greeting inside TLS may use. */
export interface GreetingStep extends PlaintextStep {
  /** Present where the program may ask for TLS with Postern. */
  localTls?: LocalTlsOffer | undefined;
  /**
   * True when the server's own greeting comes next (implicit TLS); false after STARTTLS, where it came in plaintext.
   */
  greetingExpected: boolean;
  /** True where Postern answers the mail program's sign-in: the greeting then offers what Postern accepts. */
  own?: boolean;
}

/**
 * What the server said about itself inside TLS, and the greeting for the mail program. `knowledge` is the dialect's
 * own.
 */
export interface Greeting<Knowledge> {
  /** The bytes that the mail program sees first, with their line end. */
  text: Buffer;
  /** What comes next: the sign-in, or raw bytes at once (IMAP `PREAUTH` inside TLS). */
  next: 'sign-in' | 'splice';
  knowledge: Knowledge;
}

/** The sign-in phase: both sides, line by line. */
export interface SignInStep {
  client: LineChannel;
  upstream: LineChannel;
  server: string;
  /** Ends the phase from outside. */
  signal: AbortSignal;
  /** How long the mail program may pause between commands, in milliseconds. */
  clientIdleMilliseconds: number;
  /** How long the server has for a whole answer, in milliseconds. */
  replyMilliseconds: number;
  trace: Trace;
  /** Whether the server has demanded, on another occasion, to be told which program speaks (IMAP `ID`). */
  idWanted: boolean;
  /** Notes that it has. */
  noteIdWanted(): void;
  /** Present where Postern signs in for the mail program; without it, credentials are passed on. */
  own?: OwnSignIn | undefined;
  /** Present where the program may ask for TLS with Postern. */
  localTls?: LocalTlsStep | undefined;
  /** Present on a relay for devices: SMTP is then parsed to the end of the session. */
  bounds?: SubmissionBounds | undefined;
  /** What becomes of referrals to servers without TLS; `remove` unless given. */
  referrals?: Referrals | undefined;
  /** What a command that the program is told needs to reach this Postern; see `refusalWords`. */
  commandOptions?: string | undefined;
  /** Notes that the program has signed in, where commands are still parsed after that. */
  signedIn(): void;
  /** What the mail program is told of an error that is no refusal and ends the session; null if it has left. */
  wordsFor(error: unknown): string | null;
  /** Notes what a person should know without ending the session: an over-long line, a refused password. */
  note(refused: Refused): void;
}

/**
 * How the sign-in phase ended. `splice`: raw bytes from here on. `closed`: one side said goodbye by the protocol's
 * rules and everything was passed on.
 */
export type SignInOutcome = 'splice' | 'closed';

/** What a watch over raw bytes may use. */
export interface WatchStep extends Pick<SignInStep, 'server' | 'referrals' | 'note'> {
  /** True where Postern has signed in for the program. */
  own: boolean;
}

/**
 * Watches the raw phase of a protocol in which the server may refer the program to another one at any time. Both calls
 * throw Refused; `toServer` and `toProgram` receive the bytes in order.
 */
export interface RawWatch {
  fromServer(chunk: Buffer, toProgram: (piece: Buffer) => void): void;
  fromProgram(chunk: Buffer, toServer: (piece: Buffer) => void, toProgram: (piece: Buffer) => void): void;
  /** True at a message boundary, where Postern may insert a message. */
  readonly between: boolean;
  /** True when the server has sent only complete messages: it may end its side here. */
  readonly whole: boolean;
}

/**
 * Everything that Postern must know about one protocol. The plaintext step **returns nothing** on purpose: no byte
 * learned outside TLS may cross (RFC 3207 §4.2, RFC 2595 §3.1, §4, RFC 3501 §6.2.1).
 */
export interface Dialect<Knowledge = unknown> {
  readonly protocol: Protocol;
  /**
   * Asks for TLS in plaintext, whether or not it was offered. Leaves nothing unread after the go-ahead, which the
   * caller checks.
   *
   * @throws Refused for anything but a go-ahead
   */
  requestTls(step: PlaintextStep): Promise<void>;
  /**
   * Inside TLS: reads the server's greeting where one is due, or makes one.
   *
   * @throws Refused
   */
  greet(step: GreetingStep): Promise<Greeting<Knowledge>>;
  /**
   * Relays the sign-in, line by line.
   *
   * Sends the final message to the mail program itself: only the dialect knows which command is waiting.
   *
   * @throws Refused or the signal's reason after the final message, ChannelClosed when the mail program has left
   */
  signIn(step: SignInStep, knowledge: Knowledge): Promise<SignInOutcome>;
  /** Postern's own conversation with the server after the greeting, without a mail program. */
  ownClient(alone: Alone, knowledge: Knowledge): OwnClient;
  /**
   * The words that refuse a session in place of a greeting, line end included; one character a byte.
   *
   * @param said what the program has said, unread
   */
  refuseGreeting(message: string, said?: Buffer): string;
  /**
   * Present where there is no greeting and the program speaks first: whether the bytes hold enough of a request to
   * refuse it by its number.
   */
  asksFirst?(said: Buffer): boolean;
  /** Present where the raw phase is watched. */
  watch?(step: WatchStep): RawWatch;
}
