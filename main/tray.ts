import { Menu, nativeImage, Tray } from 'electron';
import { type MenuAction, type MenuEntry, menuModel } from './desktop/menu-model.ts';
import { type CoreView, iconOf, standingOf, standingWords } from './desktop/standing.ts';
import { words } from './desktop/words.ts';

/** The icon in the tray. */
export interface PosternTray {
  show(view: CoreView): void;
  remove(): void;
}

/**
 * Puts the icon into the tray.
 *
 * @param icons the folder with an image for each standing
 * @returns null where the system has no tray at all.
 */
export function createTray(icons: string, act: (action: MenuAction) => void): PosternTray | null {
  const image = (standing: string) => nativeImage.createFromPath(`${icons}/${standing}.png`);
  let tray: Tray;
  try {
    tray = new Tray(image('paused'));
  } catch {
    return null;
  }
  tray.setToolTip(words.tooltip(words.standing.restarting));
  // Where a click opens the menu (Linux, macOS) this is never heard; elsewhere it is what people expect.
  tray.on('click', () => act({ kind: 'open' }));
  let shown = '';
  return {
    show(view) {
      const standing = standingOf(view);
      const entries = menuModel(view);
      const next = JSON.stringify([standing, entries]);
      // A menu that is replaced while it is open closes on some systems: only what changed is set.
      if (next === shown) return;
      shown = next;
      tray.setImage(image(iconOf(standing)));
      tray.setToolTip(words.tooltip(standingWords(standing, view.questions.length)));
      tray.setContextMenu(Menu.buildFromTemplate(entries.map((entry) => template(entry, act))));
    },
    remove: () => tray.destroy(),
  };
}

function template(entry: MenuEntry, act: (action: MenuAction) => void): Electron.MenuItemConstructorOptions {
  if (entry.separator) return { type: 'separator' };
  const { label, action } = entry;
  // An ampersand would mark a letter as a key.
  const text = label.replaceAll('&', '&&');
  return action ? { label: text, click: () => act(action) } : { label: text, enabled: false };
}
