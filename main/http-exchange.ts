import { request as httpRequest, type IncomingMessage } from 'node:http';
import type { Duplex } from 'node:stream';
import type { HttpExchange, HttpQuestion } from '../proxy/net/http-exchange.ts';
import { connectionFailed, readBody } from './http-response.ts';

/**
 * Asks one question over a connection that the core has already secured and verified. No proxies, cookies or
 * compression, and no redirect is followed: the core judges where one leads.
 */
export const httpExchange: HttpExchange = async (connection, question) => {
  const response = await ask(connection, question);
  try {
    const { statusCode: status = 0, headers } = response;
    const isUnread = question.method === 'GET' && status !== 200;
    const body = isUnread ? Buffer.alloc(0) : await readBody(response, question);
    const told = Object.entries(headers).flatMap(([name, value]) =>
      value === undefined ? [] : [[name, Array.isArray(value) ? value.join(', ') : value] as const],
    );
    return { status, headers: Object.fromEntries(told), body };
  } finally {
    response.destroy();
  }
};

/** @throws DownloadFailed, or the signal's reason */
function ask(
  connection: Duplex,
  { method, host, path, headers, body, signal }: HttpQuestion,
): Promise<IncomingMessage> {
  return new Promise((done, fail) => {
    const request = httpRequest({
      // Without an agent, which would open its own connection, perhaps through a proxy from the environment.
      createConnection: () => connection,
      signal,
      method,
      path,
      headers: { Host: host, 'User-Agent': 'Postern', ...headers, Connection: 'close' },
    });
    // The core hands over its connections paused; by now the parser is listening.
    request.once('socket', () => connection.resume());
    request.once('response', done);
    request.once('error', (error) => fail(signal.aborted ? signal.reason : connectionFailed(error)));
    request.end(body);
  });
}
