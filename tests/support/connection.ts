import { once } from 'node:events';
import net, { type AddressInfo } from 'node:net';
import { onTestFinished } from 'vitest';

/**
 * Both ends of a TCP connection, destroyed when the test has finished.
 *
 * @param options of the far end, which connects
 * @returns `near` is the accepted end, with half-open allowed
 */
export async function connection(
  options: Partial<net.TcpNetConnectOpts> = {},
): Promise<{ near: net.Socket; far: net.Socket }> {
  const listener = net.createServer({ allowHalfOpen: true }).listen(0, '127.0.0.1');
  await once(listener, 'listening');
  const far = net.connect({ ...options, host: '127.0.0.1', port: (listener.address() as AddressInfo).port });
  const [near] = (await once(listener, 'connection')) as [net.Socket];
  listener.close();
  onTestFinished(() => {
    near.destroy();
    far.destroy();
  });
  return { near, far };
}
