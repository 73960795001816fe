import type { MenuItemConstructorOptions } from 'electron';
import { words } from './words.ts';

/** What the window's menu can do. */
export interface AppMenuActions {
  newWindow(): void;
  quit(): void;
}

/**
 * The window's menu: what a person must be able to do without a tray, and the shortcuts for cut and paste, which macOS
 * takes from the menu. No reloading, no developer tools.
 */
export function appMenu(system: NodeJS.Platform, { newWindow, quit }: AppMenuActions): MenuItemConstructorOptions[] {
  const leave: MenuItemConstructorOptions = { label: words.menu.quit, accelerator: 'CommandOrControl+Q', click: quit };
  const another: MenuItemConstructorOptions = {
    label: words.menu.newWindow,
    accelerator: 'CommandOrControl+N',
    click: newWindow,
  };
  const first: MenuItemConstructorOptions[] =
    system === 'darwin'
      ? [
          {
            label: words.product,
            submenu: [{ role: 'about' }, { type: 'separator' }, { role: 'hide' }, { role: 'hideOthers' }, leave],
          },
          { label: words.menu.file, submenu: [another, { role: 'close' }] },
        ]
      : [{ label: words.menu.file, submenu: [another, { role: 'close' }, { type: 'separator' }, leave] }];
  return [
    ...first,
    {
      label: words.menu.edit,
      submenu: [
        { role: 'undo' },
        { role: 'redo' },
        { type: 'separator' },
        { role: 'cut' },
        { role: 'copy' },
        { role: 'paste' },
        { role: 'selectAll' },
      ],
    },
    {
      label: words.menu.view,
      submenu: [{ role: 'resetZoom' }, { role: 'zoomIn' }, { role: 'zoomOut' }, { role: 'togglefullscreen' }],
    },
  ];
}
