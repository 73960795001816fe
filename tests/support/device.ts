import { once } from 'node:events';
import { connect, type Socket } from 'node:net';
import tls from 'node:tls';
import { atEnd } from './clean-up.ts';
import { RawClient } from './raw-client.ts';

/** The balancer behind which the devices of these tests are: a relay at a loopback address takes them from nobody else. */
export const balancer = '127.0.0.9';

/** Connects to a relay for devices as one of them, in plaintext. */
export async function connectDevice(port: number, address = '192.168.7.20'): Promise<Socket> {
  const socket = connect({ port, host: '127.0.0.1', localAddress: balancer, noDelay: true, allowHalfOpen: true });
  socket.on('error', () => {});
  await once(socket, 'connect');
  atEnd(() => socket.destroy());
  socket.write(`PROXY TCP4 ${address} 198.51.100.1 53791 25\r\n`);
  return socket;
}

/**
 * Begins TLS as a device does that checks nothing unless it is told to.
 *
 * @throws when the handshake comes to nothing
 */
export async function beginTls(socket: Socket, options: tls.ConnectionOptions = {}): Promise<tls.TLSSocket> {
  const secured = tls.connect({ socket, rejectUnauthorized: false, ...options });
  await once(secured, 'secureConnect');
  secured.on('error', () => {});
  return secured;
}

/** The options of a device that knows one version of TLS, however old. */
export const only = (version: tls.SecureVersion) => ({
  minVersion: version,
  maxVersion: version,
  ciphers: 'ALL:@SECLEVEL=0',
});

/** A device that speaks TLS from the first byte. */
export async function deviceInTls(port: number, options: tls.ConnectionOptions = {}): Promise<RawClient> {
  return RawClient.over(await beginTls(await connectDevice(port), options));
}
