import { contextBridge, ipcRenderer } from 'electron';
import type {
  AnyProgress,
  CoreMessage,
  PosternBridge,
  PosternShell,
  ShellRequest,
  WindowPlace,
} from '../proxy/contract/index.ts';
import { channels, type ShellAnswer, type ToWindow } from './desktop/channels.ts';

// Runs in the window's process, sandboxed, in an isolated world. It exposes only the contract: the page can name a
// command, but not a channel.

let last = 0;
const subscriptions = new Map<number, (message: CoreMessage) => void>();
const progresses = new Map<number, (step: AnyProgress) => void>();
/** Places requested before the first listener was added. */
let missed: WindowPlace[] = [];
const guides = new Set<(place: WindowPlace) => void>();

function hear<C extends keyof ToWindow>(channel: C, listener: (payload: ToWindow[C]) => void): void {
  ipcRenderer.on(channel, (_event, payload: ToWindow[C]) => listener(payload));
}
hear(channels.message, ({ id, message }) => subscriptions.get(id)?.(message));
hear(channels.progress, ({ id, step }) => progresses.get(id)?.(step));
hear(channels.show, (place) => {
  if (guides.size === 0) missed.push(place);
  for (const guide of guides) guide(place);
});

async function ask(request: ShellRequest, input: unknown): Promise<never> {
  const answer: ShellAnswer = await ipcRenderer.invoke(channels.shell, { request, input });
  if (!answer.ok) throw new Error(answer.message);
  return answer.value as never;
}

const shell: PosternShell = {
  read: () => ask('read', {}),
  change: (input) => ask('change', input),
  openDataFolder: () => ask('openDataFolder', {}),
  licences: () => ask('licences', {}),
  onShow(listener) {
    guides.add(listener);
    for (const place of missed) listener(place);
    missed = [];
    return () => guides.delete(listener);
  },
};

const bridge: PosternBridge = {
  subscribe(listener) {
    last += 1;
    const id = last;
    subscriptions.set(id, listener);
    ipcRenderer.send(channels.subscribe, id);
    return () => {
      subscriptions.delete(id);
      ipcRenderer.send(channels.unsubscribe, id);
    };
  },
  async command(name, input, progress) {
    last += 1;
    const id = last;
    if (progress) progresses.set(id, progress as (step: AnyProgress) => void);
    try {
      return await ipcRenderer.invoke(channels.command, { id, name, input });
    } finally {
      progresses.delete(id);
    }
  },
  shell,
};

contextBridge.exposeInMainWorld('postern', bridge);
