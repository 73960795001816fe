import http, { type IncomingMessage } from 'node:http';
import https from 'node:https';
import { isIP, type LookupFunction } from 'node:net';
import type { Resolve } from '../proxy/net/dial.ts';
import { type Download, DownloadFailed, type DownloadLimits } from '../proxy/net/download.ts';
import { isRedirection } from '../proxy/net/http-exchange.ts';
import { orAborted } from '../proxy/net/or-aborted.ts';
import { connectionFailed, readBody } from './http-response.ts';

/** Publishers move their files now and then; more than a few redirects are a loop. */
const maxRedirects = 3;

/**
 * Gets a file over http or https, within the limits given. Proxies and cookies are not used, compression is not asked for,
 * and a connection is made only to an approved address: the name is looked up once, by us.
 */
export const download: Download = async (address, limits) => {
  let url = new URL(address);
  for (let hop = 0; hop <= maxRedirects; hop += 1) {
    const response = await request(url, limits);
    try {
      const next = redirection(response, url);
      if (!next) return await readBody(response, limits);
      url = next;
    } finally {
      response.destroy();
    }
  }
  throw new DownloadFailed('it leads from one address to the next without an end');
};

async function request(url: URL, { signal, resolve, mayReach }: DownloadLimits): Promise<IncomingMessage> {
  const secure = url.protocol === 'https:';
  if (!secure && url.protocol !== 'http:') throw new DownloadFailed('it leads to something other than a web address');
  const host = url.hostname.replace(/^\[(.*)\]$/, '$1');
  const addresses = (isIP(host) ? [host] : await lookUp(host, resolve, signal)).filter(mayReach);
  if (addresses.length === 0) throw new DownloadFailed('its address is on this computer or a network of its own');
  return new Promise((done, fail) => {
    const made = (secure ? https : http).request(url, {
      agent: false,
      signal,
      lookup: alwaysThese(addresses),
      headers: { 'User-Agent': 'Postern', Accept: '*/*' },
    });
    made.once('response', done);
    made.once('error', (error) => fail(signal.aborted ? signal.reason : connectionFailed(error)));
    made.end();
  });
}

async function lookUp(host: string, resolve: Resolve, signal: AbortSignal): Promise<string[]> {
  try {
    signal.throwIfAborted();
    return await orAborted(resolve(host), signal);
  } catch (error) {
    signal.throwIfAborted();
    throw new DownloadFailed('the address of its server could not be looked up', { cause: error });
  }
}

/** The approved address is the one connected to: a second lookup could give another answer. */
function alwaysThese(addresses: readonly string[]): LookupFunction {
  const found = addresses.map((address) => ({ address, family: isIP(address) }));
  return (_host, options, callback) => {
    const [first] = found;
    if (options.all || !first) callback(null, found);
    else callback(null, first.address, first.family);
  };
}

/** @returns where to continue; null when this is the answer */
function redirection({ statusCode = 0, headers }: IncomingMessage, from: URL): URL | null {
  if (statusCode === 200) return null;
  const { location } = headers;
  if (!isRedirection(statusCode) || location === undefined) {
    throw new DownloadFailed(`its server answered with status ${statusCode}`);
  }
  if (!URL.canParse(location, from.href)) throw new DownloadFailed('it leads to something other than a web address');
  return new URL(location, from);
}
