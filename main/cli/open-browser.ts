import { spawn } from 'node:child_process';

/**
 * What opens an address in the person's browser, by platform. On Windows no shell interprets any part of the address.
 */
const openers: Record<string, [string, ...string[]]> = {
  darwin: ['open'],
  linux: ['xdg-open'],
  win32: ['rundll32', 'url.dll,FileProtocolHandler'],
};

/**
 * Opens an address in the system's browser, where there is a desktop to show it on. Never fails: the address was printed,
 * too. Without a desktop, `xdg-open` would start a text browser in the terminal.
 *
 * @returns whether it was tried
 */
export function openBrowser(url: string, env: NodeJS.ProcessEnv = process.env): boolean {
  const opener = openers[process.platform];
  const hasDesktop = process.platform !== 'linux' || Boolean(env.DISPLAY) || Boolean(env.WAYLAND_DISPLAY);
  if (!opener || !hasDesktop) return false;
  const [program, ...before] = opener;
  const child = spawn(program, [...before, url], { stdio: 'ignore', detached: true, windowsHide: true });
  child.on('error', () => undefined);
  child.unref();
  return true;
}
