import { createServer } from 'node:net';

// Below the ports that the system assigns by itself, with a separate range for each of the parallel test processes: a
// port that was free when checked is still free when the server takes it.
const span = 1_500;
const first = 12_000 + (Number(process.env.VITEST_POOL_ID ?? 0) % 12) * span;
let next = Math.floor(Math.random() * span);

/** A TCP port that nothing on this computer listens on, for servers that cannot choose one themselves. */
export async function freePort(): Promise<number> {
  for (let tries = 0; tries < span; tries += 1) {
    const port = first + (next++ % span);
    if (await isFree(port)) return port;
  }
  throw new Error('no free port left');
}

function isFree(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const server = createServer();
    server.once('error', () => resolve(false));
    server.listen({ port, host: '127.0.0.1', exclusive: true }, () => server.close(() => resolve(true)));
  });
}
