import { Menu, nativeImage, Tray } from 'electron';
import type { WindowPlace } from '../proxy/contract/index.ts';
import { type MenuAction, type MenuEntry, menuModel } from './desktop/menu-model.ts';
import { type CoreView, standingWords, type TrayStanding, trayStanding } from './desktop/tray-standing.ts';
import { words } from './desktop/words.ts';
import type { Notice } from './notices.ts';

/** The icon in the tray. */
export interface PosternTray {
  show(view: CoreView): void;
  /** Shows a balloon at the icon (Windows). A click on it leads to its place. */
  balloon(notice: Notice): void;
  remove(): void;
}

export interface TrayOptions {
  /** The image file for a standing. */
  image(standing: TrayStanding): string;
  clickOpensWindow: boolean;
  act(action: MenuAction): void;
}

/**
 * Puts the icon into the tray.
 *
 * @returns null if the system has no tray at all, or the image cannot be read: an invisible icon would be no way back.
 */
export function createTray({ image: fileOf, clickOpensWindow, act }: TrayOptions): PosternTray | null {
  const image = (standing: TrayStanding) => nativeImage.createFromPath(fileOf(standing));
  let tray: Tray;
  try {
    const first = image('restarting');
    if (first.isEmpty()) return null;
    tray = new Tray(first);
  } catch {
    return null;
  }
  let clicked: WindowPlace | undefined;
  tray.setToolTip(words.tooltip(words.standing.restarting));
  if (clickOpensWindow) tray.on('click', () => act({ kind: 'open' }));
  tray.on('balloon-click', () => act({ kind: 'open', ...(clicked ? { place: clicked } : {}) }));
  let shown = '';
  return {
    show(view) {
      const standing = trayStanding(view);
      const entries = menuModel(view);
      const next = JSON.stringify([standing, entries]);
      // On some systems a menu that is replaced while open closes: it is set only when it has changed.
      if (next === shown) return;
      shown = next;
      tray.setImage(image(standing));
      tray.setToolTip(words.tooltip(standingWords(standing, view)));
      tray.setContextMenu(Menu.buildFromTemplate(entries.map((entry) => template(entry, act))));
    },
    balloon({ title, body, place }) {
      clicked = place;
      tray.displayBalloon({ title, content: body });
    },
    remove: () => tray.destroy(),
  };
}

function template(entry: MenuEntry, act: (action: MenuAction) => void): Electron.MenuItemConstructorOptions {
  if (entry.separator) return { type: 'separator' };
  const { label, action } = entry;
  // An ampersand would mark a letter as an access key.
  const text = label.replaceAll('&', '&&');
  return action ? { label: text, click: () => act(action) } : { label: text, enabled: false };
}
