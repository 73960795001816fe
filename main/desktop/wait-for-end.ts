/** Between two looks, in milliseconds. */
const every = 50;

/**
 * Holds this thread until a process has ended: Windows kills what belongs to a session as soon as the handler of its
 * end returns, so there is no later.
 *
 * @param milliseconds at most so long
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
