import { once } from 'node:events';
import http, { type RequestListener } from 'node:http';
import type { AddressInfo } from 'node:net';
import { onTestFinished } from 'vitest';
import { listUrls } from '../../../proxy/trust/revocation/distribution-points.ts';
import type { Link } from '../../../proxy/trust/revocation/known-lists.ts';
import { readCertificate } from '../../../proxy/trust/x509/certificate.ts';
import type { Identity } from '../../support/pki.ts';

/** What the server at the other end of a distribution point does. */
export interface ListServer {
  /** The address of a file on it. */
  url(path: string): string;
  /** The requested paths, in order. */
  asked: string[];
  /** Sets what is at a path: a list, or a handler. Until then, the path is not found (404). */
  put(path: string, what: Uint8Array | RequestListener): void;
}

/** An HTTP server on port 0 of 127.0.0.1. It is closed when the test ends. */
export async function startListServer(): Promise<ListServer> {
  const files = new Map<string, Uint8Array | RequestListener>();
  const asked: string[] = [];
  const server = http.createServer((request, response) => {
    const path = request.url ?? '';
    asked.push(path);
    const what = files.get(path);
    if (typeof what === 'function') what(request, response);
    else if (what) response.end(what);
    else response.writeHead(404).end('not here');
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  onTestFinished(() => {
    server.closeAllConnections();
    server.close();
  });
  const { port } = server.address() as AddressInfo;
  return { url: (path) => `http://127.0.0.1:${port}${path}`, asked, put: (path, what) => files.set(path, what) };
}

/** A certificate and its issuer, as the checks see them. */
export function linkOf(identity: Identity): Link {
  const [issuer] = identity.issuers;
  if (!issuer) throw new Error('it has no issuer');
  const certificate = readCertificate(identity.der);
  return { certificate, issuer: readCertificate(issuer.der), urls: listUrls(certificate) };
}

export const seconds = (date = new Date()) => Math.floor(date.getTime() / 1000);
export const hour = 3_600_000;
export const day = 24 * hour;
/** This many milliseconds from now. */
export const from = (milliseconds: number) => new Date(Date.now() + milliseconds);
