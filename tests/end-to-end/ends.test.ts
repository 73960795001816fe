import { once } from 'node:events';
import { join } from 'node:path';
import { connect } from 'node:tls';
import { beforeAll, describe, expect, test } from 'vitest';
import { ByteStream } from '../support/byte-stream.ts';
import { type Core, startCore } from '../support/core.ts';
import { startCourier } from '../support/courier.ts';
import { startCyrus } from '../support/cyrus.ts';
import type { MailUser } from '../support/mail-users.ts';
import { createAuthority, issue } from '../support/pki.ts';
import { mustRun } from '../support/programs.ts';
import { root } from '../support/sources.ts';

// A real Cyrus ends as most servers do: it closes after QUIT and LOGOUT, without a TLS close_notify. A real Courier has
// its TLS in another process, with another library. What a mail program gets through Postern is what it gets when it
// speaks TLS itself, even when it reads late, from a small buffer.

const user: MailUser = { address: 'reader', password: 'secret' };
const modes = ['implicit', 'starttls'] as const;
/** Larger than what the system buffers for a program that does not read. */
const message = `Subject: large\r\n\r\n${`${'0123456789'.repeat(7)}\r\n`.repeat(50_000)}`;

async function store(port: number, text: string): Promise<void> {
  const socket = connect({ port, host: '127.0.0.1', rejectUnauthorized: false });
  await once(socket, 'secureConnect');
  const stream = new ByteStream(socket);
  const answered = async (start: string) => {
    for (;;) if ((await stream.line()).startsWith(start)) return;
  };
  await answered('* OK');
  socket.write(`a LOGIN ${user.address} ${user.password}\r\n`);
  await answered('a OK');
  socket.write(`b APPEND INBOX {${text.length}}\r\n`);
  await answered('+');
  socket.write(`${text}\r\n`);
  await answered('b OK');
  socket.destroy();
}

interface Heard {
  length: number;
  sha256: string;
  tail: string;
  ending: 'end' | 'reset';
}

const conversations = {
  pop3: {
    lines: [
      [`USER ${user.address}`, '+OK'],
      [`PASS ${user.password}`, '+OK'],
    ],
    commands: 'RETR 1\r\nQUIT\r\n',
  },
  imap: {
    lines: [
      [`a LOGIN ${user.address} ${user.password}`, 'a OK'],
      ['b EXAMINE INBOX', 'b OK'],
    ],
    commands: 'c FETCH 1 BODY.PEEK[]\r\nd LOGOUT\r\n',
  },
};

async function readLate(
  protocol: keyof typeof conversations,
  how: { port: number; tls?: boolean; finish?: boolean; late?: number },
): Promise<Heard> {
  const { lines, commands } = conversations[protocol];
  const job = { lines, commands, tls: false, finish: false, late: 0, ...how };
  const { stdout } = await mustRun('python3', [join(root, 'tests', 'support', 'late_reader.py')], {
    input: JSON.stringify(job),
  });
  return JSON.parse(stdout.toString()) as Heard;
}

describe.each([
  ['Cyrus', startCyrus],
  ['Courier', startCourier],
] as const)('%s', (_, start) => {
  let core: Core;
  let ports: Awaited<ReturnType<typeof start>>['ports'];
  beforeAll(async () => {
    const authority = createAuthority();
    ({ ports } = await start({ identity: issue(authority, { names: ['localhost'] }), users: [user] }));
    const at = { server: 'localhost', address: '127.0.0.1', listen: '127.0.0.1:0' };
    core = await startCore({
      authority,
      relays: [
        { ...at, name: 'imap-implicit', protocol: 'imap', tls: 'implicit', port: ports.imaps },
        { ...at, name: 'imap-starttls', protocol: 'imap', tls: 'starttls', port: ports.imap },
        { ...at, name: 'pop3-implicit', protocol: 'pop3', tls: 'implicit', port: ports.pop3s },
        { ...at, name: 'pop3-starttls', protocol: 'pop3', tls: 'starttls', port: ports.pop3 },
      ],
    });
    await store(ports.imaps, message);
  });

  describe.each(['pop3', 'imap'] as const)('%s', (protocol) => {
    let direct: Heard;
    beforeAll(async () => {
      direct = await readLate(protocol, { port: ports[`${protocol}s`], tls: true });
      expect(direct.length).toBeGreaterThan(message.length);
    });

    test.each(
      modes.flatMap((tls) => [false, true].map((finish) => ({ tls, finish, half: finish ? 'half-closes' : 'waits' }))),
    )(
      '19: $tls: a program that pipelines, $half and reads late gets all that it asked for, and an end',
      async ({ tls, finish }) => {
        const from = core.events.length;
        const relay = `${protocol}-${tls}`;
        expect(await readLate(protocol, { port: core.port(relay), finish, late: 1 })).toEqual({
          ...direct,
          ending: 'end',
        });
        expect(await core.event('session-closed', (event) => event.relay === relay, from)).toMatchObject({
          ending: 'clean',
          truncated: false,
        });
      },
    );
  });
});
