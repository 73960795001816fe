import type { ChildProcess } from 'node:child_process';
import type { EventEmitter } from 'node:events';
import type { FromApp } from './messages.ts';
import { switches } from './switches.ts';

// The state that the parts of the stand-in share.

export const tell = (message: FromApp): void => {
  if (process.connected) process.send?.(message);
};

/** An event whose default effect a listener can prevent. */
export class Preventable {
  defaultPrevented = false;
  preventDefault(): void {
    this.defaultPrevented = true;
  }
}

/** The parts of a window that the rest of the stand-in needs. */
export interface StandInWindow extends EventEmitter {
  close(): void;
  destroy(): void;
}

export const world = {
  isReady: false,
  windows: new Map<number, StandInWindow>(),
  children: new Set<ChildProcess>(),
  lastId: 0,
};

export function nextId(): number {
  world.lastId += 1;
  return world.lastId;
}

/** Takes away what Electron has on other systems only: `@platform` in its electron.d.ts. */
export function only(systems: readonly NodeJS.Platform[], prototype: object, ...names: string[]): void {
  if (systems.includes(switches.system)) return;
  for (const name of names) Reflect.deleteProperty(prototype, name);
}

/** Electron refuses many calls before it is ready, and some afterwards. */
export function need(ready: boolean, what: string): void {
  if (world.isReady !== ready) throw new Error(`${what} ${ready ? 'before' : 'after'} the app is ready`);
}
