import { dial, type Resolve } from '../net/dial.ts';
import { DownloadFailed } from '../net/download.ts';
import { type HttpAnswer, type HttpExchange, type HttpQuestion, isRedirection } from '../net/http-exchange.ts';
import { type DecidingDesk, secureUpstream, type TlsContext } from '../trust/tls/secure-upstream.ts';
import { isHostName } from './address.ts';

/** What a web server is asked with. */
export interface PageContext {
  resolve: Resolve;
  tlsContext: TlsContext;
  desk: DecidingDesk;
  exchange: HttpExchange;
}

/** Real files are about 2 KiB. */
const question = { method: 'GET', headers: { Accept: 'text/xml, application/xml' }, maxBytes: 64 * 1024 } as const;
/** A provider may point to a common place of its own; more redirects are a loop. */
const maxRedirects = 2;

/**
 * Gets a page over TLS that was verified by the same rules as a mail server's. A redirect is followed only to another
 * https page, whose server is verified in turn.
 *
 * @returns null when there is no such page
 * @throws Refused when the server cannot be reached or verified; DownloadFailed; or the signal's reason
 */
export async function getVerifiedPage(
  address: string,
  context: PageContext,
  signal: AbortSignal,
): Promise<Buffer | null> {
  let url = new URL(address);
  for (let hop = 0; hop <= maxRedirects; hop += 1) {
    const { status, headers, body } = await askVerified(url, { ...question, signal }, context);
    if (status === 200) return body;
    if (status === 404 || status === 410) return null;
    const { location } = headers;
    if (!isRedirection(status) || location === undefined)
      throw new DownloadFailed(`its server answered with status ${status}`);
    url = nextPlace(location, url);
  }
  throw new DownloadFailed('it leads from one address to the next without an end');
}

/**
 * Asks a web server one question, over TLS that was verified by the same rules as a mail server's.
 *
 * @param url of an https page
 * @throws Refused when the server cannot be reached or verified; DownloadFailed; or the signal's reason
 */
export async function askVerified(
  url: URL,
  question: Omit<HttpQuestion, 'host' | 'path'>,
  { resolve, tlsContext, desk, exchange }: PageContext,
): Promise<HttpAnswer> {
  const server = url.hostname.replace(/^\[(.*)\]$/, '$1');
  const port = url.port === '' ? 443 : Number(url.port);
  const { signal } = question;
  const transport = await dial({ server, address: server, port }, resolve, signal);
  try {
    const subject = { account: '', relay: '', server, port };
    const { socket } = await secureUpstream(transport, subject, tlsContext, desk, signal);
    return await exchange(socket, { ...question, host: url.host, path: `${url.pathname}${url.search}` });
  } finally {
    transport.destroy();
  }
}

function nextPlace(location: string, from: URL): URL {
  const url = URL.canParse(location, from.href) ? new URL(location, from.href) : null;
  if (url?.protocol === 'http:') throw new DownloadFailed('it leads to a page without encryption');
  // Another port would let a stranger's page choose what this computer connects to.
  const isWeb = url?.protocol === 'https:' && url.port === '' && isHostName(url.hostname);
  if (!url || !isWeb || url.username !== '') throw new DownloadFailed('it leads to something other than a web page');
  return url;
}
