import { request as httpRequest, type IncomingMessage } from 'node:http';
import type { HttpGet } from '../proxy/net/http-get.ts';
import { connectionFailed, isRedirection, readBody } from './http-response.ts';

/**
 * Gets a page over a connection that the core has secured and verified already. No proxies, cookies or compression, and
 * no redirect is followed: where one leads is for the core to judge.
 */
export const httpGet: HttpGet = async (connection, { host, path, maxBytes, signal }) => {
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
    request.once('error', (error) => fail(signal.aborted ? signal.reason : connectionFailed(error)));
    request.end();
  });
  try {
    const { statusCode: status = 0, headers } = response;
    const location = (isRedirection(status) && headers.location) || null;
    if (status !== 200) return { status, location, body: Buffer.alloc(0) };
    return { status, location, body: await readBody(response, { maxBytes, signal }) };
  } finally {
    response.destroy();
  }
};
