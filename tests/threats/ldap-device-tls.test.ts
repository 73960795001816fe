/** TLS between a device's address book and Postern, with whoever is between the two in the local network. */
import { beforeAll, expect, test } from 'vitest';
import { code, op, startTlsOid } from '../../proxy/protocols/ldap-operations.ts';
import { simpleBind } from '../../proxy/protocols/ldap-writer.ts';
import { type Core, relayTo, startCore } from '../support/core.ts';
import { balancer, beginTls, connectDevice, deviceInTls } from '../support/device.ts';
import { type FakeUpstream, startFakeUpstream } from '../support/fake-upstream.ts';
import { done, extended, nextAnswer, search } from '../support/ldap-words.ts';
import { RawClient } from '../support/raw-client.ts';
import { holdsSecret } from './refusal.ts';
import { authority, honest, password, user } from './stage.ts';

const device = '192.168.7.20';
/** How a device may encrypt. */
const ways = ['offer', 'require', 'implicit', 'off'] as const;
type Way = (typeof ways)[number];

let core: Core;
let upstream: FakeUpstream;

beforeAll(async () => {
  upstream = await startFakeUpstream({
    protocol: 'ldap',
    tls: 'starttls',
    identity: honest,
    users: { [user]: password },
  });
  const to = { protocol: 'ldap', tls: 'starttls', port: upstream.port } as const;
  const relays = ways.map((way) => {
    const lan = { allow: [device], reading: true, ...(way === 'implicit' ? {} : { localTls: way }) };
    const listen = way === 'implicit' ? 'tls://127.0.0.1:0' : '127.0.0.1:0';
    return relayTo(to, { name: way, listen, proxyProtocol: [balancer], lan });
  });
  core = await startCore({ authority, relays });
});

async function begin(way: Way) {
  const socket = await connectDevice(core.port(way));
  return { socket, client: RawClient.over(socket) };
}

/** Says a request and reads its answer. */
async function ask(client: RawClient, request: Buffer) {
  client.send(request);
  return nextAnswer(client);
}
const startTls = (id: number) => extended(id, startTlsOid);
const bind = (id: number) => simpleBind(id, user, password);
const inside = () => Buffer.concat(upstream.connections.map((each) => each.inside()));
const row = (way: Way) => core.proxy.state.get('relays', way);

test.each(['offer', 'require'] as const)(
  'honest: 27, 111: a device asks for TLS (%s), signs in inside it, and looks somebody up',
  async (way) => {
    const { socket, client } = await begin(way);
    expect(await ask(client, startTls(1))).toMatchObject({ id: 1, tag: op.extendedResponse, code: code.success });
    const secured = RawClient.over(await beginTls(socket));
    expect(await ask(secured, startTls(2))).toMatchObject({
      id: 2,
      code: code.operationsError,
      words: expect.stringMatching(/already/),
    });
    expect(await ask(secured, bind(3))).toMatchObject({ id: 3, code: code.success });
    secured.send(search(4));
    expect(await secured.bytes(done(4).length)).toEqual(done(4));
    expect(row(way)?.devices).toMatchObject([{ address: device, tls: 'TLSv1.3' }]);
    // The device's own TLS is its own: the directory was asked for TLS by Postern alone, and before its.
    expect(inside().includes(startTlsOid)).toBe(false);
    secured.socket.destroy();
  },
);

test('honest: 111: a device speaks TLS from the first byte', async () => {
  const client = await deviceInTls(core.port('implicit'));
  expect(await ask(client, bind(1))).toMatchObject({ id: 1, code: code.success });
  expect(row('implicit')?.devices).toMatchObject([{ address: device, tls: 'TLSv1.3' }]);
  client.socket.destroy();
});

test('honest: 111: a device without TLS is served where none is offered, and shown as one', async () => {
  const { client } = await begin('off');
  expect(await ask(client, startTls(1))).toMatchObject({ id: 1, code: code.protocolError });
  expect(await ask(client, bind(2))).toMatchObject({ id: 2, code: code.success });
  expect(row('off')?.devices).toMatchObject([{ address: device, tls: null }]);
  client.socket.destroy();
});

test('111: where TLS is required, neither a bind nor a search is carried out before', async () => {
  const before = inside().length;
  const { client } = await begin('require');
  expect(await ask(client, bind(1))).toMatchObject({ id: 1, code: code.confidentialityRequired });
  expect(await ask(client, search(2))).toMatchObject({ id: 2, code: code.confidentialityRequired });
  expect(inside().length).toBe(before);
  client.socket.destroy();
});

test('27: a bind behind a device’s request for TLS, in its segment, is refused', async () => {
  const from = core.events.length;
  const before = inside().length;
  const { client } = await begin('offer');
  client.send(Buffer.concat([startTls(1), simpleBind(2, 'eve', password)]));
  const heard = await nextAnswer(client);
  expect(heard.code).not.toBe(code.success);
  expect(heard.words).toMatch(/^Postern: Commands stood behind a device's request/);
  expect((await client.rest()).length).toBe(0);
  const event = await core.event('refused', (one) => one.code === 'device-plaintext-injected', from);
  expect(event).toMatchObject({ relay: 'offer', reason: 'plaintext-after-starttls' });
  expect(inside().length).toBe(before);
});

test('27: a bind between the go-ahead and a device’s handshake is no handshake', async () => {
  const from = core.events.length;
  const before = inside().length;
  const { socket, client } = await begin('offer');
  expect(await ask(client, startTls(1))).toMatchObject({ code: code.success });
  client.send(simpleBind(2, 'eve', password));
  await expect(beginTls(socket)).rejects.toThrow();
  const event = await core.event('refused', (one) => one.code === 'device-tls-failed', from);
  expect(event).toMatchObject({ relay: 'offer', reason: 'device-tls-failed' });
  expect(inside().length).toBe(before);
});

test('27: who has signed in before a device’s TLS, by whom, does not count inside: it is too late for TLS', async () => {
  const { client } = await begin('offer');
  expect(await ask(client, simpleBind(1, 'eve', 'guess'))).toMatchObject({ id: 1, code: code.invalidCredentials });
  expect(await ask(client, startTls(2))).toMatchObject({ id: 2, code: code.operationsError });
  client.socket.destroy();
  expect(holdsSecret(JSON.stringify(core.events))).toBe(false);
});
