import { EventEmitter } from 'node:events';
import { readFileSync } from 'node:fs';
import type { ShownEntry } from './messages.ts';
import { switches } from './switches.ts';
import { need, nextId, only, tell } from './world.ts';

interface MenuTemplate {
  label?: string;
  role?: string;
  type?: string;
  enabled?: boolean;
  click?: () => void;
  submenu?: MenuTemplate[];
}
export class Menu {
  readonly template: MenuTemplate[];
  constructor(template: MenuTemplate[]) {
    this.template = template;
  }
  static buildFromTemplate(template: MenuTemplate[]): Menu {
    // lib/browser/api/menu.ts, `areValidTemplateItems`
    if (!template.every(({ label, role, type }) => label !== undefined || role !== undefined || type !== undefined)) {
      throw new TypeError('Invalid template for MenuItem: must have at least one of label, role or type');
    }
    return new Menu(template);
  }
  static setApplicationMenu(menu: Menu): void {
    menus.app = menu;
    tell({ kind: 'menu', menu: shown(menu) });
  }
}
export const menus: { tray: Menu | null; app: Menu | null } = { tray: null, app: null };

function shown(menu: Menu): ShownEntry[] {
  const entry = ({ label, role, type, enabled = true, submenu = [] }: MenuTemplate): ShownEntry => ({
    // As displayed: one ampersand marks an access key, two show one.
    label: (label ?? role ?? '').replace(/&(&?)/g, '$1'),
    enabled,
    separator: type === 'separator',
    children: submenu.map(entry),
  });
  return menu.template.map(entry);
}

/** docs/api/native-image.md:154: an image that cannot be read is an empty one, and nothing is thrown. */
export class NativeImage {
  readonly path: string;
  readonly #empty: boolean;
  constructor(path: string) {
    this.path = path;
    this.#empty = switches.images === 'missing' || !isPng(path);
  }
  isEmpty(): boolean {
    return this.#empty;
  }
  /** docs/api/native-image.md:122: judged by the name alone. */
  isTemplateImage(): boolean {
    return /Template(?:@[\d.]+x)?\.[a-z]+$/.test(this.path);
  }
  setTemplateImage(): void {}
}
function isPng(path: string): boolean {
  try {
    return readFileSync(path).subarray(1, 4).toString() === 'PNG';
  } catch {
    return false;
  }
}
export const nativeImage = { createFromPath: (path: string) => new NativeImage(path) };

