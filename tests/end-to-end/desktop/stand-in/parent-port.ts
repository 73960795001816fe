import { EventEmitter } from 'node:events';

// Loaded before the app's utility process: provides Electron's `process.parentPort` over Node's own channel. Messages
// that arrive before anyone listens are queued, as in Electron.

const emitter = new EventEmitter();
const waiting: unknown[] = [];
process.on('message', (data) => {
  if (emitter.listenerCount('message') === 0) waiting.push(data);
  else emitter.emit('message', { data });
});
// A fault planted by a test: this promise has no handler.
if (process.env.STAND_IN_REJECTION === '1') {
  process.once('message', () => setTimeout(() => void Promise.reject(new Error('planted')), 100));
}
process.on('disconnect', () => process.exit(0));

Object.assign(process, {
  parentPort: {
    on(event: string, listener: (event: { data: unknown }) => void) {
      emitter.on(event, listener);
      for (const data of waiting.splice(0)) emitter.emit('message', { data });
    },
    postMessage: (message: unknown) => process.send?.(message),
  },
});
