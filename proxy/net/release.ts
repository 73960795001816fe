/** A smaller buffer may be part of one that others use, and is not worth the call. */
const minBytes = 4 * 1024;

/**
 * Frees a buffer's memory now instead of at some later garbage collection. A relay takes a fresh buffer for every TLS
 * record; left to the collector, they cost more than the encryption does, and every one of them is cold memory.
 *
 * Afterwards the buffer has length 0. Buffers that share their memory are left alone, as is everything where the engine
 * cannot do it (Node 20).
 *
 * @param chunk must not be read any more, neither by us nor by the system
 */
export function release(chunk: Buffer): void {
  const { buffer, length } = chunk;
  if (length < minBytes || length !== buffer.byteLength || !(buffer instanceof ArrayBuffer)) return;
  buffer.transfer?.(0);
}
