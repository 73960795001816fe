import { type PlainWords, plainHalf } from './fake-plain.ts';
import { mechanisms, saslSignIn } from './fake-sasl.ts';
import type { Capabilities, FakeConnection, Reply } from './fake-upstream.ts';

const greeting = '* OK fake IMAP4rev1 at your service\r\n';

/** A scripted IMAP server's two halves (RFC 3501, RFC 2595, RFC 7888). After sign-in it says OK to everything. */
export const imapDialog = {
  greeting,

  plain: (connection: FakeConnection) => plainHalf(connection, plainWords),

  async inside(connection: FakeConnection): Promise<void> {
    const { options } = connection;
    for (;;) {
      const line = await wholeCommand(connection);
      const [tag = '', verb = '', ...words] = line.split(' ');
      const answer = options.answer?.(line, connection);
      if (answer !== undefined) {
        if (!(await connection.say(answer, tag))) return;
        continue;
      }
      switch (verb.toUpperCase()) {
        case 'CAPABILITY':
          if (!(await connection.say(capability(options.inside?.capabilities ?? insideCapabilities), tag))) return;
          break;
        case 'LOGIN':
          if (!(await login(connection, tag, words.join(' ')))) return;
          break;
        case 'AUTHENTICATE':
          if (!(await authenticate(connection, tag, words[0] ?? '', words[1] ?? null))) return;
          break;
        case 'LOGOUT':
          await connection.say('* BYE Good bye\r\n{tag} OK Logged out\r\n', tag);
          return;
        case 'NOOP':
        case 'ID':
          await connection.say('{tag} OK Done\r\n', tag);
          break;
        default:
          await connection.say(connection.user === null ? '{tag} BAD Not now\r\n' : '{tag} OK Done\r\n', tag);
      }
    }
  },
};

const insideCapabilities = ['IMAP4rev1', 'SASL-IR', 'LITERAL+', 'IDLE', ...mechanisms.map((name) => `AUTH=${name}`)];

const plainWords: PlainWords = {
  greeting,
  starttls: 'STARTTLS',
  quit: 'LOGOUT',
  goAhead: '{tag} OK Begin TLS\r\n',
  isGoAhead: (reply, tag) =>
    reply.split('\r\n').some((line) => line.toUpperCase().startsWith(`${tag} OK`.toUpperCase())),
  parse(line) {
    const [tag = '', verb = ''] = line.split(' ');
    return { verb: verb.toUpperCase(), tag };
  },
  reply(verb, capabilities) {
    if (verb === 'CAPABILITY') return capability(capabilities ?? ['IMAP4rev1', 'STARTTLS', 'LOGINDISABLED']);
    if (verb === 'LOGOUT') return '* BYE Good bye\r\n{tag} OK Logged out\r\n';
    return '{tag} BAD Not before TLS\r\n';
  },
};

function capability(capabilities: Capabilities): Reply {
  return Array.isArray(capabilities)
    ? `* CAPABILITY ${capabilities.join(' ')}\r\n{tag} OK Capability completed\r\n`
    : capabilities;
}

/** One command with its literals, each replaced by a quoted string (RFC 3501 §4.3, RFC 7888). */
async function wholeCommand(connection: FakeConnection): Promise<string> {
  for (let command = ''; ; ) {
    const line = await connection.stream.line();
    const literal = /^(.*)\{(\d+)(\+?)\}$/s.exec(line);
    if (!literal) return command + line;
    if (literal[3] === '') await connection.say('+ Go on\r\n');
    const bytes = await connection.stream.bytes(Number(literal[2]));
    command += `${literal[1]}"${bytes.toString('latin1').replace(/["\\]/g, '\\$&')}"`;
  }
}

async function login(connection: FakeConnection, tag: string, text: string): Promise<boolean> {
  const strings = text.match(/"(?:[^"\\]|\\.)*"|[^\s"]+/gs) ?? [];
  const [user, password] = strings.map((part) =>
    part.startsWith('"') ? part.slice(1, -1).replace(/\\(.)/gs, '$1') : part,
  );
  if (user === undefined || password === undefined) return connection.say('{tag} BAD Two strings, please\r\n', tag);
  const right = (connection.options.users ?? { user: 'secret' })[user] === password;
  return signedIn(connection, tag, right ? { user } : 'rejected');
}

async function authenticate(
  connection: FakeConnection,
  tag: string,
  mechanism: string,
  initial: string | null,
): Promise<boolean> {
  const result = await saslSignIn(
    mechanism,
    initial,
    async (challenge) => {
      await connection.say(`+ ${challenge.toString('base64')}\r\n`);
      return connection.stream.line();
    },
    connection.options.users ?? { user: 'secret' },
  );
  return signedIn(connection, tag, result);
}

async function signedIn(
  connection: FakeConnection,
  tag: string,
  result: { user: string } | 'rejected' | 'malformed',
): Promise<boolean> {
  if (typeof result === 'string') {
    const reply = result === 'rejected' ? 'NO [AUTHENTICATIONFAILED] Wrong password' : 'BAD Cannot read that';
    return connection.say(`{tag} ${reply}\r\n`, tag);
  }
  connection.user = result.user;
  if (!(await connection.say('{tag} OK Welcome\r\n', tag))) return false;
  if (!connection.options.signedIn) return true;
  await connection.options.signedIn(connection);
  return false;
}
