import { EventEmitter } from 'node:events';
import { describe, expect, test, vi } from 'vitest';
import { windowUrl } from '../../main/desktop/window-url.ts';
import { answerWindows, type ShellRequests } from '../../main/ipc.ts';
import type { CoreMessage, PosternApi } from '../../proxy/contract/index.ts';

class Contents extends EventEmitter {
  sent: [string, unknown][] = [];
  gone = false;
  send(channel: string, payload: unknown) {
    this.sent.push([channel, payload]);
  }
  isDestroyed() {
    return this.gone;
  }
}

function prepare() {
  const handlers = new Map<string, (event: unknown, given: unknown) => unknown>();
  const ipcMain = Object.assign(new EventEmitter(), {
    handle: (channel: string, handler: (event: unknown, given: unknown) => unknown) =>
      void handlers.set(channel, handler),
  });
  const listeners = new Set<(message: CoreMessage) => void>();
  const command = vi.fn(async (..._given: unknown[]) => ({ ok: true, value: null }));
  const api = {
    subscribe(listener: (message: CoreMessage) => void) {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
    command,
  } as unknown as PosternApi;
  const requests: ShellRequests = {
    read: async () => 'state',
    change: vi.fn(async (input) => input),
    openDataFolder: async () => {
      throw new Error('The folder is gone.');
    },
    licences: async () => 'text',
  };
  const window = new Contents();
  answerWindows(ipcMain as never, api, requests, (contents) => (contents as never) === window);
  const ours = { sender: window, senderFrame: { url: windowUrl, parent: null } };
  return {
    ...{ window, command, requests, listeners, ours },
    tell: (message: CoreMessage) => {
      for (const listener of listeners) listener(message);
    },
    send: (channel: string, given: unknown, event: unknown = ours) => ipcMain.emit(channel, event, given),
    invoke: async (channel: string, given: unknown, event: unknown = ours) => handlers.get(channel)?.(event, given),
  };
}

const live: CoreMessage = { kind: 'core', status: 'live' };
const pause = { id: 1, name: 'pause', input: {} };

describe('75: strangers are turned away', () => {
  const stage = prepare();
  test.each([
    ['another window', { ...stage.ours, sender: new Contents() }],
    ['another page in our window', { ...stage.ours, senderFrame: { url: 'https://example.org/', parent: null } }],
    ['a frame in our page', { ...stage.ours, senderFrame: { url: windowUrl, parent: {} } }],
    ['a frame that is gone', { ...stage.ours, senderFrame: null }],
  ])('%s', async (_, event) => {
    expect(await stage.invoke('postern:command', pause, event)).toMatchObject({ ok: false });
    expect(await stage.invoke('postern:shell', { request: 'read', input: {} }, event)).toMatchObject({ ok: false });
    stage.send('postern:subscribe', 1, event);
    expect(stage.command).not.toHaveBeenCalled();
    expect(stage.listeners.size).toBe(0);
  });

  test('and a stranger cannot end what our page listens to', () => {
    const { send, listeners, ours } = prepare();
    send('postern:subscribe', 1);
    send('postern:unsubscribe', 1, { ...ours, senderFrame: { url: 'https://example.org/', parent: null } });
    expect(listeners.size).toBe(1);
  });
});

describe('our page is answered', () => {
  test('honest: 75: commands reach the core with their input, and steps come back under their number', async () => {
    const { invoke, command, window } = prepare();
    expect(await invoke('postern:command', { ...pause, id: 7, input: { a: 1 } })).toEqual({ ok: true, value: null });
    expect(command.mock.calls[0]?.slice(0, 2)).toEqual(['pause', { a: 1 }]);
    const progress = command.mock.calls[0]?.[2] as (step: unknown) => void;
    progress('a step');
    expect(window.sent).toEqual([['postern:progress', { id: 7, step: 'a step' }]]);
  });

  test.each([
    undefined,
    null,
    'pause',
    { ...pause, name: 'format' },
    { ...pause, name: 'constructor' },
    { ...pause, id: -1 },
    { ...pause, id: 1.5 },
    { ...pause, more: 1 },
    ['pause'],
  ])('%j is no command', async (given) => {
    const { invoke, command } = prepare();
    expect(await invoke('postern:command', given)).toMatchObject({ ok: false, failure: { code: 'bad-input' } });
    expect(command).not.toHaveBeenCalled();
  });

  test('a subscription is delivered under its number until it is ended', () => {
    const { send, tell, window } = prepare();
    send('postern:subscribe', 3);
    tell(live);
    send('postern:unsubscribe', 3);
    tell(live);
    expect(window.sent).toEqual([['postern:message', { id: 3, message: live }]]);
  });

  test.each(['gone', 'shown anew'])('a window that is %s is forgotten', (what) => {
    const { send, listeners, window } = prepare();
    send('postern:subscribe', 1);
    send('postern:subscribe', 2);
    window.emit(what === 'gone' ? 'destroyed' : 'did-navigate');
    expect(listeners.size).toBe(0);
    if (what === 'gone') return;
    send('postern:subscribe', 1);
    expect(listeners.size).toBe(1);
  });

  test('a window that is shown anew again and again is listened to once', () => {
    const { send, window } = prepare();
    for (let times = 0; times < 20; times += 1) {
      send('postern:subscribe', 1);
      window.emit('did-navigate');
    }
    expect([window.listenerCount('did-navigate'), window.listenerCount('destroyed')]).toEqual([1, 1]);
  });

  test('nothing is sent to a window that is gone', () => {
    const { send, tell, window } = prepare();
    send('postern:subscribe', 1);
    window.gone = true;
    tell(live);
    expect(window.sent).toEqual([]);
  });

  test.each([['a'], [0], [null], [{}]])('%j is no number of a subscription', (given) => {
    const { send, listeners } = prepare();
    send('postern:subscribe', given);
    expect(listeners.size).toBe(0);
  });

  test('subscriptions are bounded, and a number counts once', () => {
    const { send, listeners } = prepare();
    for (let id = 1; id < 100; id += 1) send('postern:subscribe', id);
    send('postern:subscribe', 1);
    expect(listeners.size).toBe(8);
  });
});

describe('requests to the shell', () => {
  test('are answered, and a failure keeps its words', async () => {
    const { invoke } = prepare();
    expect(await invoke('postern:shell', { request: 'read', input: {} })).toEqual({ ok: true, value: 'state' });
    expect(await invoke('postern:shell', { request: 'openDataFolder', input: {} })).toEqual({
      ok: false,
      message: 'The folder is gone.',
    });
  });

  test.each([
    null,
    { request: 'format', input: {} },
    { request: 'read', input: { more: 1 } },
    { request: 'change', input: { startAtLogin: 'yes' } },
    { request: 'change', input: {}, more: 1 },
  ])('%j makes no sense', async (given) => {
    const { invoke, requests } = prepare();
    expect(await invoke('postern:shell', given)).toEqual({ ok: false, message: 'This request makes no sense.' });
    expect(requests.change).not.toHaveBeenCalled();
  });
});
