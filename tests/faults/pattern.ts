import { createCipheriv, createHash } from 'node:crypto';

/** This many bytes that look random and are the same at both ends of a line. */
export function pattern(length: number): Buffer {
  return createCipheriv('aes-128-ctr', Buffer.alloc(16), Buffer.alloc(16)).update(Buffer.alloc(length));
}

export const hashOf = (bytes: Buffer) => createHash('sha256').update(bytes).digest('hex');
