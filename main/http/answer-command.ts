import type { IncomingMessage, ServerResponse } from 'node:http';
import {
  type AnyProgress,
  type CommandName,
  type CommandResult,
  commandInputs,
  type PosternApi,
} from '../../proxy/contract/index.ts';

/** A configuration with hundreds of accounts is a tenth of this. */
const maxBodyBytes = 1024 * 1024;

/**
 * Answers `POST /api/command/<name>`: JSON in; lines of JSON out, `{"progress":…}` as it happens and `{"result":…}` at
 * the end. An expected failure is a result like any other.
 */
export async function answerCommand(
  request: IncomingMessage,
  response: ServerResponse,
  name: string,
  api: PosternApi,
): Promise<void> {
  if (!Object.hasOwn(commandInputs, name)) return refuse(response, 404, 'There is no such command.');
  // A page of another origin can send a form or plain text without a preflight, but not this.
  if (!/^application\/json(?:;|$)/i.test(request.headers['content-type'] ?? '')) {
    return refuse(response, 415, 'Commands are sent as application/json.');
  }
  const body = await readBody(request, maxBodyBytes);
  if (body === null) return refuse(response, 413, 'The command is too large.');
  let input: unknown;
  try {
    input = JSON.parse(body);
  } catch {
    return refuse(response, 400, 'The command is not JSON.');
  }
  response.writeHead(200, { 'Content-Type': 'application/x-ndjson; charset=utf-8' });
  // At once: a check may take a while before its first output, and the other side waits for the head.
  response.flushHeaders();
  const progress = (step: AnyProgress) => response.write(`${JSON.stringify({ progress: step })}\n`);
  // The core checks the input against the command's schema itself.
  const result: CommandResult<CommandName> = await api.command(name as CommandName, input as never, progress);
  response.end(`${JSON.stringify({ result })}\n`);
}

/** @returns the body as text, or null when it is larger than allowed. */
export async function readBody(request: IncomingMessage, maxBytes: number): Promise<string | null> {
  if (Number(request.headers['content-length'] ?? 0) > maxBytes) return null;
  const chunks: Buffer[] = [];
  let length = 0;
  for await (const chunk of request) {
    length += (chunk as Buffer).length;
    if (length > maxBytes) return null;
    chunks.push(chunk as Buffer);
  }
  return Buffer.concat(chunks).toString('utf8');
}

/** Ends a request with a sentence, and its connection: the rest of the request is not read. */
export function refuse(response: ServerResponse, status: number, sentence: string): void {
  response.writeHead(status, { 'Content-Type': 'text/plain; charset=utf-8', Connection: 'close' });
  response.end(`${sentence}\n`);
}
