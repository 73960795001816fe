import { createInterface } from 'node:readline';
import { Writable } from 'node:stream';
import type { Output } from '../output.ts';
import type { Terminal } from './command.ts';

/** Asks in the terminal. The question goes to stderr: stdout may be read by a program. */
export function openTerminal(input: NodeJS.ReadableStream, output: Output): Terminal {
  return {
    question(prompt, hidden) {
      return new Promise((resolve) => {
        output.ask(prompt);
        // Readline echoes what is typed to its output: this one keeps a password off the screen.
        const echo = new Writable({
          write: (_chunk, _encoding, done) => done(),
        });
        const lines = createInterface({
          input,
          output: hidden ? echo : process.stderr,
          terminal: true,
          prompt: '',
          historySize: 0,
        });
        let answer: string | null = null;
        lines.on('line', (line) => {
          answer = line;
          lines.close();
        });
        lines.on('SIGINT', () => lines.close());
        lines.on('close', () => {
          if (hidden || answer === null) output.complain('');
          resolve(answer);
        });
      });
    },
  };
}

/** The first line of what is piped in, without its line end. Empty if there is nothing. */
export async function readFirstLine(input: AsyncIterable<Buffer | string>): Promise<string> {
  let text = '';
  for await (const chunk of input) {
    text += String(chunk);
    if (text.includes('\n') || text.length > 100_000) break;
  }
  return (text.split('\n')[0] ?? '').replace(/\r$/, '');
}
