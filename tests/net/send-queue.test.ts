import { randomBytes } from 'node:crypto';
import { expect, test } from 'vitest';
import { sendQueue, untilTaken } from '../../proxy/net/send-queue.ts';
import { connection } from '../support/connection.ts';

const table = `  sl  local_address rem_address   st tx_queue rx_queue tr tm->when retrnsmt   uid  timeout inode
   0: 0100007F:0477 00000000:0000 0A 00000000:00000000 00:00000000 00000000     0        0 1 1 0 100 0 0 10 0
   1: 0100007F:0477 0100007F:C001 01 0001F400:00000000 01:00000014 00000000     0        0 2 2 0 20 4 30 10 -1
   2: 0100007F:C001 0100007F:0477 01 00000000:00010000 00:00000000 00000000     0        0 3 1 0 20 4 30 10 -1
  10: 0200007F:0477 0200007F:C001 04 00000001:00000000 01:00000014 00000000     0        0 4 2 0 20 4 30 10 -1
`;

test('the send queue between two ports is read from the table of the system', () => {
  expect(sendQueue(table, 0x477, 0xc001)).toBe(0x1f400 + 1);
  expect(sendQueue(table, 0xc001, 0x477)).toBe(0);
  expect(sendQueue(table, 0x477, 0xc002)).toBe(0);
  expect(sendQueue(table, 0x47, 0xc001)).toBe(0);
});

test.runIf(process.platform === 'linux')('a reset behind what was taken takes nothing away', async () => {
  const { near, far } = await connection();
  far.on('error', () => {});
  far.pause();
  // More than the far side accepts unread, and as much as this side keeps for it.
  const sent = randomBytes(2 * 1024 * 1024);
  const written = new Promise((resolve) => near.write(sent, resolve));
  await written;
  let isTaken = false;
  const taken = untilTaken(near, 60_000).then(() => {
    isTaken = true;
    near.resetAndDestroy();
  });
  expect(isTaken).toBe(false);
  const chunks: Buffer[] = [];
  far.on('data', (chunk) => chunks.push(chunk));
  far.resume();
  await taken;
  await new Promise((resolve) => far.once('close', resolve));
  expect(Buffer.concat(chunks).equals(sent)).toBe(true);
});

test.runIf(process.platform === 'linux')('who takes nothing is not waited for without end', async () => {
  const { near, far } = await connection();
  far.pause();
  await new Promise((resolve) => near.write(Buffer.alloc(2 * 1024 * 1024), resolve));
  await untilTaken(near, 50);
  expect(near.destroyed).toBe(false);
});

test('a connection that has gone is not waited for', async () => {
  const { near } = await connection();
  near.destroy();
  await expect(untilTaken(near, 60_000)).resolves.toBeUndefined();
});
