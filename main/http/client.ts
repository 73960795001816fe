import type { Agent as HttpAgent, IncomingMessage } from 'node:http';
import type { CommandName, CommandResult, CoreMessage, PosternApi } from '../../proxy/contract/index.ts';
import { type Control, readControl } from './control-file.ts';

// Not by `import`, which would load much more of it; see server.ts.
const { Agent, request: httpRequest } = process.getBuiltinModule('node:http');

/** The core answers from memory; this long without an answer and it hangs (milliseconds). */
const answerWithin = 5000;

/** No core runs on this data directory, or the one that runs gives no answer. The message is for people. */
export class NoCore extends Error {
  override readonly name = 'NoCore';
}

/** A running core, as a program of the same user sees it. */
export interface CoreClient extends PosternApi {
  readonly pid: number;
  /** @returns a link that opens the window once, or null when that core serves no window. */
  windowLink(): Promise<string | null>;
  /** Ends every connection to the core. */
  close(): void;
}

/**
 * Finds the core that runs on a data directory.
 *
 * @throws {NoCore}
 */
export async function connectCore(dataDirectory: string): Promise<CoreClient> {
  const control = await readControl(dataDirectory);
  if (!control || !(await isAlive(control))) {
    throw new NoCore('Postern is not running with this data directory. "postern run" starts it.');
  }
  return createClient(control);
}

/** Whether the core behind a control file is there. One that runs and does not answer counts: it must not be doubled. */
export async function isAlive(control: Control): Promise<boolean> {
  try {
    process.kill(control.pid, 0);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ESRCH') return false;
  }
  try {
    const response = await send(control, new Agent(), 'GET', '/api/alive');
    response.resume();
    return response.statusCode === 204;
  } catch (error) {
    return error instanceof NoAnswer;
  }
}

class NoAnswer extends NoCore {}

function createClient(control: Control): CoreClient {
  // An agent of our own: the global one may send everything through a proxy of the environment.
  const agent = new Agent({ keepAlive: true });
  return {
    pid: control.pid,
    subscribe(listener) {
      let ended = false;
      let stream: IncomingMessage | null = null;
      const gone = () => {
        if (!ended) listener({ kind: 'core', status: 'gone' });
        ended = true;
      };
      send(control, agent, 'GET', '/api/events')
        .then(async (response) => {
          stream = response;
          if (ended) return void response.destroy();
          for await (const line of linesOf(response)) {
            if (!ended && line.startsWith('data: ')) listener(JSON.parse(line.slice(6)) as CoreMessage);
          }
          gone();
        })
        .catch(gone);
      return () => {
        ended = true;
        stream?.destroy();
      };
    },
    async command<C extends CommandName>(
      name: C,
      input: unknown,
      progress?: (step: never) => void,
    ): Promise<CommandResult<C>> {
      const response = await send(control, agent, 'POST', `/api/command/${name}`, JSON.stringify(input));
      if (response.statusCode !== 200) throw await unexpected(response);
      for await (const line of linesOf(response)) {
        const message = JSON.parse(line) as { progress?: never; result?: CommandResult<C> };
        if (message.result) return message.result;
        if (message.progress) progress?.(message.progress);
      }
      throw new NoCore('Postern ended before it could answer.');
    },
    async windowLink() {
      const response = await send(control, agent, 'POST', '/api/window-link');
      if (response.statusCode !== 200) throw await unexpected(response);
      return (JSON.parse(await textOf(response)) as { link: string | null }).link;
    },
    close: () => agent.destroy(),
  };
}

/** Resolves with the head of the answer. Rejects when there is none in time, or no one listens. */
function send(
  control: Control,
  agent: HttpAgent,
  method: string,
  path: string,
  body?: string,
): Promise<IncomingMessage> {
  return new Promise((resolve, reject) => {
    const headers = {
      Authorization: `Bearer ${control.token}`,
      ...(body === undefined ? {} : { 'Content-Type': 'application/json' }),
    };
    const request = httpRequest({ host: '127.0.0.1', port: control.port, method, path, agent, headers });
    const timer = setTimeout(() => request.destroy(new NoAnswer('Postern runs but does not answer.')), answerWithin);
    request.once('response', (response) => {
      clearTimeout(timer);
      resolve(response);
    });
    request.once('error', (error) => {
      clearTimeout(timer);
      reject(error instanceof NoAnswer ? error : new NoCore('Postern does not listen any more.', { cause: error }));
    });
    request.end(body);
  });
}

async function* linesOf(response: IncomingMessage): AsyncGenerator<string> {
  let rest = '';
  response.setEncoding('utf8');
  for await (const chunk of response) {
    const lines = (rest + chunk).split('\n');
    rest = lines.pop() ?? '';
    for (const line of lines) if (line !== '') yield line;
  }
}

async function textOf(response: IncomingMessage): Promise<string> {
  let text = '';
  response.setEncoding('utf8');
  for await (const chunk of response) text += chunk;
  return text;
}

/** A refusal in the core's own words; 503 while it is starting. */
async function unexpected(response: IncomingMessage): Promise<Error> {
  return new NoCore((await textOf(response)).trim() || `Postern answered ${response.statusCode}.`);
}
