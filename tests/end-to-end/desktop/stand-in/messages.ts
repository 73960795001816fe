/** The messages between the stand-in for Electron and the screen that shows its windows. */

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
  autoHideMenuBar?: boolean;
  webPreferences: Record<string, unknown>;
}

/** The icon in the tray. */
export interface ShownTray {
  icon: string;
  tooltip: string;
  menu: ShownEntry[];
  /** Drawn by macOS in the colour of the menu bar. */
  isTemplate: boolean;
  /** A place in the tray without an image. */
  isEmpty: boolean;
}

/** A box with a question and buttons. */
export interface ShownBox {
  id: number;
  message: string;
  detail: string;
  buttons: string[];
}

/** From the process that runs the app. */
export type FromApp =
  | { kind: 'window'; id: number; settings: WindowSettings }
  | { kind: 'load'; id: number; load: number; url: string; preload: string }
  | { kind: 'crashed'; id: number }
  | { kind: 'shown'; id: number; how: 'show' | 'minimize' | 'restore' | 'focus' | 'hide' }
  | { kind: 'minimise-ignored'; id: number }
  | { kind: 'menu-bar'; id: number; shown: boolean }
  | { kind: 'closed'; id: number }
  | { kind: 'to-window'; id: number; channel: string; args: unknown[] }
  | ({ kind: 'tray' } & ShownTray)
  | { kind: 'tray-removed' }
  | { kind: 'tray-menu-opened' }
  | { kind: 'menu'; menu: ShownEntry[] }
  | { kind: 'notification'; id: number; title: string; body: string }
  | { kind: 'balloon'; title: string; content: string }
  | { kind: 'attention'; how: string }
  | { kind: 'dock'; shown: boolean }
  | { kind: 'login-item'; item: string | null }
  | { kind: 'app-user-model-id'; id: string }
  | { kind: 'error-box'; title: string; content: string }
  | ({ kind: 'message-box' } & ShownBox)
  | { kind: 'opened'; what: string }
  | { kind: 'core'; pid: number }
  | { kind: 'answer'; call: number; value?: unknown; error?: string };

/** What the screen asks the app; each question is answered. */
export type Ask =
  | { ask: 'fetch'; url: string; method: string; resource?: string }
  | { ask: 'invoke'; id: number; channel: string; args: unknown[]; url: string; framed: boolean }
  | { ask: 'send'; id: number; channel: string; args: unknown[]; url: string; framed: boolean }
  | { ask: 'navigated'; id: number; url: string }
  | { ask: 'loaded' | 'failed'; id: number; load: number }
  | { ask: 'may-navigate'; id: number; url: string }
  | { ask: 'may-open'; id: number; url: string }
  | { ask: 'may-download'; url: string }
  | { ask: 'may-use'; permission: string }
  | { ask: 'record-screen' }
  | { ask: 'close'; id: number }
  | { ask: 'crash'; id: number }
  | { ask: 'core-fault' }
  | { ask: 'click-tray' }
  | { ask: 'click-balloon' }
  | { ask: 'answer-box'; id: number; response: number }
  | { ask: 'choose'; menu: 'tray' | 'app'; path: number[] }
  | { ask: 'click-notification'; id: number }
  | { ask: 'resume' }
  | { ask: 'log-off' }
  | { ask: 'quit' };

export type ToApp = { call: number } & Ask;

/** A response of the app's own scheme. */
export interface Fetched {
  status: number;
  headers: Record<string, string>;
  body: Uint8Array;
}
