// `npm start`: Postern from a fresh clone. Installs and builds what is missing, then shows the tray app; where
// that is impossible, says why in one line and runs the core in this terminal, with its window in the browser.
// `npm start -- --data-dir D` and other options of `postern run` are passed on; `--electron FOLDER` runs an
// Electron of your own.
import { spawn } from 'node:child_process';
import { join } from 'node:path';
import { chosenElectron, dropElectronSettings, electronProgram, obstacle, sandboxObstacle } from './desktop.mjs';
import { ensureBuilt, ensureInstalled, projectEnvironment, projectNode, root } from './workspace.mjs';

/** An Electron that ends this early as no app ends by itself never started: the system does not let it (milliseconds). */
const startsWithin = 15_000;

const { folder: ownElectron, rest: given } = chosenElectron(process.argv.slice(2));
dropElectronSettings(process.env);
/** The program that is running now, and whether somebody asked us to end it. */
let child;
let isEnding = false;

ensureInstalled();
ensureBuilt();
showTrayApp();

function showTrayApp() {
  const why = obstacle({ system: process.platform, environment: process.env, uid: process.getuid?.(), args: given });
  if (why !== null) return runInTerminal(why);
  const electron = electronProgram(root, undefined, undefined, ownElectron);
  if (!electron.program) return runInTerminal(electron.why);
  const locked = process.platform === 'linux' ? sandboxObstacle(electron.program) : null;
  if (locked !== null) return runInTerminal(locked);
  const startedAt = Date.now();
  const giveUp = (reason) => runInTerminal(`Electron could not start here (${reason}).`);
  const ended = (code, signal) => {
    const isEarly = !isEnding && Date.now() - startedAt < startsWithin;
    if (isEarly && signal !== null) giveUp(`it ended by ${signal}`);
    // The loader of Linux has said which one.
    else if (isEarly && code === 127) giveUp('a library is missing');
    else process.exit(signal ? 1 : (code ?? 1));
  };
  run(electron.program, [root, ...given], ended, ({ message }) => giveUp(message));
}

function runInTerminal(why) {
  const command = join(root, 'dist', 'main', 'cli.js');
  process.stderr.write(
    `${why} Postern runs in this terminal.\n` +
      `Where it names a command "postern", type this for that word, in another terminal: node ${shellWord(command)}\n`,
  );
  // A newcomer gets an account to practise with, as in the tray app.
  const practice = given.includes('--practice') ? [] : ['--practice-if-new'];
  // The tray app starts hidden; in a terminal there is nothing to hide.
  const options = given.filter((word) => word !== '--hidden');
  // The option: main/heap.ts.
  const words = ['--max-semi-space-size=4', command, 'run', ...practice, ...options];
  const ended = (code, signal) => process.exit(signal ? 1 : (code ?? 1));
  run(projectNode(), words, ended, (error) => {
    process.stderr.write(`${error.message}\n`);
    process.exit(1);
  });
}

/** A path as one word of a command line. */
function shellWord(path) {
  if (/^[\w%+:,.\\/@-]+$/.test(path)) return path;
  return process.platform === 'win32' ? `"${path}"` : `'${path.replaceAll("'", "'\\''")}'`;
}

function run(program, args, ended, failed) {
  child = spawn(program, args, { stdio: 'inherit', env: projectEnvironment() });
  child.on('error', failed);
  child.on('exit', ended);
}

// Ctrl+C in a terminal reaches the child anyway; a signal sent to this process alone has to be passed on.
process.on('SIGINT', () => {
  isEnding = true;
  if (!process.stdin.isTTY) child?.kill('SIGINT');
});
process.on('SIGTERM', () => {
  isEnding = true;
  child?.kill('SIGTERM');
});
