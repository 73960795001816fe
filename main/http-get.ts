import { request as httpRequest, type IncomingMessage } from 'node:http';
import { DownloadFailed } from '../proxy/net/download.ts';
import type { HttpGet } from '../proxy/net/http-get.ts';

/**
 * Gets a page over a connection that the core has secured and verified already. No proxies, cookies or compression, and
 * no redirect is followed: where one leads is for the core to judge.
 */
export const httpGet: HttpGet = async (connection, { host, path, mostBytes, signal }) => {
  const response = await new Promise<IncomingMessage>((done, fail) => {
    const request = httpRequest({
      // Without an agent, which would make a connection of its own, through a proxy of the environment perhaps.
      createConnection: () => connection,
      signal,
      path,
      headers: { Host: host, 'User-Agent': 'Postern', Accept: 'text/xml, application/xml', Connection: 'close' },
    });
    // The core hands its connections over paused; by now the parser listens.
    request.once('socket', () => connection.resume());
    request.once('response', done);
    request.once('error', (error) => fail(signal.aborted ? signal.reason : broken(error)));
    request.end();
  });
  try {
    const { statusCode: status = 0, headers } = response;
    const redirects = [301, 302, 303, 307, 308].includes(status);
    if (status !== 200) return { status, location: (redirects && headers.location) || null, body: Buffer.alloc(0) };
    if ((headers['content-encoding'] ?? 'identity') !== 'identity') {
      throw new DownloadFailed('it came in a form that was not asked for');
    }
    return { status, location: null, body: await readBody(response, mostBytes, signal) };
  } finally {
    response.destroy();
  }
};

async function readBody(response: IncomingMessage, mostBytes: number, signal: AbortSignal): Promise<Buffer> {
  const chunks: Buffer[] = [];
  let length = 0;
  try {
    for await (const chunk of response as AsyncIterable<Buffer>) {
      length += chunk.length;
      if (length > mostBytes) throw new DownloadFailed(`it is larger than ${Math.floor(mostBytes / 1024)} KiB`);
      chunks.push(chunk);
    }
  } catch (error) {
    signal.throwIfAborted();
    throw error instanceof DownloadFailed ? error : broken(error);
  }
  return Buffer.concat(chunks, length);
}

function broken(error: unknown): DownloadFailed {
  const code = (error as NodeJS.ErrnoException).code ?? 'unknown error';
  return new DownloadFailed(`the connection to its server failed (${code})`, { cause: error });
}
