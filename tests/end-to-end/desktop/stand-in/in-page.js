// Runs in a window before its page: the renderer's side of Electron, over the functions that the screen put there. The
// preload runs inside `withElectron`, with nothing else within its reach than Electron gives a sandboxed one.
globalThis.withElectron = (preload) => {
  const { standIn } = globalThis;
  const listeners = new Map();
  globalThis.fromApp = (channel, args) => {
    for (const listener of listeners.get(channel) ?? []) listener({}, ...args);
  };
  const electron = {
    contextBridge: {
      exposeInMainWorld(name, api) {
        Object.defineProperty(globalThis, name, { value: Object.freeze(api), enumerable: true });
      },
    },
    ipcRenderer: {
      invoke: (channel, ...args) => standIn('invoke', channel, args),
      send: (channel, ...args) => void standIn('send', channel, args),
      on(channel, listener) {
        listeners.set(channel, [...(listeners.get(channel) ?? []), listener]);
      },
    },
  };
  const require = (name) => {
    if (name !== 'electron') throw new Error(`a sandboxed preload cannot load ${name}`);
    return electron;
  };
  preload(require, { exports: {} });
};
