/** What the stand-in for Electron and the screen that shows its windows tell each other. */

/** A menu as a person sees it. */
export interface ShownEntry {
  label: string;
  enabled: boolean;
  separator: boolean;
  children: ShownEntry[];
}

export interface WindowSettings {
  width: number;
  height: number;
  webPreferences: Record<string, unknown>;
}

/** From the process that runs the app. */
export type FromApp =
  | { kind: 'window'; id: number; settings: WindowSettings }
  | { kind: 'load'; id: number; url: string; preload: string }
  | { kind: 'shown'; id: number; how: 'show' | 'minimize' | 'restore' | 'focus' }
  | { kind: 'closed'; id: number }
  | { kind: 'to-window'; id: number; channel: string; args: unknown[] }
  | { kind: 'tray'; icon: string; tooltip: string; menu: ShownEntry[] }
  | { kind: 'tray-removed' }
  | { kind: 'menu'; menu: ShownEntry[] }
  | { kind: 'notification'; id: number; title: string; body: string }
  | { kind: 'error-box'; title: string; content: string }
  | { kind: 'opened'; what: string }
  | { kind: 'core'; pid: number }
  | { kind: 'answer'; call: number; value?: unknown; error?: string };

/** What the screen asks the app; each is answered. */
export type Ask =
  | { ask: 'fetch'; url: string; method: string }
  | { ask: 'invoke'; id: number; channel: string; args: unknown[]; url: string; framed: boolean }
  | { ask: 'send'; id: number; channel: string; args: unknown[]; url: string; framed: boolean }
  | { ask: 'navigated'; id: number; url: string }
  | { ask: 'loaded'; id: number }
  | { ask: 'may-navigate'; id: number; url: string }
  | { ask: 'may-open'; id: number; url: string }
  | { ask: 'may-download'; url: string }
  | { ask: 'may-use'; permission: string }
  | { ask: 'close'; id: number }
  | { ask: 'click-tray' }
  | { ask: 'choose'; menu: 'tray' | 'app'; path: number[] }
  | { ask: 'click-notification'; id: number }
  | { ask: 'resume' }
  | { ask: 'quit' };

export type ToApp = { call: number } & Ask;

/** A response of the app's own scheme. */
export interface Fetched {
  status: number;
  headers: Record<string, string>;
  body: Uint8Array;
}
