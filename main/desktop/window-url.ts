/** The window's own scheme: unlike `file:`, it cannot be used to read the disk. */
export const scheme = 'postern';
const windowOrigin = `${scheme}://window`;
export const windowUrl = `${windowOrigin}/index.html`;

/** True for a document of the window: the only one that may be shown, and the only one that may ask for anything. */
export function isWindowUrl(url: string): boolean {
  const parsed = URL.parse(url);
  return (
    parsed !== null &&
    parsed.protocol === `${scheme}:` &&
    parsed.host === 'window' &&
    parsed.username === '' &&
    parsed.password === '' &&
    (parsed.pathname === '/' || parsed.pathname === '/index.html')
  );
}

/** True for what the window may load: its own files, and what it created for the person to save. */
export function mayLoad(url: string): boolean {
  const parsed = URL.parse(url);
  if (parsed?.protocol === 'blob:') return url.startsWith(`blob:${windowOrigin}/`);
  return parsed?.protocol === `${scheme}:` && parsed.host === 'window';
}

/** The frame that a message came from, as far as it matters. */
export interface SenderFrame {
  url: string;
  /** Null for the top frame. */
  parent: unknown;
}

/** Whether a message comes from one of our windows: from its own document, not from a frame in it. */
export function isOurSender(frame: SenderFrame | null, isOurWindow: boolean): boolean {
  return isOurWindow && frame !== null && frame.parent === null && isWindowUrl(frame.url);
}
