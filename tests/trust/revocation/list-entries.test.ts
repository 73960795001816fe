import { randomBytes } from 'node:crypto';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { findRevoked } from '../../../proxy/trust/revocation/list-entries.ts';
import { readRevocationList, UnusableList } from '../../../proxy/trust/revocation/revocation-list.ts';
import { DerFault } from '../../../proxy/trust/x509/der.ts';
import { limits } from '../../../proxy/trust/x509/limits.ts';
import { createAuthority, der, type RevocationListOptions, revocationList } from '../../support/pki.ts';

const authority = createAuthority({ cn: 'Root' });
const at = new Date('2026-11-20T10:00:00Z');
const serial = (...bytes: number[]) => Buffer.from(bytes);

function entriesOf(revoked: RevocationListOptions['revoked'] = []): Buffer {
  return readRevocationList(revocationList(authority, { revoked })).entries;
}

/** The serial numbers among `asked` that are revoked, in hex. */
async function found(revoked: RevocationListOptions['revoked'], ...asked: Buffer[]): Promise<string[]> {
  return [...(await findRevoked(entriesOf(revoked), asked)).keys()];
}

describe('an entry', () => {
  test('is found by the whole of its serial number, with its date', async () => {
    const entries = entriesOf([
      { serial: serial(1, 2, 3, 4, 5), at },
      { serial: serial(9), at },
    ]);
    const asked = [serial(1, 2, 3, 4, 5), serial(2, 3, 4, 5), serial(7, 2, 3, 4, 5), serial(9), serial(0)];
    expect(Object.fromEntries(await findRevoked(entries, asked))).toEqual({
      '0102030405': at.getTime() / 1000,
      '09': at.getTime() / 1000,
    });
  });

  test.each([1, 2, 3, 4, 5, 6, 9, 10])('counts with the reason %i', async (reason) => {
    expect(await found([{ serial: serial(5), reason }], serial(5))).toEqual(['05']);
  });

  test('that was released again does not count (removeFromCRL)', async () => {
    const revoked = [
      { serial: serial(5), reason: 8 },
      { serial: serial(6), reason: 6 },
    ];
    expect(await found(revoked, serial(5), serial(6))).toEqual(['06']);
    const critical = [{ serial: serial(5), extensions: [extension('0603551d15', true, der(0x0a, serial(8)))] }];
    expect(await found(critical, serial(5))).toEqual([]);
  });

  test('may say since when it is invalid, and whatever is not critical', async () => {
    const extensions = [
      extension('0603551d18', true, der(0x18, Buffer.from('20261101000000Z'))),
      extension('06032a0304', false, der(5)),
    ];
    expect(await found([{ serial: serial(5), reason: 1, extensions }], serial(5))).toEqual(['05']);
  });

  test.each([
    ['names another issuer', '0603551d1d'],
    ['says what nobody knows', '06032a0304'],
  ])('that %s, critically, makes the list useless', async (_, oid) => {
    const revoked = [{ serial: serial(1) }, { serial: serial(5), extensions: [extension(oid, true, der(0x30))] }];
    await expect(found(revoked, serial(1))).rejects.toBeInstanceOf(UnusableList);
  });
});

test('an entry with as many extensions as anybody needs is read, and with one more it is a fault', async () => {
  const extensions = Array.from({ length: limits.extensions }, (_, n) =>
    extension(`06032a03${n.toString(16).padStart(2, '0')}`, false, der(5)),
  );
  const revoked = (count: number) => [{ serial: serial(5), extensions: extensions.slice(0, count) }];
  expect(await found(revoked(limits.extensions), serial(5))).toHaveLength(1);
  const more = [...(revoked(limits.extensions)[0]?.extensions ?? []), extension('06032a047f', false, der(5))];
  await expect(found([{ serial: serial(5), extensions: more }], serial(5))).rejects.toBeInstanceOf(DerFault);
});

test('an empty list revokes nothing', async () => {
  expect(await found([], serial(5))).toEqual([]);
});

test('entries cut off anywhere are a fault, and never a shorter list', async () => {
  const whole = entriesOf([{ serial: serial(5), reason: 1, extensions: [extension('06032a0304', false, der(5))] }]);
  for (let length = 1; length < whole.length; length += 1) {
    await expect(findRevoked(whole.subarray(0, length), [serial(5)])).rejects.toBeInstanceOf(DerFault);
  }
});

test('any bytes are read to the end or are a fault', async () => {
  const bytes = fc.oneof(
    fc.uint8Array({ maxLength: 200 }),
    fc.uint8Array({ maxLength: 60 }).map((inside) => der(0x30, inside)),
  );
  await fc.assert(
    fc.asyncProperty(bytes, async (entries) => {
      const outcome = await findRevoked(Buffer.from(entries), [serial(5)]).catch((error: unknown) => error);
      expect([Map, DerFault, UnusableList].some((kind) => outcome instanceof kind)).toBe(true);
    }),
    { numRuns: 2_000 },
  );
});

test('whichever serial numbers are listed, those and no others are found', async () => {
  const number = fc.uint8Array({ minLength: 1, maxLength: 20 }).map((bytes) => Buffer.from([0x40, ...bytes]));
  await fc.assert(
    fc.asyncProperty(
      fc.array(number, { maxLength: 20 }),
      fc.array(number, { maxLength: 5 }),
      async (listed, others) => {
        const hex = (serials: Buffer[]) => new Set(serials.map((bytes) => bytes.toString('hex')));
        const expected = [...hex([...listed, ...others])].filter((text) => hex(listed).has(text));
        const answer = await found(
          listed.map((bytes) => ({ serial: bytes, reason: 1 })),
          ...listed,
          ...others,
        );
        expect(answer.sort()).toEqual(expected.sort());
      },
    ),
    { numRuns: 200 },
  );
});

test('100,000 entries leave nothing behind in memory, and the event loop turns meanwhile', async () => {
  const one = serial(0x4a, ...randomBytes(15));
  const entry = (bytes: Buffer) => {
    const reason = Buffer.from('300c300a0603551d1504030a0101', 'hex');
    return der(0x30, der(0x02, bytes), der(0x17, Buffer.from('261120100000Z')), reason);
  };
  const numbers = randomBytes(100_000 * 16);
  const all = Array.from({ length: 100_000 }, (_, index) => {
    const bytes = Buffer.from(numbers.subarray(index * 16, index * 16 + 16));
    bytes.writeUInt8(0x4b, 0);
    return entry(bytes);
  });
  const entries = Buffer.concat([...all, entry(one)]);
  all.length = 0;
  setFlagsFromString('--expose-gc');
  const collect = runInNewContext('gc') as () => void;
  const inUse = () => {
    collect();
    const { heapUsed, arrayBuffers } = process.memoryUsage();
    return heapUsed + arrayBuffers;
  };
  const before = inUse();
  const during: number[] = [];
  const watching = setInterval(() => during.push(inUse()));
  const answer = await findRevoked(entries, [one, serial(1)]);
  clearInterval(watching);
  expect([...answer.keys()]).toEqual([one.toString('hex')]);
  expect(during.length).toBeGreaterThan(0);
  // Objects of 100,000 entries would take tens of megabytes.
  expect(Math.max(...during, inUse()) - before).toBeLessThan(2 * 1024 * 1024);
});

/** An entry's extension; `oid` with its tag and length, in hex. */
function extension(oid: string, critical: boolean, value: Uint8Array): Buffer {
  const flag = critical ? [der(0x01, Buffer.from([0xff]))] : [];
  return der(0x30, Buffer.from(oid, 'hex'), ...flag, der(0x04, value));
}
