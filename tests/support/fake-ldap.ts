import { type LdapHead, readBind, readLdapHead, readRequestName } from '../../proxy/protocols/ldap-message.ts';
import { answerTo, code, op, startTlsOid } from '../../proxy/protocols/ldap-operations.ts';
import { ldapAnswer } from '../../proxy/protocols/ldap-writer.ts';
import { type ByteStream, bytesOf } from './byte-stream.ts';
import type { FakeConnection, Reply } from './fake-upstream.ts';

/** A request, as a scripted directory reads it. */
interface Request {
  head: LdapHead;
  bytes: Buffer;
}

async function request(stream: ByteStream): Promise<Request> {
  let bytes = Buffer.alloc(0);
  for (;;) {
    const head = readLdapHead(bytes);
    if (head === 'malformed') throw new Error(`not LDAP: ${bytes.toString('hex')}`);
    const missing = head === 'incomplete' ? 1 : head.end - bytes.length;
    if (head !== 'incomplete' && missing === 0) return { head, bytes };
    bytes = Buffer.concat([bytes, await stream.bytes(missing)]);
  }
}

/** What the options prescribe for a request: they see its bytes as Latin-1. */
function prescribed({ bytes, head }: Request, connection: FakeConnection): Reply | undefined {
  const answer = connection.options.answer?.(bytes.toString('latin1'), connection);
  return typeof answer === 'string' ? Buffer.from(answer.replaceAll('{tag}', String(head.id)), 'latin1') : answer;
}

const no = (head: LdapHead, value: number, words: string) =>
  ldapAnswer(head.id, answerTo(head.op.tag) ?? op.extendedResponse, value, words);

/**
 * A scripted directory's two halves (RFC 4511). Everybody may ask for the directory's own entry, and whoever has signed
 * in finds nothing.
 */
export const ldapDialog = {
  greeting: '',

  /** Nothing but the request for TLS is answered. */
  async plain(connection: FakeConnection): Promise<boolean> {
    const { plain = {} } = connection.options;
    if (plain.greeting !== undefined && !(await connection.say(plain.greeting))) return false;
    for (;;) {
      const asked = await request(connection.stream);
      const name = asked.head.op.tag === op.extendedRequest ? readRequestName(asked.bytes, asked.head) : null;
      const forTls = typeof name === 'object' && name?.name === startTlsOid;
      if (!forTls) {
        if (!(await connection.say(no(asked.head, 13, 'Confidentiality required')))) return false;
        continue;
      }
      const answer = plain.startTls?.(asked.head.id) ?? no(asked.head, code.success, '');
      const head = answer instanceof Uint8Array ? readLdapHead(answer) : 'malformed';
      const goesAhead = typeof head === 'object' && answer instanceof Uint8Array && isSuccess(answer, head);
      // In one write, so that what follows the go-ahead arrives in the same segment.
      const said = goesAhead ? Buffer.concat([answer, bytesOf(plain.behind ?? '')]) : answer;
      if (!(await connection.say(said))) return false;
      if (goesAhead) return true;
    }
  },

  async inside(connection: FakeConnection): Promise<void> {
    const users = connection.options.users ?? { user: 'secret' };
    for (;;) {
      const asked = await request(connection.stream);
      const { head, bytes } = asked;
      const answer = prescribed(asked, connection);
      if (answer !== undefined) {
        if (!(await connection.say(answer))) return;
        continue;
      }
      if (head.op.tag === op.unbindRequest) return;
      if (head.op.tag === op.abandonRequest) continue;
      if (head.op.tag !== op.bindRequest) {
        await connection.say(no(head, connection.user === null ? code.strongerAuthRequired : code.success, ''));
        continue;
      }
      const bind = readBind(bytes, head);
      const password = bind?.by.kind === 'simple' ? bind.by.password.toString() : null;
      const right = bind !== null && password !== null && users[bind.name] === password;
      connection.user = right ? bind.name : null;
      await connection.say(no(head, right ? code.success : code.invalidCredentials, ''));
      if (right && connection.options.signedIn) return connection.options.signedIn(connection);
    }
  },
};

function isSuccess(bytes: Uint8Array, head: LdapHead): boolean {
  return bytes[head.op.start] === 0x0a && bytes[head.op.start + 2] === 0;
}
