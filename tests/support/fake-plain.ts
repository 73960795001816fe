import { bytesOf } from './byte-stream.ts';
import type { Capabilities, FakeConnection, Reply } from './fake-upstream.ts';

/** How one protocol's plaintext half differs from another's. */
export interface PlainWords {
  greeting: string;
  /** The command that asks for TLS, and the one that ends the session. */
  starttls: string;
  quit: string;
  goAhead: string;
  /** Whether a reply to `starttls`, its tag filled in, lets TLS begin. */
  isGoAhead(reply: string, tag: string): boolean;
  /** The command's word and, for IMAP, its tag. */
  parse(line: string): { verb: string; tag: string };
  /** The reply to any other command. */
  reply(verb: string, capabilities: Capabilities | undefined): Reply;
}

/**
 * Plays a server's half before TLS.
 *
 * @returns true when TLS begins, false when the conversation ends here.
 */
export async function plainHalf(connection: FakeConnection, words: PlainWords): Promise<boolean> {
  const { options } = connection;
  const { plain = {} } = options;
  if (!(await connection.say(plain.greeting ?? words.greeting))) return false;
  for (;;) {
    const line = await connection.stream.line();
    const { verb, tag } = words.parse(line);
    const answer = options.answer?.(line, connection);
    if (verb === words.starttls) {
      const reply = answer ?? plain.starttls ?? words.goAhead;
      const goesAhead = typeof reply === 'string' && words.isGoAhead(reply.replaceAll('{tag}', tag), tag);
      // In one write, so that what follows the go-ahead arrives in the same segment.
      const behind = bytesOf(plain.behind ?? '');
      const said = goesAhead ? Buffer.concat([bytesOf(reply.replaceAll('{tag}', tag)), behind]) : reply;
      if (!(await connection.say(said, tag))) return false;
      if (goesAhead) return true;
    } else if (!(await connection.say(answer ?? words.reply(verb, plain.capabilities), tag))) return false;
    if (verb === words.quit) {
      connection.socket.end();
      return false;
    }
  }
}
