/** The client's side of one sign-in by a mechanism (RFC 4422 §3). What it sends may contain a secret. */
export interface SaslClient {
  /** As servers name it. */
  readonly name: string;
  /** What the client sends first; null where the server begins. */
  readonly initial: Buffer | null;
  /** @returns the answer to a challenge; null when there is none, because the server violates the mechanism */
  answer(challenge: Buffer): Promise<Buffer | null>;
  /** Whether the server has proved itself, if the mechanism requires that: otherwise its success means nothing. */
  readonly proved: boolean;
  /**
   * The server's refusal in the mechanism's own words, in place of a challenge: the status of RFC 7628 §3.2.2, or what
   * follows `e=` in RFC 5802 §7. For recognition only.
   */
  readonly error: string | null;
}

const always = { proved: true, error: null } as const;

/** RFC 4616. */
export function plain(user: string, password: string): SaslClient {
  return { name: 'PLAIN', initial: Buffer.from(`\0${user}\0${password}`), answer: async () => null, ...always };
}

/** User name and password, each when asked for (draft-murchison-sasl-login). */
export function login(user: string, password: string): SaslClient {
  const left = [user, password];
  return {
    name: 'LOGIN',
    initial: null,
    async answer() {
      const next = left.shift();
      return next === undefined ? null : Buffer.from(next);
    },
    ...always,
  };
}

/** A token in the form that Google and Microsoft use. A refusal comes as a challenge and requires an empty answer. */
export function xoauth2(user: string, token: string): SaslClient {
  const initial = Buffer.from(`user=${user}\x01auth=Bearer ${token}\x01\x01`);
  return withToken('XOAUTH2', initial, Buffer.alloc(0));
}

/** RFC 7628 §3.1; a refusal comes as a challenge (§3.2.2) and requires a lone ^A (§3.2.3). */
export function oauthBearer(
  user: string,
  token: string,
  { server, port }: { server: string; port: number },
): SaslClient {
  const name = user.replace(/[=,]/g, (sign) => (sign === '=' ? '=3D' : '=2C'));
  const initial = Buffer.from(`n,a=${name},\x01host=${server}\x01port=${port}\x01auth=Bearer ${token}\x01\x01`);
  return withToken('OAUTHBEARER', initial, Buffer.from('\x01'));
}

/** All is said at first; the only challenge is a refusal, and wants this answer. */
function withToken(name: string, initial: Buffer, answer: Buffer): SaslClient {
  let error: string | null = null;
  return {
    name,
    initial,
    proved: true,
    async answer(challenge) {
      error = statusIn(challenge.toString('utf8'));
      return answer;
    },
    get error() {
      return error;
    },
  };
}

function statusIn(text: string): string | null {
  try {
    const { status } = JSON.parse(text) as { status?: unknown };
    return typeof status === 'string' ? status : null;
  } catch {
    return null;
  }
}
