import type {
  CommandInput,
  CommandName,
  CommandResult,
  CoreMessage,
  PosternApi,
  Progress,
} from '../proxy/contract/index.ts';
import { words } from './words.ts';

/** Delays before a lost event stream is reopened, in milliseconds; the last one repeats. */
const retryAfter = [250, 1_000, 2_000, 5_000, 10_000];

/** Where the page keeps its secret: only for this tab and origin, so it survives a reload and nothing else. */
const storedKey = 'postern-window-key';

/**
 * The contract over the loopback HTTP shell: server-sent events in, one POST per command out. The cookie goes to every
 * port of this computer; what lets the page act is its own secret, which came after the `#` of its address.
 */
export function httpApi(): PosternApi {
  const [, key] = /^#key=([\w-]+)$/.exec(window.location.hash) ?? [];
  if (key !== undefined) {
    sessionStorage.setItem(storedKey, key);
    history.replaceState(null, '', '/');
  }
  return { subscribe, command };
}

function pageKey(): Record<string, string> {
  const key = sessionStorage.getItem(storedKey);
  return key === null ? {} : { 'x-postern-window': key };
}

function subscribe(listener: (message: CoreMessage) => void): () => void {
  const ended = new AbortController();
  let failures = 0;

  /** Follows one stream to its end. @returns false when this window is not allowed to ask at all */
  async function follow(): Promise<boolean> {
    const response = await fetch('/api/events', { headers: pageKey(), signal: ended.signal });
    if (response.status === 403) return false;
    if (!response.ok || !response.body) throw new Error(`answered ${response.status}`);
    for await (const line of lines(response.body)) {
      if (ended.signal.aborted) return true;
      if (!line.startsWith('data: ')) continue;
      failures = 0;
      listener(JSON.parse(line.slice(6)) as CoreMessage);
    }
    return true;
  }

  async function stay(): Promise<void> {
    while (!ended.signal.aborted) {
      const welcome = await follow().catch(() => true);
      if (ended.signal.aborted) return;
      // A restarted Postern accepts no window of the one before: asking again and again is pointless.
      if (!welcome) return listener({ kind: 'core', status: 'signed-out', reason: words.connection.turnedAway });
      const long = failures >= retryAfter.length;
      listener({
        kind: 'core',
        ...(long ? { status: 'gone' as const } : { status: 'restarting' as const }),
        reason: words.connection.maybeElsewhere,
      });
      await new Promise((resolve) => {
        setTimeout(resolve, retryAfter[Math.min(failures, retryAfter.length - 1)]);
      });
      failures += 1;
    }
  }

  void stay();
  return () => ended.abort();
}

async function command<C extends CommandName>(
  name: C,
  input: CommandInput<C>,
  progress?: (step: Progress<C>) => void,
): Promise<CommandResult<C>> {
  try {
    const response = await fetch(`/api/command/${name}`, {
      method: 'POST',
      headers: { 'content-type': 'application/json', ...pageKey() },
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
