import { BrowserWindow, type Session, type WebContents } from 'electron';
import type { WindowPlace } from '../proxy/contract/index.ts';
import { channels } from './desktop/channels.ts';
import { createLimit } from './desktop/limit.ts';
import { mayLoad, scheme, windowUrl } from './desktop/window-url.ts';
import { words } from './desktop/words.ts';
import { contentSecurityPolicy, type WindowFiles } from './http/window-files.ts';

/** The app's windows: any number, all of the same kind. */
export interface Windows {
  /** Brings a window to the front, opening one if necessary, and takes it to a place. */
  open(place?: WindowPlace): void;
  /** Opens one more. */
  openAnother(): void;
  /** Opens one minimised in the task bar, for a desktop without a tray. @returns a function that removes it again */
  openMinimised(): () => void;
  /** Shows or hides the menu bar of every window. */
  showMenuBar(isShown: boolean): void;
  /** Draws attention to a window in the task bar. */
  flash(): void;
  has(contents: WebContents): boolean;
}

export interface WindowOptions {
  preload: string;
  icon: string;
  /** Called when a window is about to close. @returns true if it should be put aside instead. */
  onClose(window: BrowserWindow): boolean;
  /**
   * Called when a window's process has ended repeatedly, or its document could not be loaded; the window is gone.
   *
   * @param error what Electron said of the document
   */
  onFailed(error?: unknown): void;
  /** Whether windows show their menu bar: without a tray it is where "Quit" is. */
  hasMenuBar(): boolean;
  /** Whether a window is drawn before it is shown, without which Electron never calls it ready. */
  drawsHidden: boolean;
}

/** How many times a window's process that ended is restarted, within how many milliseconds. */
const maxCrashes = 3;
const crashesWithin = 60_000;

export function createWindows(options: WindowOptions): Windows {
  const { preload, icon, onClose, onFailed, hasMenuBar, drawsHidden } = options;
  const windows: BrowserWindow[] = [];

  function create(show: 'front' | 'minimised'): BrowserWindow {
    const window = new BrowserWindow({
      title: words.product,
      width: 1100,
      height: 760,
      minWidth: 480,
      minHeight: 400,
      // Shown when there is something to see: no white flash in the dark.
      show: false,
      autoHideMenuBar: !hasMenuBar(),
      icon,
      webPreferences: {
        preload,
        sandbox: true,
        contextIsolation: true,
        nodeIntegration: false,
        nodeIntegrationInWorker: false,
        nodeIntegrationInSubFrames: false,
        webSecurity: true,
        allowRunningInsecureContent: false,
        experimentalFeatures: false,
        webviewTag: false,
        navigateOnDragDrop: false,
        spellcheck: false,
      },
    });
    windows.push(window);
    let isShown = false;
    const reveal = () => {
      if (isShown || window.isDestroyed()) return;
      isShown = true;
      if (show === 'front') window.show();
      else window.minimize();
    };
    window.once('ready-to-show', reveal);
    if (!drawsHidden) window.webContents.once('did-finish-load', reveal);
    window.on('close', (event) => {
      if (onClose(window)) event.preventDefault();
    });
    window.on('closed', () => windows.splice(windows.indexOf(window), 1));
    // Electron would leave a blank window behind, without a word.
    const mayReload = createLimit(maxCrashes, crashesWithin, Date.now);
    window.webContents.on('render-process-gone', (_event, { reason }) => {
      if (reason === 'clean-exit') return;
      if (mayReload()) {
        void load(window);
      } else {
        window.destroy();
        onFailed();
      }
    });
    void load(window);
    return window;
  }

  async function load(window: BrowserWindow): Promise<void> {
    try {
      await window.loadURL(windowUrl);
    } catch (error) {
      // It was closed meanwhile, or its process ended, and it is loaded again.
      const isOver = window.isDestroyed() || window.webContents.isCrashed();
      if (isOver || (error as NodeJS.ErrnoException).code === 'ERR_ABORTED') return;
      // Its files cannot be read, for example because an update replaces them: it would be blank, or never be shown.
      window.destroy();
      onFailed(error);
    }
  }

  /** Messages to a document that is still loading are lost. */
  function lead(window: BrowserWindow, place: WindowPlace): void {
    const { webContents } = window;
    if (webContents.isLoadingMainFrame()) {
      webContents.once('did-finish-load', () => webContents.send(channels.show, place));
    } else {
      webContents.send(channels.show, place);
    }
  }

  return {
    open(place) {
      const known = windows.at(-1);
      const window = known ?? create('front');
      if (known?.isMinimized()) known.restore();
      if (known) {
        known.show();
        known.focus();
      }
      if (place) lead(window, place);
    },
    openAnother: () => void create('front'),
    openMinimised() {
      const window = create('minimised');
      return () => {
        if (!window.isDestroyed() && window.isMinimized()) window.destroy();
      };
    },
    showMenuBar(isShown) {
      for (const window of windows) {
        window.setAutoHideMenuBar(!isShown);
        window.setMenuBarVisibility(isShown);
      }
    },
    flash() {
      const window = windows.at(-1);
      if (window && !window.isFocused()) window.flashFrame(true);
    },
    has: (contents) => windows.some((window) => window.webContents === contents),
  };
}

/**
 * Denies all web contents what the window does not need: they navigate nowhere else, open nothing, embed nothing
 * (Electron's security checklist, 13 and 14).
 */
export function confine(contents: WebContents): void {
  contents.setWindowOpenHandler(() => ({ action: 'deny' }));
  contents.on('will-attach-webview', (event) => event.preventDefault());
  contents.on('will-navigate', (event) => event.preventDefault());
  contents.on('will-redirect', (event) => event.preventDefault());
  contents.on('will-frame-navigate', (event) => event.preventDefault());
}

/** Serves the window's files through its own scheme, and closes the session to everything else. */
export function shutSession(session: Session, files: WindowFiles): void {
  session.protocol.handle(scheme, (request) => serve(request, files));
  session.setPermissionRequestHandler((_contents, _permission, decide) => decide(false));
  session.setPermissionCheckHandler(() => false);
  session.setDevicePermissionHandler(() => false);
  // Electron throws inside the callback when given an object without a stream.
  session.setDisplayMediaRequestHandler((_request, decide) => decide(null));
  session.webRequest.onBeforeRequest(({ url }, decide) => decide({ cancel: !mayLoad(url) }));
  session.on('will-download', (event, item) => {
    // What the person saves from the window was created in it; nothing is downloaded.
    if (!item.getURL().startsWith('blob:') || !mayLoad(item.getURL())) event.preventDefault();
  });
}

async function serve(request: Request, files: WindowFiles): Promise<Response> {
  const url = URL.parse(request.url);
  const isOurs = url?.host === 'window' && (request.method === 'GET' || request.method === 'HEAD');
  const file = isOurs ? await files.read(url.pathname) : null;
  if (!file) return new Response('There is nothing here.', { status: isOurs ? 404 : 403 });
  const headers = {
    'Content-Type': file.type,
    'Content-Security-Policy': contentSecurityPolicy,
    'X-Content-Type-Options': 'nosniff',
    'Cache-Control': 'no-store',
    'Referrer-Policy': 'no-referrer',
    'Cross-Origin-Opener-Policy': 'same-origin',
    'Cross-Origin-Resource-Policy': 'same-origin',
  };
  return new Response(request.method === 'HEAD' ? null : new Uint8Array(file.content), { headers });
}
