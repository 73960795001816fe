// Loaded into the built command before its own code: tells at a Unix socket, a line each, which ports are rid of a
// connection. A descriptor of its own would not outlive the command's second start with a clean environment.
import { connect } from 'node:net';
import { isMainThread } from 'node:worker_threads';
import { watchAccepted } from './accepted.ts';

const path = new URL(import.meta.url).searchParams.get('tell');
if (isMainThread && path) {
  const ears = connect(path).unref();
  watchAccepted((port) => ears.write(`${port}\n`));
}
