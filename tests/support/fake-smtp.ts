import { type PlainWords, plainHalf } from './fake-plain.ts';
import { mechanisms, saslSignIn } from './fake-sasl.ts';
import type { Capabilities, FakeConnection, Reply } from './fake-upstream.ts';

const greeting = '220 fake.example.test ESMTP\r\n';

/** A scripted SMTP server's two halves (RFC 5321, RFC 3207, RFC 4954). */
export const smtpDialog = {
  greeting,

  plain: (connection: FakeConnection) => plainHalf(connection, plainWords),

  async inside(connection: FakeConnection): Promise<void> {
    const { options, stream } = connection;
    for (;;) {
      const line = await stream.line();
      const [verb = '', ...words] = line.split(' ');
      const answer = options.answer?.(line, connection);
      if (answer !== undefined) {
        if (!(await connection.say(answer))) return;
        continue;
      }
      switch (verb.toUpperCase()) {
        case 'EHLO':
          if (!(await connection.say(ehlo(options.inside?.capabilities ?? insideCapabilities)))) return;
          break;
        case 'AUTH':
          if (!(await authenticate(connection, words[0] ?? '', words[1] ?? null))) return;
          break;
        case 'DATA':
          await connection.say('354 Go on\r\n');
          connection.messages.push(await data(connection));
          await connection.say('250 2.0.0 Taken\r\n');
          break;
        case 'BDAT':
          connection.messages.push(await stream.bytes(Number(words[0])));
          await connection.say('250 2.0.0 Taken\r\n');
          break;
        case 'QUIT':
          await connection.say('221 2.0.0 Bye\r\n');
          return;
        case 'HELO':
        case 'MAIL':
        case 'RCPT':
        case 'RSET':
        case 'NOOP':
          await connection.say('250 2.0.0 OK\r\n');
          break;
        default:
          await connection.say('500 5.5.1 What?\r\n');
      }
    }
  },
};

const insideCapabilities = ['PIPELINING', 'SIZE 104857600', '8BITMIME', 'CHUNKING', `AUTH ${mechanisms.join(' ')}`];

const plainWords: PlainWords = {
  greeting,
  starttls: 'STARTTLS',
  quit: 'QUIT',
  goAhead: '220 2.0.0 Go ahead\r\n',
  isGoAhead: (reply) => /(?:^|\n)220(?: [^\n]*)?\r\n$/.test(reply),
  parse: (line) => ({ verb: (line.split(' ', 1)[0] ?? '').toUpperCase(), tag: '' }),
  reply(verb, capabilities) {
    if (verb === 'EHLO') return ehlo(capabilities ?? ['STARTTLS', 'SIZE 104857600']);
    if (verb === 'QUIT') return '221 2.0.0 Bye\r\n';
    return '530 5.7.0 Must issue a STARTTLS command first\r\n';
  },
};

function ehlo(capabilities: Capabilities): Reply {
  if (!Array.isArray(capabilities)) return capabilities;
  const lines = ['fake.example.test', ...capabilities];
  return lines.map((line, index) => `250${index === lines.length - 1 ? ' ' : '-'}${line}\r\n`).join('');
}

async function authenticate(connection: FakeConnection, mechanism: string, initial: string | null): Promise<boolean> {
  const result = await saslSignIn(
    mechanism,
    initial,
    async (challenge) => {
      await connection.say(`334 ${challenge.toString('base64')}\r\n`);
      return connection.stream.line();
    },
    connection.options.users ?? { user: 'secret' },
  );
  if (typeof result === 'string') {
    return connection.say(result === 'rejected' ? '535 5.7.8 Wrong password\r\n' : '501 5.5.2 Cannot read that\r\n');
  }
  connection.user = result.user;
  if (!(await connection.say('235 2.7.0 Welcome\r\n'))) return false;
  if (!connection.options.signedIn) return true;
  await connection.options.signedIn(connection);
  return false;
}

/** Reads a message up to the lone dot, dots unstuffed (RFC 5321 §4.5.2). */
async function data(connection: FakeConnection): Promise<Buffer> {
  const lines: Buffer[] = [];
  for (;;) {
    const line = await connection.stream.line();
    if (line === '.') return Buffer.concat(lines);
    lines.push(Buffer.from(`${line.startsWith('.') ? line.slice(1) : line}\r\n`, 'latin1'));
  }
}
