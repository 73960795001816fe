import { fstatSync } from 'node:fs';
import { Socket } from 'node:net';
import { logText } from '../proxy/log/log-text.ts';

/** The output of the `postern` command. Nothing else writes to the terminal. */
export interface Output {
  /** Lines on stdout. Each is made inert: text from a server or a file cannot control the terminal. */
  lines(...lines: string[]): void;
  /** One value as one line of JSON on stdout. */
  json(value: unknown): void;
  /** Lines on stderr. */
  complain(...lines: string[]): void;
  /** A prompt without a line end, on stderr: stdout may be read by a program. */
  ask(question: string): void;
  /** Resolves when everything written has been read, or after a second if it is not read. */
  flush(): Promise<void>;
}

/** Bytes queued for a slow reader of stdout. Above this, lines are dropped: mail does not wait for a reader. */
const maxWaiting = 1024 * 1024;
const flushWithin = 1000;

export function createOutput(): Output {
  let stdout: NodeJS.WritableStream | null = null;
  let waiting = 0;
  let lost = false;
  let whenEmpty: (() => void) | null = null;

  function write(text: string): void {
    stdout ??= openStdout();
    if (waiting > maxWaiting) {
      if (!lost) stderr().write('postern: nobody reads the output fast enough; some of it is left out.\n');
      lost = true;
      return;
    }
    const size = Buffer.byteLength(text);
    waiting += size;
    stdout.write(text, () => {
      waiting -= size;
      if (waiting === 0) whenEmpty?.();
    });
  }

  return {
    lines: (...lines) => write(lines.map((line) => `${logText(line, 10_000)}\n`).join('')),
    // JSON itself escapes C0 controls; U+007F–U+009F control some terminals too.
    json: (value) => write(`${JSON.stringify(value).replace(/[\u007f-\u009f]/g, (character) => logText(character))}\n`),
    complain: (...lines) => {
      stderr().write(lines.map((line) => `${logText(line, 10_000)}\n`).join(''));
    },
    ask: (question) => {
      stderr().write(logText(question));
    },
    flush: () =>
      new Promise((resolve) => {
        if (waiting === 0) return resolve();
        const timer = setTimeout(resolve, flushWithin);
        whenEmpty = () => {
          clearTimeout(timer);
          resolve();
        };
      }),
  };
}

/**
 * Node writes to a pipe on stdout synchronously: a reader that stops reading would stop the proxy. A socket of our own
 * over the same pipe waits without blocking. A reader that has gone away (EPIPE) is not an error.
 */
function openStdout(): NodeJS.WritableStream {
  const stream = isPipe(1) ? new Socket({ fd: 1, readable: false, writable: true }) : process.stdout;
  stream.on('error', () => undefined);
  return stream;
}

let stderrReady = false;
function stderr(): NodeJS.WritableStream {
  if (!stderrReady) process.stderr.on('error', () => undefined);
  stderrReady = true;
  return process.stderr;
}

function isPipe(fd: number): boolean {
  if (process.platform === 'win32') return false;
  try {
    const status = fstatSync(fd);
    return status.isFIFO() || status.isSocket();
  } catch {
    return false;
  }
}
