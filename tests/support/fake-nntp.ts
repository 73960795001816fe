import { type PlainWords, plainHalf } from './fake-plain.ts';
import { mechanisms, saslSignIn } from './fake-sasl.ts';
import type { Capabilities, FakeConnection, Reply } from './fake-upstream.ts';

const greeting = '200 fake NNTP at your service\r\n';

/** A scripted news server's two halves (RFC 3977, RFC 4642, RFC 4643). Nothing can be read before sign-in. */
export const nntpDialog = {
  greeting,

  plain: (connection: FakeConnection) => plainHalf(connection, plainWords),

  async inside(connection: FakeConnection): Promise<void> {
    const { options } = connection;
    const users = options.users ?? { user: 'secret' };
    let name: string | null = null;
    for (;;) {
      const line = await connection.stream.line();
      const answer = options.answer?.(line, connection);
      if (answer !== undefined) {
        if (!(await connection.say(answer))) return;
        continue;
      }
      const { verb } = parse(line);
      switch (verb) {
        case 'CAPABILITIES':
          if (!(await connection.say(list(options.inside?.capabilities ?? insideCapabilities)))) return;
          break;
        case 'MODE READER':
          await connection.say('200 Posting allowed\r\n');
          break;
        case 'DATE':
          await connection.say('111 20261127200000\r\n');
          break;
        case 'AUTHINFO USER':
          name = line.split(' ').slice(2).join(' ');
          await connection.say('381 And the password?\r\n');
          break;
        case 'AUTHINFO PASS': {
          const right = name !== null && users[name] === line.split(' ').slice(2).join(' ');
          if (!(await signedIn(connection, right ? { user: String(name) } : 'rejected'))) return;
          break;
        }
        case 'AUTHINFO SASL': {
          const [, , mechanism = '', initial = null] = line.split(' ');
          const exchange = async (challenge: Buffer) => {
            await connection.say(`383 ${challenge.length === 0 ? '=' : challenge.toString('base64')}\r\n`);
            return connection.stream.line();
          };
          if (!(await signedIn(connection, await saslSignIn(mechanism, initial, exchange, users)))) return;
          break;
        }
        case 'QUIT':
          await connection.say('205 Good bye\r\n');
          return;
        default:
          await connection.say(reading(verb, connection.user));
      }
    }
  },
};

const insideCapabilities = ['VERSION 2', 'READER', 'POST', 'AUTHINFO USER SASL', `SASL ${mechanisms.join(' ')}`];

function parse(line: string): { verb: string; tag: string } {
  const [first = '', second = ''] = line.toUpperCase().split(/[ \t]+/);
  return { verb: first === 'AUTHINFO' || first === 'MODE' ? `${first} ${second}` : first, tag: '' };
}

const plainWords: PlainWords = {
  greeting,
  starttls: 'STARTTLS',
  quit: 'QUIT',
  goAhead: '382 Begin TLS\r\n',
  isGoAhead: (reply) => reply.startsWith('382'),
  parse,
  reply(verb, capabilities) {
    if (verb === 'CAPABILITIES') return list(capabilities ?? ['VERSION 2', 'READER', 'STARTTLS']);
    if (verb === 'MODE READER') return '201 No posting yet\r\n';
    return verb === 'QUIT' ? '205 Good bye\r\n' : '483 Not before TLS\r\n';
  },
};

function list(capabilities: Capabilities): Reply {
  return Array.isArray(capabilities)
    ? `101 Capability list follows\r\n${capabilities.map((line) => `${line}\r\n`).join('')}.\r\n`
    : capabilities;
}

function reading(verb: string, user: string | null): string {
  if (!['ARTICLE', 'GROUP', 'LIST', 'OVER', 'POST'].includes(verb)) return '500 What?\r\n';
  if (user === null) return '480 Sign in first\r\n';
  return verb === 'LIST' ? '215 list\r\n.\r\n' : '411 No such group\r\n';
}

async function signedIn(
  connection: FakeConnection,
  result: { user: string } | 'rejected' | 'malformed',
): Promise<boolean> {
  if (typeof result === 'string') {
    return connection.say(result === 'rejected' ? '481 Wrong password\r\n' : '482 Cannot read that\r\n');
  }
  connection.user = result.user;
  if (!(await connection.say('281 Welcome\r\n'))) return false;
  if (!connection.options.signedIn) return true;
  await connection.options.signedIn(connection);
  return false;
}
