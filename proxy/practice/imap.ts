import type { LineChannel } from '../net/line-channel.ts';
import { readCommand } from './imap-command.ts';
import { createConversation } from './imap-conversation.ts';
import { BadCommand, ImapArguments } from './imap-text.ts';
import { readPlainCredentials } from './plain-credentials.ts';
import { type PracticeMail, type RunningServer, startTlsServer } from './server.ts';

/** RFC 3501 §5.4 requires at least thirty minutes; a mail program in IDLE renews it by then (RFC 2177). */
const idleMilliseconds = 35 * 60_000;
const maxBadCommands = 20;
const maxSaslLineLength = 12_288;

/** The IMAP side for reading (RFC 3501), TLS from the first byte. */
export function startImap(mail: PracticeMail): Promise<RunningServer> {
  return startTlsServer(mail.identity, idleMilliseconds, (channel, signal) => converse(mail, channel, signal));
}

async function converse(mail: PracticeMail, channel: LineChannel, signal: AbortSignal): Promise<void> {
  const say = (...lines: string[]) => channel.write(lines.map((line) => `${line}\r\n`).join(''), signal);
  const conversation = createConversation(mail.mailbox);
  let signedIn = false;
  let badCommands = 0;

  const signIn = (credentials: { user: string; password: string } | null) => {
    if (credentials === null) return 'BAD That cannot be read';
    signedIn = mail.isSignIn(credentials.user, credentials.password);
    return signedIn ? 'OK Welcome' : 'NO [AUTHENTICATIONFAILED] That is not the practice account';
  };

  /** Reports what happens in the folder until the mail program says DONE (RFC 2177). */
  async function idle(): Promise<string> {
    await say('+ Waiting');
    const tell = () => {
      const news = conversation.news(true);
      if (news.length > 0) void say(...news).catch(() => undefined);
    };
    tell();
    const unwatch = mail.mailbox.watch(tell);
    try {
      const { bytes } = await channel.readLine(maxSaslLineLength, signal);
      return bytes.toString('latin1').toUpperCase() === 'DONE' ? 'OK Done' : 'BAD Expected DONE';
    } finally {
      unwatch();
    }
  }

  await say(`* OK [CAPABILITY ${capabilities}] Postern practice server on ${mail.serverName}`);
  for (;;) {
    const command = await readCommand(channel, signal);
    if ('why' in command) {
      if (command.fatal) return say('* BYE That is more than the practice account takes');
      await say(`${command.tag ?? '*'} BAD ${command.why}`);
      badCommands += 1;
    } else if (command.name === 'LOGOUT') {
      return say('* BYE Good bye', `${command.tag} OK Good bye`);
    } else {
      const { tag, name, argument } = command;
      try {
        if (name === 'CAPABILITY') await say(`* CAPABILITY ${capabilities}`, `${tag} OK Done`);
        else if (name === 'ID') await say('* ID ("name" "Postern practice server")', `${tag} OK Done`);
        else if (!signedIn && name === 'LOGIN') await say(`${tag} ${signIn(readLogin(argument))}`);
        else if (!signedIn && name === 'AUTHENTICATE') await say(`${tag} ${signIn(await readSasl(argument))}`);
        else if (!signedIn && name !== 'NOOP') await say(`${tag} BAD Sign in first`);
        else if (name === 'IDLE') await say(`${tag} ${await idle()}`);
        else await say(...conversation.run(name, argument).map((line) => line.replace(/^\{tag\}/, tag)));
        if (!signedIn && name !== 'NOOP') badCommands += 1;
      } catch (error) {
        if (!(error instanceof BadCommand)) throw error;
        await say(`${tag} BAD ${error.message}`);
        badCommands += 1;
      }
    }
    if (badCommands > maxBadCommands) return say('* BYE That was too much');
  }

  async function readSasl(argument: string) {
    const [mechanism = '', initial] = argument.split(' ');
    if (mechanism.toUpperCase() !== 'PLAIN') throw new BadCommand('only PLAIN is known');
    if (initial === undefined) await say('+ ');
    const blob = initial ?? (await channel.readLine(maxSaslLineLength, signal)).bytes.toString('latin1');
    return readPlainCredentials(blob);
  }
}

const capabilities = 'IMAP4rev1 LITERAL+ SASL-IR AUTH=PLAIN IDLE NAMESPACE UNSELECT SPECIAL-USE ID';

function readLogin(argument: string): { user: string; password: string } {
  const args = new ImapArguments(argument);
  const user = args.string();
  args.expect(' ');
  const password = args.string();
  args.end();
  // Latin-1 stood for bytes, and the bytes are UTF-8.
  const decoded = (text: string) => Buffer.from(text, 'latin1').toString('utf8');
  return { user: decoded(user), password: decoded(password) };
}
