import { once } from 'node:events';
import type { IncomingMessage, ServerResponse } from 'node:http';
import type { AddressInfo, Socket } from 'node:net';
import type { PosternApi } from '../../proxy/contract/index.ts';
import { answerCommand, refuse } from './answer-command.ts';
import { cut, letIn } from './connection-limits.ts';
import type { EarlierRuns } from './earlier-runs.ts';
import { streamEvents } from './events.ts';
import { cookieName, isLedHere, screenVisitor, type Visitor, windowCookie } from './guard.ts';
import { answerTo, challengeHeader, createKeys, type Keys, proofHeader } from './keys.ts';
import { answerWindow, returnPath } from './old-ports.ts';
import { setSafeHeaders } from './safe-headers.ts';
import { listWindowFiles, type WindowFiles } from './window-files.ts';

// An `import` of this module reads all its exports, and one of them, WebSocket, loads a whole HTTP client: 30 ms of CPU
// time at every start, against 3 this way.
const { createServer } = process.getBuiltinModule('node:http');

/** A handful of windows with one stream each, and room for commands. Programs of other users do not count. */
const maxConnections = 64;

/**
 * The browser sends along whatever programs at other ports of this computer have set, up to 180 cookies of 4 KiB
 * (RFC 6265 §6.1): they must not lock the window out.
 */
const maxHeaderSize = 1024 * 1024;

const starting = 'Postern is starting.';

/** The loopback HTTP of a running core: its interface for the `postern` command and, when wanted, the window. */
export interface LoopbackHttp {
  readonly port: number;
  readonly keys: Keys;
  /** Connects the core. Before that, only the question whether a core is here gets an answer. */
  serve(api: PosternApi): void;
  /** From now on, windows of earlier runs that ask here are led to this one, and windows of this run to the next. */
  lead(earlier: EarlierRuns): void;
  /** @returns a link that opens the window once, or null when this core serves no window. */
  windowLink(): string | null;
  close(): Promise<void>;
}

export interface LoopbackHttpOptions {
  /** 0 for any free port. */
  port: number;
  /** The built window's folder; null to serve no window. */
  windowDirectory: string | null;
  /** Called for every connection of a program that is not our own: it is cut before it is read. */
  stranger?: () => void;
}

/**
 * Listens on 127.0.0.1 and serves the contract.
 *
 * @throws the system's error when the port is taken.
 */
