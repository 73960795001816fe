import { once } from 'node:events';
import tls from 'node:tls';
import { expect, onTestFinished, test } from 'vitest';
import { ownChain, wholeList } from '../../../proxy/trust/tls/presented-chain.ts';
import { createAuthority, type Identity, issue, selfSigned } from '../../support/pki.ts';
import { serve } from '../support.ts';

const root = createAuthority();
const middle = issue(root, { cn: 'Middle', ca: true });
const leaf = issue(middle, { names: ['mail.example.org'] });
const stranger = selfSigned({ cn: 'Stranger' });

/** Connects to a server that presents these certificates. */
async function presented(...chain: Identity[]): Promise<tls.TLSSocket> {
  const [own] = chain as [Identity];
  const { port } = await serve({ chainPem: chain.map(({ certPem }) => certPem).join(''), keyPem: own.keyPem });
  const socket = tls.connect({ port, host: '127.0.0.1', servername: '', rejectUnauthorized: false });
  onTestFinished(() => void socket.destroy());
  await once(socket, 'secureConnect');
  return socket;
}

const ders = (chain: Uint8Array[] | null) => chain?.map((der) => Buffer.from(der).toString('hex'));
const hex = (...chain: Identity[]) => chain.map(({ der }) => der.toString('hex'));

test('the chain that leads upwards is there in any order, and what does not belong to it is not', async () => {
  expect(ders(ownChain(await presented(leaf, stranger, middle)))).toEqual(hex(leaf, middle));
  expect(ders(ownChain(await presented(leaf)))).toEqual(hex(leaf));
  expect(ders(ownChain(await presented(stranger, middle)))).toEqual(hex(stranger));
});

test('the whole list is there as it was presented, also after the chain was asked for', async () => {
  const socket = await presented(leaf, stranger, middle);
  ownChain(socket);
  expect(ders(wholeList(socket))).toEqual(hex(leaf, stranger, middle));
});

test('lists that Node keeps for ever are bounded', async () => {
  const names = Array.from(
    { length: 90 },
    (_, at) => `${at}.${'n'.repeat(60)}.${'m'.repeat(60)}.${'o'.repeat(60)}.test`,
  );
  const large = selfSigned({ names });
  let taken = 0;
  for (
    let list: Uint8Array[] | null = [];
    list && taken < 6 * 1024 * 1024;
    list = wholeList(await presented(large, stranger))
  ) {
    taken += list.reduce((bytes, { length }) => bytes + length, 0);
  }
  expect(taken).toBeLessThan(5 * 1024 * 1024);
});
