import { once } from 'node:events';
import { type IncomingHttpHeaders, type IncomingMessage, request } from 'node:http';
import { createCoreApi } from '../../../main/core-api.ts';
import type { CheckStep, CommandName, PosternApi } from '../../../proxy/contract/index.ts';
import type { Commands } from '../../../proxy/index.ts';
import { CommandFailed } from '../../../proxy/state/command-failed.ts';
import { createStateStore, type StateStore } from '../../../proxy/state/store.ts';

export interface Answer {
  status: number;
  headers: IncomingHttpHeaders;
  body: string;
}

interface Question {
  method?: string;
  path?: string;
  headers?: Record<string, string>;
  body?: string;
}

/**
 * Sends one request to 127.0.0.1 with exactly these headers, on a connection of its own; returns the head of the
 * response.
 */
export async function send(port: number, question: Question): Promise<IncomingMessage> {
  const { method = 'GET', path = '/', headers = {}, body } = question;
  const sent = request({
    host: '127.0.0.1',
    port,
    method,
    path,
    agent: false,
    setHost: false,
    headers: { Host: `127.0.0.1:${port}`, ...headers },
  });
  // A response that ends before the body was read may interrupt the sending.
  sent.on('error', () => undefined);
  sent.end(body);
  const [response] = (await once(sent, 'response')) as [IncomingMessage];
  return response;
}

/** As `send`, with the whole response. */
export async function ask(port: number, question: Question): Promise<Answer> {
  const response = await send(port, question);
  response.setEncoding('utf8');
  let body = '';
  for await (const chunk of response) body += chunk;
  return { status: response.statusCode ?? 0, headers: response.headers, body };
}

/** A core that is only state and answers. The calls are in `asked`. */
export function fakeCore(answers: Partial<Commands> = {}): {
  api: PosternApi;
  state: StateStore;
  asked: [string, unknown][];
  faults: unknown[];
} {
  const state = createStateStore({
    version: '1.2.3',
    startedAt: '2026-01-02T03:04:05.000Z',
    paused: false,
    questionsDropped: 0,
    warnings: [],
  });
  const asked: [string, unknown][] = [];
  const faults: unknown[] = [];
  const answer = (name: CommandName) => async (input: never, progress?: (step: CheckStep) => void) => {
    asked.push([name, input]);
    const own = answers[name] as ((input: never, progress?: (step: CheckStep) => void) => Promise<never>) | undefined;
    if (!own) throw new CommandFailed('not-found', 'There is no such thing.');
    return own(input, progress);
  };
  const names: CommandName[] = [
    'approve',
    'reject',
    'forget',
    'pause',
    'resume',
    'configuration',
    'configure',
    'check',
    'freePorts',
    'stop',
  ];
  const commands = Object.fromEntries(names.map((name) => [name, answer(name)])) as unknown as Commands;
  return { api: createCoreApi(state, commands, (error) => faults.push(error)), state, asked, faults };
}
