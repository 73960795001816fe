import fs, { type Dirent } from 'node:fs';
import { registerHooks, syncBuiltinESMExports } from 'node:module';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { extractFile, listPackage, statFile } from '@electron/asar';

// Electron's file system knows archives (docs/tutorial/asar-archives.md): the contents of `app.asar` are read as if it
// were a folder, and cannot be written. This gives Node as much of that as an app may rely on; everything else fails as
// it would on any file, so that anything the app does beyond that shows.

const within = /^(.*?\.asar)\/(.+)$/;

/** The archive and the path inside it, for a path that leads into one. */
function split(path: unknown): { archive: string; inner: string } | null {
  const text = path instanceof URL ? fileURLToPath(path) : path;
  const [, archive, inner] = (typeof text === 'string' && within.exec(text)) || [];
  return archive !== undefined && inner !== undefined ? { archive, inner } : null;
}

function missing(path: unknown): NodeJS.ErrnoException {
  return Object.assign(new Error(`ENOENT: no such file in the archive, ${path}`), { code: 'ENOENT' });
}

function read({ archive, inner }: { archive: string; inner: string }): Buffer {
  try {
    return extractFile(archive, inner);
  } catch {
    throw missing(inner);
  }
}

function has({ archive, inner }: { archive: string; inner: string }): boolean {
  try {
    return statFile(archive, inner) !== undefined;
  } catch {
    return false;
  }
}

const decoded = (content: Buffer, options: unknown) => {
  const encoding = typeof options === 'string' ? options : (options as { encoding?: string } | undefined)?.encoding;
  return encoding ? content.toString(encoding as BufferEncoding) : content;
};

/** The files in a folder of the archive, as `readdir` returns them with types. */
function entries(path: string, { archive, inner }: { archive: string; inner: string }): Dirent[] {
  const below = listPackage(archive, { isPack: false }).filter((each) => each.startsWith(`/${inner}/`));
  return below.map((each) => {
    const at = each.lastIndexOf('/');
    const isFile = !('files' in statFile(archive, each.slice(1)));
    const parentPath = `${path}${each.slice(inner.length + 1, at)}`;
    return { name: each.slice(at + 1), parentPath, isFile: () => isFile, isDirectory: () => !isFile } as Dirent;
  });
}

/** Lets this process read archives, and run the programs in them. */
export function readArchives(): void {
  const { readFileSync, existsSync } = fs;
  const { readFile, readdir } = fs.promises;
  Object.assign(fs, {
    readFileSync(path: string, options: unknown) {
      const found = split(path);
      return found ? decoded(read(found), options) : readFileSync(path, options as never);
    },
    existsSync(path: string) {
      const found = split(path);
      return found ? has(found) : existsSync(path);
    },
  });
  Object.assign(fs.promises, {
    async readFile(path: string, options: unknown) {
      const found = split(path);
      return found ? decoded(read(found), options) : readFile(path, options as never);
    },
    async readdir(path: string, options: unknown) {
      const found = split(path);
      return found ? entries(path, found) : readdir(path, options as never);
    },
  });
  syncBuiltinESMExports();
  registerHooks({
    resolve(specifier, context, next) {
      if (!/^(?:\.|file:)/.test(specifier)) return next(specifier, context);
      const url = new URL(specifier, context.parentURL ?? pathToFileURL('/').href);
      const found = split(url);
      if (!found) return next(specifier, context);
      if (!has(found)) throw missing(url.href);
      return { url: url.href, shortCircuit: true };
    },
    load(url, context, next) {
      const found = url.startsWith('file:') ? split(new URL(url)) : null;
      if (!found) return next(url, context);
      return { format: 'module', source: read(found), shortCircuit: true };
    },
  });
}

/** Whether this is a program inside an archive. */
export const isInArchive = (path: string): boolean => split(path) !== null;
