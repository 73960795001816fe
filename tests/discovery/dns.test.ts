import { createSocket } from 'node:dgram';
import { once } from 'node:events';
import { beforeAll, expect, test } from 'vitest';
import { createDns, NoAnswer } from '../../proxy/discovery/dns.ts';
import { atEnd } from '../support/clean-up.ts';
import { createInternet } from './support/internet.ts';

const net = createInternet();
const dns = createDns([net.nameServer]);
const never = new AbortController().signal;
beforeAll(async () => {
  net.srv('_imaps._tcp.a.test', 'imap.a.test', 993, 3, 7);
  net.srv('_pop3s._tcp.a.test', '.', 0);
  net.mx('a.test', 'mx.a.test', 20);
  // More than fits into a datagram, so the query is repeated over TCP.
  for (let number = 0; number < 300; number += 1) net.srv('_imaps._tcp.big.test', `h${number}.big.test`, 993);
  await net.start();
});

test('records as they are', async () => {
  const srv = await dns.srv('_imaps._tcp.a.test', never);
  expect(srv).toMatchObject([{ name: 'imap.a.test', port: 993, priority: 3, weight: 7 }]);
  expect(await dns.mx('a.test', never)).toMatchObject([{ exchange: 'mx.a.test', priority: 20 }]);
  expect(await dns.srv('_imaps._tcp.big.test', never)).toHaveLength(300);
  expect((await dns.srv('_pop3s._tcp.a.test', never)).map(({ name }) => name).join()).toMatch(/^\.?$/);
});

test('what is not there is an empty list', async () => {
  expect(await dns.srv('_imap._tcp.a.test', never)).toEqual([]);
  expect(await dns.mx('none.test', never)).toEqual([]);
});

test('a name server that is not there, and one that talks nonsense, give no answer', async () => {
  await expect(createDns(['127.0.0.1:9']).mx('a.test', never)).rejects.toThrow(NoAnswer);
  const nonsense = createSocket('udp4');
  nonsense.on('message', (_question, { port, address }) => nonsense.send('HTTP/1.1 400', port, address));
  nonsense.bind(0, '127.0.0.1');
  await once(nonsense, 'listening');
  atEnd(() => nonsense.close());
  await expect(createDns([`127.0.0.1:${nonsense.address().port}`]).mx('a.test', never)).rejects.toThrow(NoAnswer);
});

test('a question is cancelled at once', async () => {
  const silent = createSocket('udp4');
  const asked = once(silent, 'message');
  silent.bind(0, '127.0.0.1');
  await once(silent, 'listening');
  atEnd(() => silent.close());
  const cancel = new AbortController();
  const question = createDns([`127.0.0.1:${silent.address().port}`]).srv('_imaps._tcp.a.test', cancel.signal);
  const outcome = expect(question).rejects.toThrow('no more');
  await asked;
  cancel.abort(new Error('no more'));
  await outcome;
  await expect(dns.mx('a.test', cancel.signal)).rejects.toThrow('no more');
});
