import { createHmac, randomBytes } from 'node:crypto';

/** Sends a challenge in the protocol's form and returns the client's response: base64 text, or `*` to cancel. */
export type Exchange = (challenge: Buffer) => Promise<string>;

/** The mechanisms that the scripted servers know. */
export const mechanisms = ['PLAIN', 'LOGIN', 'CRAM-MD5'];

/**
 * Performs a SASL sign-in (RFC 4616, RFC 2195).
 *
 * @param initial the client's initial response in base64 (`=` for an empty one), or null.
 * @returns the user who signed in; `rejected` for a wrong password, `malformed` for an invalid response.
 */
export async function saslSignIn(
  mechanism: string,
  initial: string | null,
  exchange: Exchange,
  users: Record<string, string>,
): Promise<{ user: string } | 'rejected' | 'malformed'> {
  const check = (user: string, password: string) =>
    users[user] !== undefined && users[user] === password ? { user } : 'rejected';
  const respond = async (challenge: string) => decode(await exchange(Buffer.from(challenge)));
  switch (mechanism.toUpperCase()) {
    case 'PLAIN': {
      const response = initial === null ? await respond('') : decode(initial === '=' ? '' : initial);
      const [, user, password, more] = response?.split('\0') ?? [];
      if (user === undefined || password === undefined || more !== undefined) return 'malformed';
      return check(user, password);
    }
    case 'LOGIN': {
      const user = initial === null ? await respond('Username:') : decode(initial);
      if (user === null) return 'malformed';
      const password = await respond('Password:');
      return password === null ? 'malformed' : check(user, password);
    }
    case 'CRAM-MD5': {
      const challenge = `<${randomBytes(8).toString('hex')}@fake.example.test>`;
      const response = await respond(challenge);
      const [, user, digest] = /^(.*) ([0-9a-f]{32})$/s.exec(response ?? '') ?? [];
      if (user === undefined) return 'malformed';
      const right = createHmac('md5', users[user] ?? randomBytes(8))
        .update(challenge)
        .digest('hex');
      return right === digest ? { user } : 'rejected';
    }
    default:
      return 'malformed';
  }
}

function decode(text: string): string | null {
  return /^[A-Za-z0-9+/]*={0,2}$/.test(text) && text.length % 4 === 0 ? Buffer.from(text, 'base64').toString() : null;
}
