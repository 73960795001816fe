import type { Agent as HttpAgent, IncomingHttpHeaders, IncomingMessage } from 'node:http';
import { unusableDirectory } from '../../proxy/config/data-directory.ts';
import { isLocked, lockHolder } from '../../proxy/config/directory-lock.ts';
import {
  type CommandName,
  type CommandResult,
  type CoreMessage,
  errorMessage,
  type PosternApi,
} from '../../proxy/contract/index.ts';
import { type Control, readControl } from './control-file.ts';
import { answerTo, challengeHeader, newSecret, proofHeader, sameSecret } from './keys.ts';
import { unasked } from './unasked.ts';

// Not by `import`, which would load much more of it; see server.ts.
const { Agent, request: httpRequest } = process.getBuiltinModule('node:http');

/** The core answers from memory; with no answer for this long, it hangs (milliseconds). */
const answerWithin = 5000;

/** No core runs on this data directory, or it has ended since. The message is for people. */
export class NoCore extends Error {
  override readonly name = 'NoCore';
}

/** A core is running but cannot be reached: no second one may start. The message is for people. */
export class CoreUnreachable extends Error {
  override readonly name = 'CoreUnreachable';
}

/** A running core, as a program of the same user sees it. */
export interface CoreClient extends PosternApi {
  readonly pid: number;
  /** True for one that a command has started for itself, and that ends with it. */
  readonly brief: boolean;
  /** @returns a link that opens the window once, or null when that core serves no window. */
  windowLink(): Promise<string | null>;
  /** Ends every connection to the core. */
  close(): void;
}

/**
 * Finds the core that runs on a data directory. The operating system, not the core, says whether one does.
 *
 * @param options what suggested commands need: `commandOptions`
 * @throws {NoCore} none runs
 * @throws {CoreUnreachable} it is slow or suspended, does not listen, or does not recognise us
 * @throws {UnusableDirectory} the data directory belongs to somebody else
 */
export async function connectCore(dataDirectory: string, options = ''): Promise<CoreClient> {
  const unusable = async (error: unknown) => {
    throw await unusableDirectory(dataDirectory, error);
  };
  const runs = await isLocked(dataDirectory).catch(unusable);
  if (!runs) throw new NoCore(`Postern is not running with this data directory. "postern run${options}" starts it.`);
  const control = await readControl(dataDirectory).catch(unusable);
  if (!control) {
    const pid = await lockHolder(dataDirectory);
    throw new CoreUnreachable(
      `Postern is starting: try again in a moment. If that does not help, its file control.json was removed, so no command can reach it: stop it${pid === null ? '' : ` (process ${pid})`} and start it again.`,
    );
  }
  const agent = new Agent();
  try {
    const response = await send(control, agent, 'GET', '/api/alive');
    if (response.statusCode !== 204) throw await unexpected(response);
    response.resume();
  } catch (error) {
    const why = errorMessage(error);
    throw new CoreUnreachable(`Postern runs (process ${control.pid}), but cannot be reached: ${why}`);
  } finally {
    agent.destroy();
  }
  return createClient(control);
}

function createClient(control: Control): CoreClient {
  // Our own agent: the global one may send everything through a proxy from the environment.
  const agent = new Agent({ keepAlive: true });
  return {
    pid: control.pid,
    brief: control.brief === true,
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

/** Longer than any message to a connection that is cut. */
const maxUnasked = 1000;

const silent = new CoreUnreachable('It does not answer: it is very busy, or suspended. Try again, or end it.');

const another = new CoreUnreachable('Another program answers at its port. It was told nothing. Try again.');

/**
 * Resolves with the response head. Rejects when there is none in time, or nobody listens. Another program may have
 * taken the port since the core wrote its file: the server has to prove each time that it knows the file, and is sent
 * nothing before.
 */
function send(
  control: Control,
  agent: HttpAgent,
  method: string,
  path: string,
  body?: string,
): Promise<IncomingMessage> {
  return new Promise((resolve, reject) => {
    const challenge = newSecret();
    const expected = answerTo(challenge, control.proof);
    const proves = ({ [proofHeader]: proof }: IncomingHttpHeaders) =>
      typeof proof === 'string' && sameSecret(proof, expected);
    const headers = {
      Authorization: `Bearer ${control.token}`,
      [challengeHeader]: challenge,
      ...(body === undefined ? {} : { 'Content-Type': 'application/json', Expect: '100-continue' }),
    };
    const request = httpRequest({ host: '127.0.0.1', port: control.port, method, path, agent, headers });
    const timer = setTimeout(() => request.destroy(silent), answerWithin);
    request.on('information', (head: { headers: IncomingHttpHeaders }) => {
      if (proves(head.headers)) request.end(body);
      else request.destroy(another);
    });
    request.once('response', (response) => {
      clearTimeout(timer);
      if (proves(response.headers)) return resolve(response);
      refusalUnasked(response).then(reject, () => reject(another));
    });
    request.once('error', (error) => {
      clearTimeout(timer);
      reject(error instanceof CoreUnreachable ? error : new NoCore('It is no longer listening.', { cause: error }));
    });
    if (body === undefined) request.end();
    else request.flushHeaders();
  });
}

/** The core cuts some connections before it has read the challenge. Anything else was not said by the core. */
async function refusalUnasked(response: IncomingMessage): Promise<Error> {
  let text = '';
  response.setEncoding('utf8');
  for await (const chunk of response) {
    text += chunk;
    if (text.length > maxUnasked) break;
  }
  response.destroy();
  const sentence = Object.values(unasked).find((known) => known === text.trim());
  return sentence === undefined ? another : new NoCore(sentence);
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
