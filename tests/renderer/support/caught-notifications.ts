import type { Page } from 'playwright-core';

interface Shown {
  title: string;
  body: string;
}

/**
 * Run in the page: replaces the browser's own notifications, since a test cannot see those on the screen. Nobody looks
 * at the window from then on.
 *
 * @param permission the browser's answer when it is asked
 */
export function catchNotifications(permission: NotificationPermission): void {
  const shown: (Shown & { press: () => void })[] = [];
  class Caught {
    static permission = permission === 'denied' ? 'denied' : (sessionStorage.getItem('allowed') ?? 'default');
    static async requestPermission(): Promise<string> {
      if (permission === 'granted') sessionStorage.setItem('allowed', 'granted');
      Caught.permission = permission;
      return permission;
    }
    onclick = () => {};
    constructor(title: string, { body }: { body: string }) {
      shown.push({ title, body, press: () => this.onclick() });
    }
  }
  Object.assign(window, { Notification: Caught, shown });
  document.hasFocus = () => false;
}

/** The notifications that the browser has shown for this page. */
export const shownNotifications = (page: Page) =>
  page.evaluate(() => (window as unknown as { shown: Shown[] }).shown.map(({ title, body }) => ({ title, body })));

/** Clicks on the first of them. */
export const pressFirst = (page: Page) =>
  page.evaluate(() => (window as unknown as { shown: { press: () => void }[] }).shown[0]?.press());
