import type { HttpGet } from '../proxy/net/http-get.ts';
import { requestOver } from './http-request.ts';
import { isRedirection, readBody } from './http-response.ts';

/** Gets a page over a connection that the core has already secured and verified. */
export const httpGet: HttpGet = async (connection, { host, path, maxBytes, signal }) => {
  const headers = { Accept: 'text/xml, application/xml' };
  const response = await requestOver(connection, { method: 'GET', host, path, headers, signal });
  try {
    const { statusCode: status = 0, headers } = response;
    const location = (isRedirection(status) && headers.location) || null;
    if (status !== 200) return { status, location, body: Buffer.alloc(0) };
    return { status, location, body: await readBody(response, { maxBytes, signal }) };
  } finally {
    response.destroy();
  }
};
