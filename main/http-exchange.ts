import type { HttpExchange } from '../proxy/net/http-exchange.ts';
import { requestOver } from './http-request.ts';
import { readBody } from './http-response.ts';

/** Asks an issuer one question over a connection that the core has already secured and verified. */
export const httpExchange: HttpExchange = async (connection, { maxBytes, ...asked }) => {
  const response = await requestOver(connection, asked);
  try {
    const { statusCode: status = 0, headers } = response;
    const body = await readBody(response, { maxBytes, signal: asked.signal });
    const told = Object.entries(headers).flatMap(([name, value]) =>
      value === undefined ? [] : [[name, Array.isArray(value) ? value.join(', ') : value] as const],
    );
    return { status, headers: Object.fromEntries(told), body };
  } finally {
    response.destroy();
  }
};
