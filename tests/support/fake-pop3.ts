import { createHash } from 'node:crypto';
import { type PlainWords, plainHalf } from './fake-plain.ts';
import { mechanisms, saslSignIn } from './fake-sasl.ts';
import type { Capabilities, FakeConnection, Reply } from './fake-upstream.ts';

const greeting = '+OK fake POP3 at your service\r\n';

/** A scripted POP3 server's two halves (RFC 1939, RFC 2449, RFC 2595, RFC 5034), with an empty mailbox. */
export const pop3Dialog = {
  greeting,

  plain: (connection: FakeConnection) => plainHalf(connection, plainWords),

  async inside(connection: FakeConnection): Promise<void> {
    const { options } = connection;
    const users = options.users ?? { user: 'secret' };
    let name: string | null = null;
    for (;;) {
      const line = await connection.stream.line();
      const [verb = '', ...words] = line.split(' ');
      const answer = options.answer?.(line, connection);
      if (answer !== undefined) {
        if (!(await connection.say(answer))) return;
        continue;
      }
      switch (verb.toUpperCase()) {
        case 'CAPA':
          if (!(await connection.say(capa(options.inside?.capabilities ?? insideCapabilities)))) return;
          break;
        case 'USER':
          name = words.join(' ');
          await connection.say('+OK And the password?\r\n');
          break;
        case 'PASS': {
          const right = name !== null && users[name] === words.join(' ');
          if (!(await signedIn(connection, right ? { user: String(name) } : 'rejected'))) return;
          break;
        }
        case 'APOP':
          if (!(await signedIn(connection, apop(options.inside?.greeting, users, words)))) return;
          break;
        case 'AUTH': {
          const exchange = async (challenge: Buffer) => {
            await connection.say(`+ ${challenge.toString('base64')}\r\n`);
            return connection.stream.line();
          };
          const result = await saslSignIn(words[0] ?? '', words[1] ?? null, exchange, users);
          if (!(await signedIn(connection, result))) return;
          break;
        }
        case 'QUIT':
          await connection.say('+OK Good bye\r\n');
          return;
        case 'NOOP':
          await connection.say('+OK\r\n');
          break;
        default:
          await connection.say(mailbox(verb.toUpperCase(), connection.user));
      }
    }
  },
};

const insideCapabilities = ['TOP', 'UIDL', 'USER', 'PIPELINING', 'RESP-CODES', `SASL ${mechanisms.join(' ')}`];

const plainWords: PlainWords = {
  greeting,
  starttls: 'STLS',
  quit: 'QUIT',
  goAhead: '+OK Begin TLS\r\n',
  isGoAhead: (reply) => reply.startsWith('+OK'),
  parse: (line) => ({ verb: (line.split(' ', 1)[0] ?? '').toUpperCase(), tag: '' }),
  reply(verb, capabilities) {
    if (verb === 'CAPA') return capa(capabilities ?? ['STLS', 'TOP', 'UIDL']);
    return verb === 'QUIT' ? '+OK Good bye\r\n' : '-ERR Not before TLS\r\n';
  },
};

function capa(capabilities: Capabilities): Reply {
  return Array.isArray(capabilities)
    ? `+OK Capability list follows\r\n${capabilities.map((line) => `${line}\r\n`).join('')}.\r\n`
    : capabilities;
}

function mailbox(verb: string, user: string | null): string {
  if (user === null) return '-ERR Sign in first\r\n';
  if (verb === 'STAT') return '+OK 0 0\r\n';
  return verb === 'LIST' || verb === 'UIDL' ? '+OK\r\n.\r\n' : '-ERR What?\r\n';
}

/** RFC 1939 §7: the MD5 digest of the greeting's stamp and the password. */
function apop(greeting: Reply | undefined, users: Record<string, string>, [name = '', digest]: string[]) {
  const stamp = typeof greeting === 'string' ? /<[^>]*>/.exec(greeting)?.[0] : undefined;
  const password = users[name];
  if (stamp === undefined || password === undefined) return 'rejected';
  const right = createHash('md5').update(`${stamp}${password}`).digest('hex');
  return right === digest ? { user: name } : 'rejected';
}

async function signedIn(
  connection: FakeConnection,
  result: { user: string } | 'rejected' | 'malformed',
): Promise<boolean> {
  if (typeof result === 'string') {
    return connection.say(result === 'rejected' ? '-ERR [AUTH] Wrong password\r\n' : '-ERR Cannot read that\r\n');
  }
  connection.user = result.user;
  if (!(await connection.say('+OK Welcome\r\n'))) return false;
  if (!connection.options.signedIn) return true;
  await connection.options.signedIn(connection);
  return false;
}
