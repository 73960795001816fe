import { type LineChannel, LineTooLong } from '../net/line-channel.ts';
import type { Message } from './mailbox.ts';
import { readPlainCredentials } from './plain-credentials.ts';
import { type PracticeMail, type RunningServer, startTlsServer } from './server.ts';

/** RFC 1939 §3 requires at least ten minutes. */
const idleMilliseconds = 15 * 60_000;
/** RFC 2449 §4 gives commands 255 bytes; AUTH takes more (RFC 5034 §4). */
const maxLineLength = 12_288;
const maxBadCommands = 20;

const capabilities = ['USER', 'TOP', 'UIDL', 'RESP-CODES', 'AUTH-RESP-CODE', 'SASL PLAIN'];

/** The POP3 side for reading (RFC 1939), TLS from the first byte. */
export function startPop3(mail: PracticeMail): Promise<RunningServer> {
  return startTlsServer(mail.identity, idleMilliseconds, (channel, signal) => converse(mail, channel, signal));
}

async function converse(mail: PracticeMail, channel: LineChannel, signal: AbortSignal): Promise<void> {
  const say = (text: string) => channel.write(`${text}\r\n`, signal);
  const sayLines = (first: string, lines: string[]) => say([first, ...lines.map(stuffed), '.'].join('\r\n'));
  let user: string | null = null;
  let maildrop: Message[] | null = null;
  let deleted = new Set<Message>();
  let badCommands = 0;

  const signIn = (name: string, password: string) => {
    if (!mail.isSignIn(name, password)) return say('-ERR [AUTH] That is not the practice account');
    // A maildrop is what was there at the sign-in (RFC 1939 §5).
    maildrop = [...(mail.mailbox.folder('INBOX')?.messages ?? [])];
    return say(`+OK ${maildrop.length} messages`);
  };
  const messageOf = (word: string | undefined): Message | null => {
    const message = /^\d{1,9}$/.test(word ?? '') ? maildrop?.[Number(word) - 1] : undefined;
    return message && !deleted.has(message) ? message : null;
  };
  const remaining = () =>
    (maildrop ?? [])
      .map((message, index) => ({ number: index + 1, message }))
      .filter((each) => !deleted.has(each.message));
  /** LIST and UIDL: one message, or all of them. */
  const list = (word: string | undefined, describe: (message: Message) => string | number) => {
    if (word === undefined) {
      return sayLines(
        '+OK',
        remaining().map(({ number, message }) => `${number} ${describe(message)}`),
      );
    }
    const message = messageOf(word);
    return say(message ? `+OK ${word} ${describe(message)}` : '-ERR There is no such message');
  };

  await say(`+OK Postern practice server on ${mail.serverName}`);
  for (;;) {
    let line: string;
    try {
      line = (await channel.readLine(maxLineLength, signal)).bytes.toString('utf8');
    } catch (error) {
      if (!(error instanceof LineTooLong)) throw error;
      await say('-ERR That line is too long');
      return;
    }
    const [word = '', ...rest] = line.split(' ');
    const verb = word.toUpperCase();
    if (verb === 'QUIT') {
      mail.mailbox.expunge('INBOX', new Set([...deleted].map(({ uid }) => uid)));
      await say('+OK Good bye');
      return;
    }
    if (verb === 'CAPA') {
      await sayLines('+OK', capabilities);
    } else if (maildrop === null) {
      if (verb === 'USER') {
        user = rest.join(' ');
        await say('+OK And the password?');
      } else if (verb === 'PASS' && user !== null) {
        const name = user;
        user = null;
        await signIn(name, rest.join(' '));
      } else if (verb === 'AUTH' && rest[0]?.toUpperCase() === 'PLAIN') {
        if (rest[1] === undefined) await say('+ ');
        const blob = rest[1] ?? (await channel.readLine(maxLineLength, signal)).bytes.toString('latin1');
        const credentials = readPlainCredentials(blob);
        if (credentials) await signIn(credentials.user, credentials.password);
        else await say('-ERR That cannot be read');
      } else {
        await say('-ERR Sign in first');
        badCommands += 1;
      }
    } else if (verb === 'STAT') {
      const sizes = remaining().map(({ message }) => message.bytes.length);
      await say(`+OK ${sizes.length} ${sizes.reduce((sum, size) => sum + size, 0)}`);
    } else if (verb === 'LIST') {
      await list(rest[0], ({ bytes }) => bytes.length);
    } else if (verb === 'UIDL') {
      await list(rest[0], ({ uid, received }) => `${received.getTime().toString(36)}-${uid}`);
    } else if (verb === 'RETR' || verb === 'TOP') {
      const message = messageOf(rest[0]);
      const lines = verb === 'TOP' ? rest[1] : undefined;
      if (!message || (verb === 'TOP' && !/^\d{1,9}$/.test(lines ?? ''))) await say('-ERR There is no such message');
      else await sayLines(`+OK ${message.bytes.length} octets`, linesOf(message, lines));
    } else if (verb === 'DELE') {
      const message = messageOf(rest[0]);
      if (message) deleted.add(message);
      await say(message ? '+OK Gone when you quit' : '-ERR There is no such message');
    } else if (verb === 'RSET') {
      deleted = new Set();
      await say('+OK');
    } else if (verb === 'NOOP') {
      await say('+OK');
    } else {
      await say('-ERR This server does not know that');
      badCommands += 1;
    }
    if (badCommands > maxBadCommands) {
      await say('-ERR That was too much');
      return;
    }
  }
}

/** RFC 1939 §3: a line that begins with a dot gets another. */
function stuffed(line: string): string {
  return line.startsWith('.') ? `.${line}` : line;
}

/** @param body how many lines of the body; all of them if not given. */
function linesOf({ bytes }: Message, body: string | undefined): string[] {
  const lines = bytes.toString('latin1').split('\r\n');
  // The last line's own end is the one before the final dot.
  if (lines.at(-1) === '') lines.pop();
  if (body === undefined) return lines;
  const blank = lines.indexOf('');
  return blank === -1 ? lines : lines.slice(0, blank + 1 + Number(body));
}
