// `npm start`: Postern from a fresh clone. Installs and builds what is missing, then shows the tray app; where that
// cannot be, says why in one line and runs the core in this terminal, with its window in the browser.
// `npm start -- --data-dir D` and other options of `postern run` are passed on.
import { spawn } from 'node:child_process';
import { join } from 'node:path';
import { electronProgram, obstacle } from './desktop.mjs';
import { ensureBuilt, ensureInstalled, projectEnvironment, projectNode, root } from './workspace.mjs';

ensureInstalled();
ensureBuilt();

const given = process.argv.slice(2);
const here = { system: process.platform, environment: process.env, uid: process.getuid?.(), args: given };
const [program, ...args] = command();

function command() {
  const why = obstacle(here);
  const electron = why === null ? electronProgram(root) : null;
  if (electron) return [electron, root, ...given];
  process.stderr.write(`${why ?? 'Electron cannot be had here.'} Postern runs in this terminal.\n`);
  // A newcomer finds an account to practise with, as in the tray app.
  const practice = given.includes('--practice') ? [] : ['--practice-if-new'];
  return [projectNode(), join(root, 'dist', 'main', 'cli.js'), 'run', ...practice, ...given];
}

const child = spawn(program, args, { stdio: 'inherit', env: projectEnvironment() });
child.on('error', (error) => {
  process.stderr.write(`${program}: ${error.message}\n`);
  process.exit(1);
});
child.on('exit', (code, signal) => process.exit(signal ? 1 : (code ?? 1)));
// Control-C in a terminal reaches the child by itself; a signal sent to this process alone has to be handed on.
process.on('SIGINT', () => {
  if (!process.stdin.isTTY) child.kill('SIGINT');
});
process.on('SIGTERM', () => child.kill('SIGTERM'));