export async function openLoopbackHttp(options: LoopbackHttpOptions): Promise<LoopbackHttp> {
  const { windowDirectory } = options;
  let api: PosternApi | null = null;
  let earlier: EarlierRuns | null = null;
  const keys = createKeys();
  let files: Promise<WindowFiles> | null = null;
  const window = windowDirectory === null ? null : () => (files ??= listWindowFiles(windowDirectory));
  let port = 0;

  const server = createServer({
    maxHeaderSize,
    requestTimeout: 30_000,
    headersTimeout: 10_000,
    keepAliveTimeout: 5000,
  });
  letIn(server, {
    places: maxConnections,
    whose: 'own',
    turnedAway: (why) => {
      if (why !== 'too-many') options.stranger?.();
    },
  });
  server.on('request', (request, response) => {
    answer(request, response).catch(() => response.destroy());
  });

  // A program that sends a command first waits for proof of our identity; see client.ts.
  server.on('checkContinue', (request, response) => {
    const proof = proofFor(request);
    request.socket.write(`HTTP/1.1 100 Continue\r\n${proof === null ? '' : `${proofHeader}: ${proof}\r\n`}\r\n`);
    server.emit('request', request, response);
  });

  server.on('connect', (_request, socket) => cut(socket as Socket, '405 Method Not Allowed', 'This is no proxy.'));

  async function answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    setSafeHeaders(response);
    const proof = proofFor(request);
    if (proof !== null) response.setHeader(proofHeader, proof);
    const visitor = screenVisitor(request, port, keys);
    const isLed = visitor === null && isLedHere(request, port);
    if (visitor === null && !isLed) return refuse(response, 403, 'This is not for you.');
    const ours = `http://127.0.0.1:${port}`;
    if (!URL.canParse(request.url ?? '/', ours)) return refuse(response, 400, 'This is no address.');
    const { pathname, searchParams } = new URL(request.url ?? '/', ours);
    const reading = request.method === 'GET' || request.method === 'HEAD';
    const token = searchParams.get('token');
    if (window && request.method === 'GET' && pathname === '/' && token !== null) {
      return openWindow(request, response, { token, at: searchParams.get('at') ?? '' }, visitor);
    }
    if (visitor === null) return refuse(response, 403, 'This is not for you.');
    if (earlier && request.method === 'POST' && pathname === returnPath) {
      return answerWindow(request, response, port, earlier);
    }
    if (visitor === 'stranger') {
      // A window of an earlier run is accepted until it can be led here: if refused, it would give up.
      if (window && !earlier && pathname.startsWith('/api/')) return refuse(response, 503, starting);
      return refuse(response, 403, 'This window is locked. "postern window" prints a link that opens it.');
    }
    if (visitor === 'program' && request.method === 'GET' && pathname === '/api/alive') {
      return void response.writeHead(204).end();
    }
    if (visitor === 'browser') {
      if (reading && window && !pathname.startsWith('/api/')) {
        return sendFile(response, await window(), pathname, request.method === 'HEAD');
      }
      return refuse(response, 403, 'This tab is not signed in. "postern window" prints a link that opens it.');
    }
    if (api === null) return refuse(response, 503, starting);
    if (request.method === 'GET' && pathname === '/api/events') return streamEvents(response, api);
    if (visitor === 'window' && request.method === 'POST' && pathname === '/api/return-key') {
      return earlier ? sendJson(response, await earlier.issue()) : refuse(response, 503, starting);
    }
    const command = /^\/api\/command\/([A-Za-z]+)$/.exec(pathname)?.[1];
    if (request.method === 'POST' && command !== undefined) return answerCommand(request, response, command, api);
    if (visitor === 'program' && request.method === 'POST' && pathname === '/api/window-link') {
      return sendJson(response, { link: windowLink() });
    }
    if (reading && window) return sendFile(response, await window(), pathname, request.method === 'HEAD');
    refuse(response, 404, 'There is nothing here.');
  }

  function proofFor({ headers }: IncomingMessage): string | null {
    const challenge = headers[challengeHeader];
    return typeof challenge === 'string' ? answerTo(challenge, keys.proof) : null;
  }

  /**
   * The link's token becomes a cookie, which no script can read, and a secret for the page, which is in the fragment,
   * which is never sent (RFC 3986 §3.5), until the page has read it. Neither stays in the address bar.
   *
   * @param link its token, and where in the window it leads
   * @param visitor null when a page at another port has led the browser here
   */
  function openWindow(request: IncomingMessage, response: ServerResponse, link: Link, visitor: Visitor | null): void {
    const opened = keys.redeemLinkToken(link.token, windowCookie(request.headers.cookie, port, keys));
    if (opened === null && (visitor === null || visitor === 'stranger')) {
      refuse(response, 403, 'This link was used already, or is too old. "postern window" prints a new one.');
      return;
    }
    if (opened !== null) {
      response.setHeader('Set-Cookie', `${cookieName(port)}=${opened.cookie}; HttpOnly; SameSite=Strict; Path=/`);
    }
    const place = placeForm.test(link.at) ? `&at=${encodeURIComponent(link.at)}` : '';
    const location = opened === null ? '/' : `/#key=${opened.page}${place}`;
    if (visitor !== null) response.writeHead(303, { Location: location }).end();
    else goOn(response, location);
  }

  function windowLink(): string | null {
    return window === null ? null : `http://127.0.0.1:${port}/?token=${keys.issueLinkToken()}`;
  }

  await once(server.listen({ host: '127.0.0.1', port: options.port, exclusive: true }), 'listening');
  // There was no descriptor left for a connection: the listener is still there for the next one.
  server.on('error', () => undefined);
  port = (server.address() as AddressInfo).port;
  return {
    port,
    keys,
    serve(core) {
      api = core;
    },
    lead(runs) {
      earlier = runs;
    },
    windowLink,
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}

/** What follows the `?` of a link that opens a window. */
interface Link {
  token: string;
  at: string;
}

/** A place in the window, as `renderer/route.ts` writes it, perhaps with what is half typed there (`kept-draft.ts`). */
const placeForm = /^#\/[\w.~%!'()*/?-]{0,20000}$/;

/** As a redirect, but by a page of ours: to the browser, what follows a redirect is still the other page's doing. */
function goOn(response: ServerResponse, location: string): void {
  response.writeHead(200, { 'Content-Type': 'text/html; charset=utf-8' });
  response.end(`<!doctype html><title>Postern</title><meta http-equiv="refresh" content="0;url=${location}">\n`);
}

async function sendFile(response: ServerResponse, files: WindowFiles, path: string, headOnly: boolean): Promise<void> {
  const file = await files.read(path);
  if (!file) return refuse(response, 404, 'There is nothing here.');
  response.writeHead(200, { 'Content-Type': file.type, 'Content-Length': file.content.length });
  response.end(headOnly ? undefined : file.content);
}

function sendJson(response: ServerResponse, value: unknown): void {
  response.writeHead(200, { 'Content-Type': 'application/json; charset=utf-8' }).end(JSON.stringify(value));
}
