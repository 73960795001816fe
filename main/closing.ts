import type { BrowserWindow } from 'electron';

export interface ClosingOptions {
  hasTray(): boolean;
  /** Whether a minimised window can be found again. */
  minimises: boolean;
  /** Whether the person has been told what closing means without a tray. */
  explained: boolean;
  /** Explains it, and asks. @returns what the person wants */
  explain(window: BrowserWindow): Promise<'keep' | 'quit'>;
  /** Remembers that it was explained. */
  remember(): void;
  /** Says that the icon remains in the tray. */
  stillRunning(): void;
  quit(): void;
}

/**
 * What closing a window means while Postern keeps running: with a tray it closes, and the icon remains. Without one
 * this is explained once, and then the task bar or a second start is the way back.
 *
 * @returns whether the window should stay
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
