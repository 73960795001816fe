import { once } from 'node:events';
import type { IncomingMessage, Server, ServerResponse } from 'node:http';
import { readBody, refuse } from './answer-command.ts';
import { letIn } from './connection-limits.ts';
import { awaitedFor, type EarlierRuns } from './earlier-runs.ts';
import { isMeantForUs } from './guard.ts';
import { setSafeHeaders } from './safe-headers.ts';

// Not by `import`, which would load much more of it; see server.ts.
const { createServer } = process.getBuiltinModule('node:http');

/** A few windows ask, once every few seconds each. */
const maxConnections = 16;
/** A question is 200 bytes. */
const maxQuestion = 2048;

/** Where a window of an earlier run asks for this one: `POST`, with a question of `earlier-runs.ts`. */
export const returnPath = '/api/return';

/**
 * Listens where earlier runs served their windows, for ten minutes, and answers nothing but their question. A port that
 * somebody else has by now is left to them.
 *
 * @param ownPort where this run serves its windows, which answers by itself
 * @param stranger called for every connection of a program that is not our own
 * @returns a function that ends it
 */
export async function listenAtOldPorts(
  earlier: EarlierRuns,
  ownPort: number,
  stranger: () => void,
): Promise<() => void> {
  const ports = new Set(earlier.ports.filter((port) => port !== ownPort));
  const servers = await Promise.all([...ports].map((port) => listenAt(port, earlier, stranger)));
  const close = () => {
    clearTimeout(timer);
    for (const server of servers) {
      server?.close();
      server?.closeAllConnections();
    }
  };
  const timer = setTimeout(close, awaitedFor).unref();
  return close;
}

async function listenAt(port: number, earlier: EarlierRuns, stranger: () => void): Promise<Server | null> {
  const server = createServer({ requestTimeout: 10_000, headersTimeout: 10_000, keepAliveTimeout: 1000 });
  letIn(server, {
    places: maxConnections,
    whose: 'own',
    turnedAway: (why) => {
      if (why !== 'too-many') stranger();
    },
  });
  server.on('request', (request, response) => {
    setSafeHeaders(response);
    if (request.method === 'POST' && request.url === returnPath) {
      answerWindow(request, response, port, earlier).catch(() => response.destroy());
    } else {
      refuse(response, 403, 'Postern has another address now. "postern window" prints a link that opens it.');
    }
  });
  server.listen({ host: '127.0.0.1', port, exclusive: true });
  try {
    await once(server, 'listening');
  } catch {
    return null;
  }
  // There was no descriptor left for a connection: the listener is still there for the next one.
  server.on('error', () => undefined);
  // Does not keep the process running.
  return server.unref();
}

/** Tells a window of an earlier run where this one is. @param port where it asks */
export async function answerWindow(
  request: IncomingMessage,
  response: ServerResponse,
  port: number,
  earlier: EarlierRuns,
): Promise<void> {
  const told = isMeantForUs(request, port) ? earlier.answer(port, await readQuestion(request)) : null;
  if (told === null) return refuse(response, 403, 'This is not for you.');
  response.writeHead(200, { 'Content-Type': 'application/json; charset=utf-8' }).end(JSON.stringify(told));
}

async function readQuestion(request: IncomingMessage): Promise<unknown> {
  try {
    return JSON.parse((await readBody(request, maxQuestion)) ?? '');
  } catch {
    return null;
  }
}