export let tray: Tray | null = null;
export class Tray extends EventEmitter {
  #icon: NativeImage;
  #tooltip = '';
  #destroyed = false;
  constructor(icon: NativeImage | string) {
    super();
    need(true, 'Tray');
    // shell/common/api/electron_api_native_image.cc:201: a path that leads to no image throws, an empty image does not.
    this.#icon = typeof icon === 'string' ? new NativeImage(icon) : icon;
    if (typeof icon === 'string' && this.#icon.isEmpty()) {
      throw new Error(`Failed to load image from path '${icon}'`);
    }
    // Without a tray nothing is shown and nothing is thrown: Electron falls back to GtkStatusIcon, and then to nothing
    // (shell/browser/ui/tray_icon_linux.cc, OnImplInitializationFailed).
    tray = this;
    this.#tell();
  }
  #tell(): void {
    const icon = /([^/]+)\.png$/.exec(this.#icon.path)?.[1] ?? '';
    const menu = menus.tray ? shown(menus.tray) : [];
    const isTemplate = this.#icon.isTemplateImage();
    tell({ kind: 'tray', icon, tooltip: this.#tooltip, menu, isTemplate, isEmpty: this.#icon.isEmpty() });
  }
  #alive(): void {
    // shell/browser/api/electron_api_tray.cc, CheckAlive.
    if (this.#destroyed) throw new Error('Tray is destroyed');
  }
  setImage(icon: NativeImage): void {
    this.#alive();
    this.#icon = icon;
    this.#tell();
  }
  setToolTip(tooltip: string): void {
    this.#alive();
    this.#tooltip = tooltip;
    this.#tell();
  }
  setContextMenu(menu: Menu): void {
    this.#alive();
    menus.tray = menu;
    this.#tell();
  }
  displayBalloon({ title, content }: { title?: string; content?: string }): void {
    this.#alive();
    if (!title || !content) throw new Error("'title' and 'content' must be defined");
    tell({ kind: 'balloon', title, content });
  }
  /**
   * A click with the left button. macOS reports the click and also opens the menu, when there is one
   * (shell/browser/ui/tray_icon_cocoa.mm, mouseDown); Windows and Linux only report the click (docs/api/tray.md).
   */
  clicked(): void {
    this.emit('click', {}, {}, {});
    if (switches.system === 'darwin' && menus.tray) tell({ kind: 'tray-menu-opened' });
  }
  destroy(): void {
    this.#destroyed = true;
    tray = null;
    menus.tray = null;
    tell({ kind: 'tray-removed' });
  }
  isDestroyed(): boolean {
    return this.#destroyed;
  }
}

only(['win32'], Tray.prototype, 'displayBalloon');

export const notifications = new Map<number, Notification>();
export class Notification extends EventEmitter {
  static isSupported(): boolean {
    return switches.notifications !== 'unsupported';
  }
  readonly #what: { title: string; body: string };
  constructor(what: { title: string; body: string }) {
    super();
    need(true, 'Notification');
    this.#what = what;
  }
  /**
   * docs/api/notification.md:12: unsigned apps on macOS get `failed`; shell/browser/notifications/linux/
   * libnotify_notification.cc does the same when no daemon answers. Never before `show` has returned.
   */
  show(): void {
    if (switches.notifications === 'unsupported') return;
    if (switches.notifications === 'failed') {
      setImmediate(() => this.emit('failed', {}, 'the system takes no notification'));
      return;
    }
    const id = nextId();
    notifications.set(id, this);
    // shell/browser/notifications/linux/libnotify_notification.cc passes the body on as it is, and desktops read markup in
    // it (Desktop Notifications Specification, "Markup").
    const { title, body } = this.#what;
    tell({ kind: 'notification', id, title, body: switches.system === 'linux' ? body.replace(/<[^>]*>/g, '') : body });
    setImmediate(() => this.emit('show', {}));
  }
}

export const powerMonitor = new EventEmitter();
export const shell = {
  async openPath(path: string) {
    tell({ kind: 'opened', what: path });
    return '';
  },
  /** docs/api/shell.md, `shell.openExternal`: rejects where nothing opens it. */
  async openExternal(url: string) {
    if (switches.external === 'refused') throw new Error('Failed to open: no application is registered');
    tell({ kind: 'opened', what: new URL(url).href });
  },
};

const boxes = new Map<number, (answer: { response: number }) => void>();
export const dialog = {
  /** Blocks until it is closed; before `ready` on Linux it is a line on stderr (docs/api/dialog.md:407). */
  showErrorBox(title: string, content: string): void {
    if (switches.system === 'linux') {
      try {
        need(true, 'showErrorBox');
      } catch {
        process.stderr.write(`${title}\n${content}\n`);
        return;
      }
    }
    tell({ kind: 'error-box', title, content });
  },
  showMessageBox(
    _window: object,
    options: { message: string; detail?: string; buttons?: string[] },
  ): Promise<{ response: number }> {
    need(true, 'showMessageBox');
    const id = nextId();
    tell({
      kind: 'message-box',
      id,
      message: options.message,
      detail: options.detail ?? '',
      buttons: options.buttons ?? [],
    });
    return new Promise((resolve) => boxes.set(id, resolve));
  },
};
export function answerBox(id: number, response: number): void {
  boxes.get(id)?.({ response });
  boxes.delete(id);
}
