/** Time between two checks, in milliseconds. */
const every = 50;

/**
 * Blocks this thread until a process has ended: Windows kills everything in a session as soon as the handler of its end
 * returns, so this cannot wait.
 *
 * @param milliseconds the longest wait
 */
export function waitForEnd(pid: number | undefined, milliseconds: number): void {
  const cell = new Int32Array(new SharedArrayBuffer(4));
  const until = Date.now() + milliseconds;
  while (pid !== undefined && Date.now() < until && isRunning(pid)) Atomics.wait(cell, 0, 0, every);
}

function isRunning(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch {
    return false;
  }
}
