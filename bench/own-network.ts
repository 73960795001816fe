import { spawnSync } from 'node:child_process';

const inside = 'POSTERN_BENCH_NETWORK';

/**
 * Thousands of connections that the bench has closed stay in the kernel's table for a minute (TIME_WAIT), together with
 * those of whatever else runs here. Postern reads that table to learn who connects, and an ordinary computer has a few
 * hundred sockets in it. So the bench runs in a network namespace of its own that keeps 256 closed ones.
 */
const setUp =
  'ip link set lo up && echo 256 > /proc/sys/net/ipv4/tcp_max_tw_buckets && echo 4096 > /proc/sys/net/core/somaxconn && exec "$@"';

/**
 * Restarts this program in its own network where possible, and exits with it. Returns only in the restarted program.
 */
export function enterOwnNetwork(): boolean {
  if (process.env[inside] !== undefined) return true;
  const possible = spawnSync('unshare', ['--net', 'sh', '-c', setUp, 'sh', 'true'], { stdio: 'ignore' });
  if (possible.status !== 0) return false;
  const again = [process.execPath, ...process.argv.slice(1)];
  const { status } = spawnSync('unshare', ['--net', 'sh', '-c', setUp, 'sh', ...again], {
    stdio: 'inherit',
    env: { ...process.env, [inside]: '1' },
  });
  process.exit(status ?? 1);
}
