import { utilityProcess } from 'electron';
import { harmlessEnvironment } from './cli/environment.ts';
import { heapSwitch } from './heap.ts';
import type { CoreChild } from './proxy-process.ts';

/** Starts the core in a process of its own, without what the environment says about trust. */
export function forkCore(file: string): CoreChild {
  const child = utilityProcess.fork(file, [], {
    serviceName: 'Postern core',
    env: harmlessEnvironment(process.env),
    execArgv: [heapSwitch],
    stdio: 'inherit',
  });
  return {
    postMessage: (message) => child.postMessage(message),
    onMessage: (listener) => child.on('message', listener),
    onExit: (listener) => child.on('exit', listener),
    // An `error` event without a listener would be thrown, and show a dialog that blocks the app.
    onFault: (listener) => child.on('error', () => listener()),
    kill: () => void child.kill(),
    pid: () => child.pid,
  };
}
