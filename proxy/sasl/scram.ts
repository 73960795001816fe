import { createHash, createHmac, pbkdf2, randomBytes, timingSafeEqual } from 'node:crypto';
import { promisify } from 'node:util';
import type { SaslClient } from './mechanism.ts';
import { saslprep } from './saslprep.ts';

/** RFC 7677 §4 requires at least 4,096; with fewer, the server's copy would be easy to guess from. */
const minIterations = 4096;
/** More would only waste processor time: servers use some ten thousand. */
const maxIterations = 1_000_000;

const derive = promisify(pbkdf2);

/**
 * SCRAM-SHA-256 (RFC 5802, RFC 7677): the password is never sent, and the server proves that it knows it.
 *
 * @param nonce only for the RFC's examples
 */
export function scramSha256(user: string, password: string, nonce = randomBytes(18).toString('base64')): SaslClient {
  // RFC 5802 §5.1.
  const name = saslprep(user).replace(/[=,]/g, (sign) => (sign === '=' ? '=3D' : '=2C'));
  const firstBare = `n=${name},r=${nonce}`;
  let signature: Buffer | null = null;
  let proved = false;
  let error: string | null = null;

  async function final(challenge: string): Promise<Buffer | null> {
    const [, serverNonce = '', salt = '', count = ''] =
      /^r=([\x21-\x2b\x2d-\x7e]+),s=([A-Za-z0-9+/=]+),i=(\d{1,7})(?:,|$)/.exec(challenge) ?? [];
    const iterations = Number(count);
    if (!serverNonce.startsWith(nonce) || serverNonce.length === nonce.length) return null;
    if (iterations < minIterations || iterations > maxIterations) return null;
    const salted = await derive(saslprep(password), Buffer.from(salt, 'base64'), iterations, 32, 'sha256');
    const withoutProof = `c=biws,r=${serverNonce}`;
    const message = `${firstBare},${challenge},${withoutProof}`;
    const clientKey = hmac(salted, 'Client Key');
    const clientSignature = hmac(createHash('sha256').update(clientKey).digest(), message);
    const proof = Buffer.from(clientKey.map((byte, at) => byte ^ (clientSignature[at] ?? 0)));
    signature = hmac(hmac(salted, 'Server Key'), message);
    return Buffer.from(`${withoutProof},p=${proof.toString('base64')}`);
  }

  return {
    name: 'SCRAM-SHA-256',
    initial: Buffer.from(`n,,${firstBare}`),
    async answer(challenge) {
      const text = challenge.toString('utf8');
      if (!signature) return final(text);
      // RFC 5802 §7: a server may say here that the password is wrong. It has proved nothing, and nothing depends on it.
      error = /^e=([^,]*)/.exec(text)?.[1] ?? null;
      const said = Buffer.from(/^v=([A-Za-z0-9+/=]+)/.exec(text)?.[1] ?? '', 'base64');
      proved = said.length === signature.length && timingSafeEqual(said, signature);
      return proved ? Buffer.alloc(0) : null;
    },
    get proved() {
      return proved;
    },
    get error() {
      return error;
    },
  };
}

function hmac(key: Buffer, text: string): Buffer {
  return createHmac('sha256', key).update(text).digest();
}
