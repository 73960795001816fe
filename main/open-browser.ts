import { spawn } from 'node:child_process';

/** A program that opens an address in the person's browser, and its arguments. */
interface Opener {
  program: string;
  args: readonly string[];
  /** Its input, where the address should not be seen in the process list. */
  input?: string;
}

/**
 * How this system opens an address, such as a link to the window. That link works only once and only for a while, but
 * the first to use it gets in. On Linux the process list shows it to other users, but the window's port turns them
 * away; on Windows they do not see it; on macOS they would, so it is passed another way there.
 *
 * @returns null where there is no screen
 */
export function opener(link: string, platform: NodeJS.Platform, environment: NodeJS.ProcessEnv): Opener | null {
  const { DISPLAY, WAYLAND_DISPLAY, SSH_CONNECTION } = environment;
  if (SSH_CONNECTION) return null;
  switch (platform) {
    case 'darwin':
      return { program: 'osascript', args: ['-'], input: `open location "${link}"\n` };
    case 'win32':
      return { program: 'rundll32.exe', args: ['url.dll,FileProtocolHandler', link] };
    case 'linux':
    case 'freebsd':
    case 'openbsd':
      return DISPLAY || WAYLAND_DISPLAY ? { program: 'xdg-open', args: [link] } : null;
    default:
      return null;
  }
}

/**
 * Opens a link to the window in the person's browser, without waiting.
 *
 * @param link a separate one: the link that is also printed stays good
 * @param failed called when there is no such program
 */
export function openInBrowser({ program, args, input }: Opener, failed: () => void): void {
  const child = spawn(program, args, { stdio: ['pipe', 'ignore', 'ignore'], detached: true, windowsHide: true });
  child.on('error', failed);
  child.stdin.on('error', () => {
    // It ended without reading its input, which is fine.
  });
  child.stdin.end(input ?? '');
  child.unref();
}
