// Loaded into the built command before its own code: reports on a Unix socket, one line each, the ports at which a
// connection has been closed. A descriptor passed to the command would not survive its restart with a clean
// environment.
import { connect } from 'node:net';
import { isMainThread } from 'node:worker_threads';
import { watchAccepted } from './accepted.ts';

const path = new URL(import.meta.url).searchParams.get('tell');
if (isMainThread && path) {
  const ears = connect(path).unref();
  watchAccepted((port) => ears.write(`${port}\n`));
}
