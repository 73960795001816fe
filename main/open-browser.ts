import { spawn } from 'node:child_process';

/** A program that opens an address in the person's browser, and what it is told. */
interface Opener {
  program: string;
  args: readonly string[];
  /** What it reads, where the address is better not seen in the list of processes. */
  input?: string;
}

/**
 * How this system opens a link to the window.
 *
 * The link works once and soon, but whoever is first has it. On Linux the list of processes shows it to other users, and the
 * window's port turns them away; on Windows they do not see it; on macOS they would, so that it goes another way there.
 *
 * @returns null where nobody sits in front of a screen
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
 * Opens a link to the window in the person's browser, and waits for nothing.
 *
 * @param link one of its own: the link that is shown beside it stays good
 * @param failed is told when there is no such program
 */
export function openInBrowser({ program, args, input }: Opener, failed: () => void): void {
  const child = spawn(program, args, { stdio: ['pipe', 'ignore', 'ignore'], detached: true, windowsHide: true });
  child.on('error', failed);
  child.stdin.on('error', () => {
    // It read nothing: then it wants nothing.
  });
  child.stdin.end(input ?? '');
  child.unref();
}
