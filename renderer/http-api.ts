import type {
  CommandInput,
  CommandName,
  CommandResult,
  CoreMessage,
  PosternApi,
  Progress,
} from '../proxy/contract/index.ts';
import { words } from './words.ts';

/** Waits before an event stream that the server turned away is tried again, in milliseconds; the last one repeats. */
const retryAfter = [1_000, 2_000, 5_000, 10_000];

/** The contract over the loopback HTTP shell: server-sent events in, one POST a command out. Same origin, cookie. */
export function httpApi(): PosternApi {
  return { subscribe, command };
}

function subscribe(listener: (message: CoreMessage) => void): () => void {
  let source: EventSource;
  let timer: ReturnType<typeof setTimeout> | undefined;
  let failures = 0;
  let ended = false;

  function open(): void {
    source = new EventSource('/api/events');
    source.onmessage = (event: MessageEvent<string>) => {
      failures = 0;
      listener(JSON.parse(event.data) as CoreMessage);
    };
    source.onerror = () => {
      // A lost connection is tried again by the browser; one that was answered with an error is not.
      if (source.readyState !== EventSource.CLOSED) {
        listener({ kind: 'core', status: 'restarting' });
        return;
      }
      void isTurnedAway().then((turnedAway) => {
        if (ended) return;
        listener(
          turnedAway
            ? { kind: 'core', status: 'gone', reason: words.connection.turnedAway }
            : { kind: 'core', status: 'restarting' },
        );
        timer = setTimeout(open, retryAfter[Math.min(failures, retryAfter.length - 1)]);
        failures += 1;
      });
    };
  }

  open();
  return () => {
    ended = true;
    clearTimeout(timer);
    source.close();
  };
}

/** An event stream does not say why it ended: whether this window may ask at all is asked in another way. */
async function isTurnedAway(): Promise<boolean> {
  const response = await fetch('/api/events', { method: 'HEAD' }).catch(() => null);
  return response?.status === 403;
}

async function command<C extends CommandName>(
  name: C,
  input: CommandInput<C>,
  progress?: (step: Progress<C>) => void,
): Promise<CommandResult<C>> {
  try {
    const response = await fetch(`/api/command/${name}`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify(input),
    });
    if (!response.ok || !response.body) return failed(words.connection.answered(response.status));
    let result: CommandResult<C> | undefined;
    for await (const line of lines(response.body)) {
      const message = JSON.parse(line) as { progress: Progress<C> } | { result: CommandResult<C> };
      if ('result' in message) result = message.result;
      else progress?.(message.progress);
    }
    return result ?? failed(words.connection.brokeOff);
  } catch {
    return failed(words.connection.unreachable);
  }
}

function failed<C extends CommandName>(message: string): CommandResult<C> {
  return { ok: false, failure: { code: 'failed', message } };
}

async function* lines(body: ReadableStream<Uint8Array<ArrayBuffer>>): AsyncGenerator<string> {
  const reader = body.pipeThrough(new TextDecoderStream()).getReader();
  let rest = '';
  for (;;) {
    const { done, value } = await reader.read();
    if (done) break;
    const parts = (rest + value).split('\n');
    rest = parts.pop() ?? '';
    yield* parts.filter((line) => line !== '');
  }
  if (rest !== '') yield rest;
}
