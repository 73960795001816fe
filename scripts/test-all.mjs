// `npm run test:all`: every test, including those that need root, other programs or namespaces, in a container.
// Without podman or docker it says what to do instead. Plain JavaScript, as test.mjs is.
import { pathToFileURL } from 'node:url';
import { findProgram, root, run } from './workspace.mjs';

/** What the tests need beyond a container's defaults: network and mount namespaces, and their own TUN devices. */
const rights = [
  '--cap-add=NET_ADMIN',
  '--cap-add=SYS_ADMIN',
  '--device=/dev/net/tun',
  '--security-opt=apparmor=unconfined',
];

/**
 * The commands that run everything here, in order; or a line that says what to do.
 *
 * @param {{ system: string, has: (program: string) => boolean, words: string[] }} here
 * @returns {{ commands: string[][] } | { advice: string }}
 */
export function everything({ system, has, words }) {
  const engine = ['podman', 'docker'].find(has);
  if (engine) {
    return {
      commands: [
        [engine, 'build', '--tag', 'postern-tests', '--file', 'tests/Containerfile', '.'],
        [engine, 'run', '--rm', '--init', ...rights, 'postern-tests', ...words],
      ],
    };
  }
  if (system === 'linux' && has('apt-get')) {
    return { advice: 'On this machine: sudo npm test   (or install podman, and the tests run in a container)' };
  }
  return {
    advice: 'Install podman (https://podman.io) or Docker: the tests that are left out here run in a Debian container.',
  };
}

if (import.meta.url === pathToFileURL(process.argv[1] ?? '').href) {
  process.chdir(root);
  const has = (program) => findProgram(program) !== null;
  const plan = everything({ system: process.platform, has, words: process.argv.slice(2) });
  if (plan.advice) {
    process.stderr.write(`${plan.advice}\n`);
    process.exit(1);
  }
  for (const [program, ...args] of plan.commands) {
    const status = run(program, args);
    if (status !== 0) process.exit(status);
  }
}
