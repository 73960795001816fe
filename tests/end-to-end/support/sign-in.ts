import { execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { atEnd } from '../../support/clean-up.ts';
import { needProgram } from '../../support/needs.ts';

const program = fileURLToPath(new URL('../../../dist/main/cli.js', import.meta.url));

/** Runs `postern accounts sign-in` up to its first output: the address to open. */
export async function beginSignIn(dataDirectory: string, account: string, ...more: string[]) {
  const args = ['accounts', 'sign-in', account, '--no-browser', '--json', ...more, '--data-dir', dataDirectory];
  const child = spawn(process.execPath, [program, ...args], { stdio: ['ignore', 'pipe', 'inherit'] });
  atEnd(() => child.kill());
  const said: { event: string; url: string; [key: string]: unknown }[] = [];
  const lines = createInterface({ input: child.stdout });
  lines.on('line', (line) => said.push(JSON.parse(line)));
  const ended = once(child, 'exit').then(([code]) => code as number);
  await once(lines, 'line');
  return { said, ended, url: said[0]?.url ?? '', child };
}

/** The text of every file in an archive. */
export function unzipped(file: string): string {
  return execFileSync(
    needProgram('python3'),
    [
      '-c',
      'import sys,zipfile\nz=zipfile.ZipFile(sys.argv[1])\nfor n in z.namelist(): sys.stdout.buffer.write(z.read(n))',
      file,
    ],
    {
      encoding: 'latin1',
    },
  );
}
