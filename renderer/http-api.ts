import type {
  CommandInput,
  CommandName,
  CommandResult,
  CoreMessage,
  PosternApi,
  Progress,
} from '../proxy/contract/index.ts';
import { takeDraft } from './kept-draft.ts';
import { createPatience } from './patience.ts';
import { goBack, knowsWayBack, rememberWayBack } from './way-back.ts';
import { words } from './words.ts';

/** Delays before a lost event stream is reopened, in milliseconds; the last one repeats. */
const retryAfter = [250, 1_000, 2_000, 5_000, 10_000];

/** A core that has not answered within this time (milliseconds) hangs, however busy the computer is. */
const answersWithin = 30_000;

/** A stream says every 15 seconds that it is alive (`main/http/events.ts`): silent for three times as long, it is not. */
const silentFor = 45_000;

/** Where the page keeps its secret: only for this tab and origin, so it survives a reload and nothing else. */
const storedKey = 'postern-window-key';

/**
 * The contract over the loopback HTTP shell: server-sent events in, one POST per command out. The cookie goes to every
 * port of this computer; what lets the page act is its own secret, which came after the `#` of its address.
 */
export function httpApi(): PosternApi {
  const [, key, at] = /^#key=([\w-]+)(?:&at=([^&]*))?$/.exec(window.location.hash) ?? [];
  if (key !== undefined) {
    sessionStorage.setItem(storedKey, key);
    history.replaceState(null, '', `/${takeDraft(decodeURIComponent(at ?? ''))}`);
  }
  return { subscribe, command };
}

function pageKey(): Record<string, string> {
  const key = sessionStorage.getItem(storedKey);
  return key === null ? {} : { 'x-postern-window': key };
}

/** Aborts pending requests to a core that hangs. */
let hung = new AbortController();

function subscribe(listener: (message: CoreMessage) => void): () => void {
  const ended = new AbortController();
  let failures = 0;

  /** Follows one stream to its end. @returns its status, when there is no stream */
  async function follow(): Promise<number | null> {
    const patience = createPatience();
    let streams = false;
    try {
      patience.wait(answersWithin);
      const signal = AbortSignal.any([ended.signal, patience.signal]);
      const response = await fetch('/api/events', { headers: pageKey(), signal });
      if (!response.ok || !response.body) return response.status;
      streams = true;
      patience.wait(silentFor);
      for await (const line of lines(response.body)) {
        patience.wait(silentFor);
        if (ended.signal.aborted) return null;
        if (!line.startsWith('data: ')) continue;
        failures = 0;
        listener(JSON.parse(line.slice(6)) as CoreMessage);
        void rememberWayBack(pageKey());
      }
      return null;
    } catch (error) {
      if (!patience.signal.aborted) throw error;
      // Perhaps this computer has slept: another stream shows whether the core is still there.
      if (streams) return null;
      hung.abort();
      hung = new AbortController();
      throw error;
    } finally {
      patience.end();
    }
  }

  const say = (status: 'restarting' | 'gone' | 'signed-out' | 'silent', reason: string) =>
    listener({ kind: 'core', status, reason });

  async function stay(): Promise<void> {
    for (;;) {
      const status = await follow().catch(() => 'unreachable' as const);
      if (ended.signal.aborted) return;
      // A core that ends a stream may accept the next one: it cuts readers that are too slow.
      if (status === null && failures === 0) {
        failures = 1;
        continue;
      }
      if (status === 403) {
        const way = await goBack();
        if (way === 'leaving') return;
        // The server here does not know this window any more: asking again is pointless.
        if (way === 'unknown') return say('signed-out', words.connection.turnedAway);
      }
      const reason = knowsWayBack() ? words.connection.comesBack : words.connection.maybeElsewhere;
      if (status === 429) say('silent', words.connection.crowded);
      else say(status === 503 ? 'restarting' : 'gone', reason);
      const delay = retryAfter[Math.min(failures, retryAfter.length - 1)];
      await new Promise((resolve) => {
        setTimeout(resolve, delay);
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
      signal: hung.signal,
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
