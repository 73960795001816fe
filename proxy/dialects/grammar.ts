import type { LineChannel } from '../net/line-channel.ts';
import type { Refused } from '../net/refused.ts';

/** What a command means to the sign-in, whatever it is called in a dialect. */
export type Meaning =
  /** The server answers it, and the program goes on. */
  | 'ask'
  /** Carries credentials: raw bytes follow when the server accepts them. */
  | 'sign-in'
  /** Raw bytes follow when the server goes along: the text of a message, compression. */
  | 'raw'
  /** What follows is no command, whatever the server says: a chunk of a message. */
  | 'raw-at-once'
  /** Asks for the TLS that stands already. */
  | 'start-tls'
  /** The session's last command. */
  | 'good-bye';

/** A row of a dialect's table. */
export interface CommandRow {
  means: Meaning;
  /** The most bytes of its line, end included. */
  maxLength: number;
  /** How long the server may take for its answer, in milliseconds, where the protocol grants more than a session does. */
  replyMilliseconds?: number;
}

/** Why Postern itself does not pass a command on. */
export type Fault = 'too-long' | 'malformed' | 'unknown' | 'start-tls' | 'bad-credentials';

/** What the mail program said, as its dialect reads it. */
export interface Command extends CommandRow {
  /** Its first bytes: what tells a program that speaks another protocol. */
  head: Buffer;
  /** False while it may be another protocol's: then the program is not known yet for a mail program. */
  known: boolean;
  /** As the trace may show it. */
  shown: string;
  /** True when the server may have learned something by it that the trace must not show. */
  secret: boolean;
  /** True when it signs in with a token instead of a password. */
  token: boolean;
  /** What is wrong with it by itself, or null. */
  fault: Fault | null;
}

/** The server's turn, up to where the mail program or Postern is to speak. `bytes` are for the mail program, filtered. */
export type Answer =
  | { kind: 'challenge'; bytes: Buffer }
  | { kind: 'accepted'; bytes: Buffer }
  /** `counts`: whether it says that the program is at fault. `reply`: the server's words, to be recognised, never shown. */
  | { kind: 'refused'; bytes: Buffer; counts: boolean; reply: string }
  /** The server's good-bye. `reply`: its words where it turned a sign-in down by them. */
  | { kind: 'closed'; bytes: Buffer; reply?: string };

/** A whole command; one that is not passed on, with the answer to it; or more bytes on their way than can be read. */
export type Gathered<C extends Command> =
  | { kind: 'whole'; command: C }
  | { kind: 'declined'; answer: string }
  | { kind: 'flood' };

/** What reads the rest of a command may use. */
export interface Gathering {
  client: LineChannel;
  /** Ends it when the mail program takes too long. */
  signal: AbortSignal;
  tell(text: string): Promise<void>;
  onLineTooLong(): void;
}

/** Why the sign-in ends by Postern's own decision, while the mail program listens. */
export type Farewell = 'idle' | 'failures' | 'flood';

/** The mail program's side of a dialect: how it is read, and how Postern answers it. Texts have no line end. */
export interface Grammar<C extends Command> {
  /**
   * Reads one command, or its beginning where more belongs to it. One that is too long comes back as such, with its
   * rest still unread.
   *
   * @throws ChannelClosed, or the signal's reason
   */
  read(client: LineChannel, signal: AbortSignal): Promise<C>;
  /** Reads the answer to a challenge, without its end; or null for what cannot be one. `too-long` leaves the rest unread. */
  readCredentials(client: LineChannel, signal: AbortSignal): Promise<Buffer | null | 'too-long'>;
  /**
   * Reads what else belongs to a command, declined ones too: the program may have sent it already.
   *
   * @param declined the answer when it is not to be passed on, or null
   */
  gather(command: C, declined: string | null, gathering: Gathering): Promise<Gathered<C>>;
  /** The answer to a command that is not passed on. */
  decline(command: C, fault: Fault): string;
  /** The answer in place of the server's, when that takes tokens alone: never one that makes a program drop a password. */
  tokensAlone(command: C, why: string): string;
  farewell(why: Farewell): string;
  /** An answer of ours to this command as the trace may show it. */
  showAnswer(command: C, answer: string): string;
  /** The last words, line by line. @param pending the command that waits for an answer */
  lastWords(pending: C | null, refused: Refused): string[];
}

/** The server's side of a dialect, from the greeting to the end of the sign-in. Each call throws Refused. */
export interface ServerTalk<C extends Command> {
  /**
   * The answer to a command that is not passed on, by what the server has said of itself; null for one that is; the
   * server's good-bye, when it had to be asked. Called for a command's beginning, and again for the whole.
   */
  admit(command: C): Promise<string | null | Extract<Answer, { kind: 'closed' }>>;
  /** Sends a command whose answer is for the program alone. */
  send(command: C): Promise<void>;
  /** Sends a command, and hears the answer to it. */
  ask(command: C): Promise<Answer>;
  /** Sends the answer to a challenge, or takes the sign-in back (null), and hears the server's. */
  respond(command: C, credentials: Buffer | null): Promise<Answer>;
  /**
   * Hears what the server says out of turn, or that it has left.
   *
   * @param during the sign-in that waits for the mail program's answer to a challenge, or null between commands
   * @returns null when that changes nothing
   */
  interrupt(during: C | null): Promise<Answer | null>;
  /** True when the server, which has just turned a password down, offers sign-in by tokens alone. */
  takesTokensAlone(): Promise<boolean>;
}
