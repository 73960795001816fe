import { once } from 'node:events';
import { readFile } from 'node:fs/promises';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { extname, join, normalize } from 'node:path';
import { text } from 'node:stream/consumers';
import { type CommandName, commandInputs } from '../../../proxy/contract/index.ts';
import type { FakeCore } from './fake-core.ts';

/** What a shell allows its window: everything from itself, nothing inline, no code from text. */
const policy = [
  "default-src 'none'",
  "script-src 'self'",
  "style-src 'self'",
  "img-src 'self'",
  "connect-src 'self'",
  "base-uri 'none'",
  "form-action 'none'",
  "frame-ancestors 'none'",
  "require-trusted-types-for 'script'",
].join('; ');

const types: Record<string, string> = {
  '.html': 'text/html; charset=utf-8',
  '.js': 'text/javascript; charset=utf-8',
  '.css': 'text/css; charset=utf-8',
  '.svg': 'image/svg+xml',
};

/** The built window and the contract over HTTP, in front of a core that the tests control. */
export interface FakeShell {
  url: string;
  /** Switches to another core: windows are disconnected, and reconnect to this one. */
  serve(core: FakeCore): void;
  /** Answers no one until `serve` is called again. */
  vanish(): void;
  close(): Promise<void>;
}

/** @param directory where the built window is */
export async function startFakeShell(directory: string, first: FakeCore): Promise<FakeShell> {
  let core: FakeCore | null = first;
  const streams = new Set<ServerResponse>();

  function events(response: ServerResponse, now: FakeCore): void {
    response.writeHead(200, { 'content-type': 'text/event-stream', 'cache-control': 'no-store' });
    // Spare the tests the three seconds that a browser waits by default.
    response.write('retry: 100\n\n');
    const end = now.subscribe((message) => response.write(`data: ${JSON.stringify(message)}\n\n`));
    streams.add(response);
    response.on('close', () => {
      end();
      streams.delete(response);
    });
  }

  async function command(
    name: string,
    request: IncomingMessage,
    response: ServerResponse,
    now: FakeCore,
  ): Promise<void> {
    if (!(name in commandInputs)) return void response.writeHead(404).end();
    response.writeHead(200, { 'content-type': 'application/x-ndjson', 'cache-control': 'no-store' });
    const input = JSON.parse(await text(request));
    const result = await now.command(name as CommandName, input, (progress) => {
      response.write(`${JSON.stringify({ progress })}\n`);
    });
    response.end(`${JSON.stringify({ result })}\n`);
  }

  async function file(path: string, response: ServerResponse): Promise<void> {
    const name = normalize(path === '/' ? '/index.html' : path);
    try {
      const body = await readFile(join(directory, name));
      response.writeHead(200, {
        'content-type': types[extname(name)] ?? 'application/octet-stream',
        'content-security-policy': policy,
        'x-content-type-options': 'nosniff',
      });
      response.end(body);
    } catch {
      response.writeHead(404).end();
    }
  }

  async function answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const path = new URL(request.url ?? '/', 'http://localhost').pathname;
    if (!path.startsWith('/api/')) return file(path, response);
    if (!core) return void request.socket.destroy();
    if (path === '/api/events') return events(response, core);
    if (path === '/api/return-key') {
      return void response.end(JSON.stringify({ id: 'A'.repeat(22), key: 'A'.repeat(43) }));
    }
    return command(path.slice('/api/command/'.length), request, response, core);
  }

  const server: Server = createServer((request, response) => void answer(request, response));
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const cutOff = () => {
    for (const stream of streams) stream.destroy();
  };
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/`,
    serve(next) {
      core = next;
      cutOff();
    },
    vanish() {
      core = null;
      cutOff();
    },
    async close() {
      cutOff();
      server.closeAllConnections();
      server.close();
      await once(server, 'close');
    },
  };
}
