import type { AnyProgress, CoreMessage, WindowPlace } from '../../proxy/contract/index.ts';

/** The channels between a window and the desktop shell. */
export const channels = {
  /** From the window, with an answer. */
  command: 'postern:command',
  shell: 'postern:shell',
  /** From the window: start and end of a subscription. */
  subscribe: 'postern:subscribe',
  unsubscribe: 'postern:unsubscribe',
  /** To the window. */
  message: 'postern:message',
  progress: 'postern:progress',
  show: 'postern:show',
} as const;

/** The answer to a request to the shell. An error would reach the window with Electron's own words around it. */
export type ShellAnswer = { ok: true; value: unknown } | { ok: false; message: string };

export interface ToWindow {
  [channels.message]: { id: number; message: CoreMessage };
  [channels.progress]: { id: number; step: AnyProgress };
  [channels.show]: WindowPlace;
}
