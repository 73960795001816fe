/** Reads the one message of SASL PLAIN (RFC 4616): an identity to act as, user name and password, between NULs. */
export function readPlainCredentials(base64: string): { user: string; password: string } | null {
  if (!/^[A-Za-z0-9+/]+={0,2}$/.test(base64)) return null;
  const [, user, password, ...more] = Buffer.from(base64, 'base64').toString('utf8').split('\0');
  return user === undefined || password === undefined || more.length > 0 ? null : { user, password };
}
