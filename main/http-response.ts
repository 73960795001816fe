import type { IncomingMessage } from 'node:http';
import { DownloadFailed } from '../proxy/net/download.ts';

/** How much of a body is read, in bytes, and the deadline. */
export interface BodyLimits {
  maxBytes: number;
  signal: AbortSignal;
}

/**
 * The whole body of a response.
 *
 * @throws {DownloadFailed} when it is larger than allowed, announced or not, is compressed, or breaks off
 * @throws the signal's reason once it is aborted
 */
export async function readBody(response: IncomingMessage, { maxBytes, signal }: BodyLimits): Promise<Buffer> {
  const { 'content-encoding': encoding = 'identity', 'content-length': announced = '0' } = response.headers;
  if (encoding !== 'identity') throw new DownloadFailed('it came in a form that was not asked for');
  const tooLarge = () => new DownloadFailed(`it is larger than ${Math.floor(maxBytes / 1024)} KiB`);
  if (Number(announced) > maxBytes) throw tooLarge();
  const chunks: Buffer[] = [];
  let length = 0;
  try {
    for await (const chunk of response as AsyncIterable<Buffer>) {
      length += chunk.length;
      if (length > maxBytes) throw tooLarge();
      chunks.push(chunk);
    }
  } catch (error) {
    signal.throwIfAborted();
    throw error instanceof DownloadFailed ? error : connectionFailed(error);
  }
  return Buffer.concat(chunks, length);
}

/** How a failure of the connection is reported: only by its code, since its message may hold a stranger's text. */
export function connectionFailed(error: unknown): DownloadFailed {
  const code = (error as NodeJS.ErrnoException).code ?? 'unknown error';
  return new DownloadFailed(`the connection to its server failed (${code})`, { cause: error });
}
