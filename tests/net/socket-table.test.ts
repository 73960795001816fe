import { describe, expect, test } from 'vitest';
import { createSocketTables, type ReadTable } from '../../proxy/net/socket-table.ts';

const header = '  sl  local_address rem_address   st tx_queue rx_queue tr tm->when retrnsmt   uid  timeout inode\n';
const key = (number: number) => `0100007F:${number.toString(16).toUpperCase().padStart(4, '0')} 0100007F:0477`;
const line = (number: number) =>
  `${String(number).padStart(4)}: ${key(number)} 06 00000000:00000000 03:00000F1E 00000000     0        0 ${number} 3 0000000000000000\n`;
const thousands = header + Array.from({ length: 10_000 }, (_, number) => line(number)).join('');

/**
 * A list of ten thousand sockets. Notes when each reading began, and the least time that the `first` of them took from
 * this thread.
 */
function longList(milliseconds = 0) {
  const readings: number[] = [];
  const costs: number[] = [];
  const readTable: ReadTable = (_table, into, length, position) => {
    const began = performance.now();
    if (position === 0) {
      readings.push(began);
      costs.push(0);
    }
    while (performance.now() - began < milliseconds);
    costs.push((costs.pop() ?? 0) + milliseconds);
    return into.write(thousands.slice(position, position + length), 'latin1');
  };
  const spent = (first: number) => costs.slice(0, first).reduce((sum, cost) => sum + cost, 0);
  return { tables: createSocketTables(readTable), readings, spent };
}

describe('finds a line', () => {
  test.each([0, 6, 7, 8, 431, 9999])('number %d of ten thousand, wherever the pages end', async (number) => {
    const fields = await longList().tables.find('tcp', key(number));
    expect(fields?.[0]).toBe('06');
    expect(fields?.[6]).toBe(String(number));
  });
  test.each([key(10_000), '0100007F:0001', '', `${key(5)} 06`])('none for %j', async (unknown) => {
    expect(await longList().tables.find('tcp', unknown)).toBeNull();
  });
  test('and stops reading there', async () => {
    let end = 0;
    const tables = createSocketTables((_table, into, length, position) => {
      end = position + length;
      return into.write(thousands.slice(position, end), 'latin1');
    });
    await tables.find('tcp', key(3));
    expect(end).toBeLessThan(4096);
  });
});

describe('84: thousands of sockets and a flood of connections', () => {
  test('all that ask while a list is read are answered by one more reading', async () => {
    const { tables, readings } = longList();
    const answers = await Promise.all(Array.from({ length: 2000 }, (_, number) => tables.find('tcp', key(number))));
    expect(answers.every((fields, number) => fields?.[6] === String(number))).toBe(true);
    expect(readings.length).toBeLessThanOrEqual(2);
  });

  test('readings without an end take a quarter of the processor, and no more', async () => {
    const { tables, readings, spent } = longList(2);
    for (let round = 0; round < 8; round += 1) await tables.find('tcp', 'nobody');
    const all = (readings.at(-1) ?? 0) - (readings[0] ?? 0);
    expect(readings).toHaveLength(8);
    // The burst, and the last reading, whose pause is still to come, are not part of the share.
    expect(spent(7)).toBeLessThanOrEqual(all * 0.25 + 20 + 1);
  });

  test('between two pages others have their turn', async () => {
    const { tables } = longList(2);
    let turns = 0;
    const count = setInterval(() => {
      turns += 1;
    }, 0);
    await tables.find('tcp', 'nobody');
    clearInterval(count);
    expect(turns).toBeGreaterThan(5);
  });
});

test('83: a list that cannot be read is told to all that wait for it, and is tried again for the next', async () => {
  let broken = true;
  const tables = createSocketTables((_table, into, length, position) => {
    if (broken) throw new Error('no descriptor left');
    return into.write((header + line(1)).slice(position, position + length), 'latin1');
  });
  const asked = [tables.find('tcp', key(1)), tables.find('tcp', key(1))];
  expect((await Promise.allSettled(asked)).map(({ status }) => status)).toEqual(['rejected', 'rejected']);
  broken = false;
  expect(await tables.find('tcp', key(1))).not.toBeNull();
});
