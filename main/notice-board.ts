import type { Notification as ElectronNotification } from 'electron';
import type { WindowPlace } from '../proxy/contract/index.ts';
import type { Notice } from './notices.ts';

export interface NoticeBoardOptions {
  /** Electron's class. */
  Notification: { new (what: { title: string; body: string }): ElectronNotification; isSupported(): boolean };
  how: 'notification' | 'balloon';
  /** Whether the desktop takes `<` in a body for the beginning of markup: a link, an image. */
  readsMarkup: boolean;
  /** Shows it at the tray's icon. @returns false where that cannot be */
  balloon(notice: Notice): boolean;
  /** Draws attention to the app without text: the dock, the task bar. */
  attract(): void;
  open(place: WindowPlace): void;
}

/** Shows notices in whatever way this desktop offers. */
export interface NoticeBoard {
  show(notice: Notice): void;
  /** Whether the system can be asked to show notifications at all. */
  readonly isSupported: boolean;
  /** Whether the last one did not show. */
  readonly hasFailed: boolean;
}

/** Not every system reports that a notification was dismissed. */
const maxOnScreen = 20;

/** A notice that the system does not show is shown in another way: a question must be noticed. */
export function createNoticeBoard(options: NoticeBoardOptions): NoticeBoard {
  const { Notification, how, readsMarkup, balloon, attract, open } = options;
  const onScreen = new Set<ElectronNotification>();
  const isSupported = how === 'balloon' || Notification.isSupported();
  let hasFailed = !isSupported;

  function replace(notice: Notice): void {
    attract();
    if (notice.urgent) open(notice.place);
  }

  return {
    isSupported,
    get hasFailed() {
      return hasFailed;
    },
    show(notice) {
      if (!isSupported) return replace(notice);
      if (how === 'balloon') {
        hasFailed = !balloon(notice);
        if (hasFailed) replace(notice);
        return;
      }
      // Escaping would be right only for desktops that read markup (Desktop Notifications Specification, "Markup"), and
      // Electron does not say whether this one does.
      const body = readsMarkup ? notice.body.replaceAll('<', '‹').replaceAll('>', '›') : notice.body;
      const notification = new Notification({ title: notice.title, body });
      // A notification without a reference may be garbage-collected, and then receives no click.
      onScreen.add(notification);
      notification.on('show', () => {
        hasFailed = false;
      });
      notification.on('failed', () => {
        hasFailed = true;
        onScreen.delete(notification);
        if (!balloon(notice)) replace(notice);
      });
      notification.on('click', () => open(notice.place));
      notification.on('close', () => onScreen.delete(notification));
      notification.show();
      const [oldest] = onScreen;
      if (oldest && onScreen.size > maxOnScreen) onScreen.delete(oldest);
    },
  };
}
