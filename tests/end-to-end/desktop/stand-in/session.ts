import { EventEmitter } from 'node:events';
import type { Fetched } from './messages.ts';
import { need } from './world.ts';

interface Privileges {
  standard?: boolean;
  secure?: boolean;
  supportFetchAPI?: boolean;
}
const privileges = new Map<string, Privileges>();
let registered = false;
export const protocol = {
  /** docs/api/protocol.md: before `ready`, and once. */
  registerSchemesAsPrivileged(schemes: { scheme: string; privileges: Privileges }[]): void {
    need(false, 'registerSchemesAsPrivileged');
    if (registered) throw new Error('registerSchemesAsPrivileged can be called once');
    registered = true;
    for (const each of schemes) privileges.set(each.scheme, each.privileges);
  },
};

const handlers = new Map<string, (request: Request) => Promise<Response>>();
type Decide<T> = (answer: T) => void;
const rules = {
  permission: (_contents: unknown, _permission: string, decide: Decide<boolean>) => decide(true),
  check: () => true,
  request: (_details: { url: string }, decide: Decide<{ cancel?: boolean }>) => decide({}),
  media: null as ((request: object, decide: Decide<object | null | undefined>) => void) | null,
};

class Session extends EventEmitter {
  protocol = {
    handle(scheme: string, handler: (request: Request) => Promise<Response>) {
      need(true, 'protocol.handle');
      if (handlers.has(scheme)) throw new Error(`The scheme "${scheme}" has been registered`);
      handlers.set(scheme, handler);
    },
  };
  webRequest = {
    onBeforeRequest(listener: typeof rules.request) {
      rules.request = listener;
    },
  };
  setPermissionRequestHandler(handler: typeof rules.permission): void {
    rules.permission = handler;
  }
  setPermissionCheckHandler(handler: typeof rules.check): void {
    rules.check = handler;
  }
  setDevicePermissionHandler(): void {}
  setDisplayMediaRequestHandler(handler: typeof rules.media): void {
    rules.media = handler;
  }
}
export const session = { defaultSession: new Session() };

export const mayUse = (permission: string): Promise<boolean> =>
  new Promise((resolve) => rules.permission(null, permission, resolve));

/**
 * A page asks to record the screen. If the answer is an object without a video stream, Electron throws inside the
 * answering function, that is in the app's own handler (shell/browser/electron_browser_context.cc:844).
 */
export function recordScreen(): boolean {
  let granted = false;
  rules.media?.({ videoRequested: true }, (streams) => {
    if (streams === null || streams === undefined) return;
    if (!('video' in streams)) throw new TypeError('Video was requested, but no video stream was provided');
    granted = true;
  });
  return granted;
}

/**
 * Asks the app for the contents of a URL. The privileges matter (docs/api/protocol.md, `registerSchemesAsPrivileged`):
 * without `standard` relative addresses do not resolve, without `supportFetchAPI` there is no `fetch`.
 */
export async function fetchFromApp(url: string, method: string, resource: string): Promise<Fetched | null> {
  const { cancel } = await new Promise<{ cancel?: boolean }>((resolve) => rules.request({ url }, resolve));
  const scheme = new URL(url).protocol.slice(0, -1);
  const handler = handlers.get(scheme);
  const may = privileges.get(scheme) ?? {};
  if (cancel || !handler) return null;
  if (resource !== 'document' && !(may.standard && may.secure)) return null;
  if ((resource === 'fetch' || resource === 'xhr') && !may.supportFetchAPI) return null;
  // lib/browser/api/protocol.ts: what the handler throws is a failed request, and a line on the console.
  const response = await handler(new Request(url, { method })).catch((error: unknown) => {
    process.stderr.write(`${error}\n`);
    return null;
  });
  if (response === null) return null;
  return {
    status: response.status,
    headers: Object.fromEntries(response.headers),
    body: new Uint8Array(await response.arrayBuffer()),
  };
}
