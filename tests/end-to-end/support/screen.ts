import { startService } from '../../support/service.ts';

/** Runs `work` with an invisible X11 display. @param work is given its name, for `DISPLAY` */
export async function withScreen<T>(work: (display: string) => Promise<T>): Promise<T> {
  let number: string | undefined;
  const screen = await startService('Xvfb', ['-displayfd', '1', '-screen', '0', '800x600x24', '-nolisten', 'tcp'], {
    isReady: async () => number !== undefined,
    onStart: (child) =>
      child.stdout?.once('data', (chunk) => {
        number = String(chunk).trim();
      }),
  });
  try {
    return await work(`:${number}`);
  } finally {
    await screen.stop();
  }
}
