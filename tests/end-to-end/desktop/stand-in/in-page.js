// Runs in a window before its page: the renderer's side of Electron, on top of the functions that the screen put there.
// The preload runs inside `withElectron`, and can reach nothing that Electron does not give a sandboxed one.

/**
 * Passes one value over the context bridge (docs/api/context-bridge.md, "Parameter / Error / Return Type support"):
 * functions become proxies, everything else is copied; prototypes, symbols and anything an error carries other than its
 * message are lost; a class cannot cross.
 */
const across = (value) => {
  if (typeof value === 'symbol') return undefined;
  if (typeof value === 'function') {
    return (...args) => {
      let result;
      try {
        result = value(...args.map(across));
      } catch (error) {
        throw across(error);
      }
      return across(result);
    };
  }
  if (value === null || typeof value !== 'object') return value;
  if (value instanceof Promise) {
    return new Promise((resolve, reject) =>
      value.then(
        (each) => resolve(across(each)),
        (each) => reject(across(each)),
      ),
    );
  }
  if (value instanceof Error) return new Error(value.message);
  if (value instanceof Blob) return value;
  if (Array.isArray(value)) return value.map(across);
  const prototype = Object.getPrototypeOf(value);
  const isPlain = prototype === null || prototype === Object.prototype || prototype.constructor?.name === 'Object';
  const isForeign = !isPlain && /^\[object (?!Object)/.test(Object.prototype.toString.call(value));
  // Maps, dates, typed arrays and the like are cloned; what cannot be cloned throws, as in Electron.
  if (isForeign) return structuredClone(value);
  return Object.fromEntries(Object.entries(value).map(([key, each]) => [key, across(each)]));
};

const frozen = (value) => {
  if (value !== null && typeof value === 'object') for (const each of Object.values(value)) frozen(each);
  return Object.freeze(value);
};

globalThis.withElectron = (preload) => {
  const { standIn } = globalThis;
  const listeners = new Map();
  globalThis.fromApp = (channel, args) => {
    for (const listener of listeners.get(channel) ?? []) listener({}, ...structuredClone(args));
  };
  const electron = {
    contextBridge: {
      exposeInMainWorld(name, api) {
        if (name in globalThis) throw new Error(`Cannot bind an API on top of an existing property: ${name}`);
        Object.defineProperty(globalThis, name, { value: frozen(across(api)), enumerable: true });
      },
    },
    ipcRenderer: {
      // docs/api/ipc-renderer.md: arguments are cloned, and a function among them throws; an error comes back in
      // Electron's own words.
      async invoke(channel, ...args) {
        const sent = structuredClone(args);
        try {
          return await standIn('invoke', channel, sent);
        } catch (error) {
          throw new Error(`Error invoking remote method '${channel}': ${error}`);
        }
      },
      send: (channel, ...args) => void standIn('send', channel, structuredClone(args)),
      on(channel, listener) {
        listeners.set(channel, [...(listeners.get(channel) ?? []), listener]);
      },
    },
  };
  const require = (name) => {
    if (name !== 'electron') throw new Error(`a sandboxed preload cannot load ${name}`);
    return electron;
  };
  // A separate world (docs/tutorial/context-isolation.md): what the preload leaves on its global object is not visible
  // to the page, and the other way round.
  const own = Object.create(null);
  // What the browser provides is in both worlds; what the page adds later is not.
  const brought = new Set();
  for (let each = globalThis; each !== null; each = Object.getPrototypeOf(each)) {
    for (const name of Reflect.ownKeys(each)) brought.add(name);
  }
  const isolated = new Proxy(globalThis, {
    get: (page, name) => {
      if (name in own) return own[name];
      if (!brought.has(name)) return undefined;
      const value = Reflect.get(page, name);
      return typeof value === 'function' && !value.prototype ? value.bind(page) : value;
    },
    set: (_page, name, value) => {
      own[name] = value;
      return true;
    },
  });
  preload(require, { exports: {} }, isolated, isolated);
};
