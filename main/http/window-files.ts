import { readdir, readFile } from 'node:fs/promises';
import { extname, join, relative, sep } from 'node:path';

/**
 * The window is self-contained: nothing is loaded from elsewhere, only our own files are run, and no page may put it in
 * a frame.
 */
export const contentSecurityPolicy = [
  "default-src 'none'",
  "script-src 'self'",
  "style-src 'self'",
  "img-src 'self'",
  "font-src 'self'",
  "connect-src 'self'",
  "base-uri 'none'",
  "form-action 'none'",
  "frame-ancestors 'none'",
  "require-trusted-types-for 'script'",
].join('; ');

const contentTypes: Record<string, string> = {
  '.html': 'text/html; charset=utf-8',
  '.js': 'text/javascript; charset=utf-8',
  '.css': 'text/css; charset=utf-8',
  '.svg': 'image/svg+xml',
  '.png': 'image/png',
  '.ico': 'image/x-icon',
  '.woff2': 'font/woff2',
  '.json': 'application/json; charset=utf-8',
  '.txt': 'text/plain; charset=utf-8',
};

/** The files of the window by the path that a browser asks for. */
export interface WindowFiles {
  /** @returns the file with its type, or null: only what was in the folder at the start is served. */
  read(path: string): Promise<{ type: string; content: Buffer } | null>;
}

/**
 * Lists the files of the built window. Requests are looked up in this list, so no path leads out of the folder.
 *
 * @param directory `dist/renderer`; if it is missing, there are no files.
 */
export async function listWindowFiles(directory: string): Promise<WindowFiles> {
  const files = new Map<string, string>();
  const entries = await readdir(directory, { recursive: true, withFileTypes: true }).catch(() => []);
  for (const entry of entries) {
    if (!entry.isFile()) continue;
    const file = join(entry.parentPath, entry.name);
    files.set(`/${relative(directory, file).split(sep).join('/')}`, file);
  }
  return {
    async read(path) {
      const name = path === '/' ? '/index.html' : path;
      const file = files.get(name);
      const type = contentTypes[extname(name)];
      if (file === undefined || type === undefined) return null;
      return { type, content: await readFile(file) };
    },
  };
}
