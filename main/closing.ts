import type { BrowserWindow } from 'electron';

export interface ClosingOptions {
  hasTray(): boolean;
  /** Whether a minimised window can be found again. */
  minimises: boolean;
  /** Whether the person was told before what closing means without a tray. */
  explained: boolean;
  /** Tells it, and asks. @returns what the person wants */
  explain(window: BrowserWindow): Promise<'keep' | 'quit'>;
  /** Remembers that it was told. */
  remember(): void;
  /** Tells that the icon in the tray remains. */
  stillRunning(): void;
  quit(): void;
}

/**
 * What closing a window means while Postern goes on: with a tray it closes, and the icon remains. Without one it is
 * explained once, and then the task bar or a second start is the way back.
 *
 * @returns whether the window is to stay
 */
export function createClosing(options: ClosingOptions): (window: BrowserWindow) => boolean {
  let { explained } = options;
  let asking = false;

  async function ask(window: BrowserWindow): Promise<void> {
    asking = true;
    const wanted = await options.explain(window).finally(() => {
      asking = false;
    });
    if (wanted === 'quit') return options.quit();
    explained = true;
    options.remember();
    if (!window.isDestroyed()) window.close();
  }

  return (window) => {
    if (options.hasTray()) {
      options.stillRunning();
      return false;
    }
    if (!explained) {
      if (!asking) void ask(window);
      return true;
    }
    if (options.minimises) window.minimize();
    return options.minimises;
  };
}
