import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { parseJson } from '../../proxy/config/json-text.ts';

// The hints for common mistakes are in the table of load.test.ts.
describe('parseJson', () => {
  test('gives exactly what JSON.parse gives, for every value, however it is spaced', async () => {
    await fc.assert(
      fc.asyncProperty(fc.jsonValue(), fc.constantFrom(undefined, 1, '\t'), async (value, space) => {
        const text = JSON.stringify(value, null, space);
        expect(await parseJson(text)).toEqual({ ok: true, value: JSON.parse(text) });
      }),
    );
  });

  test('finds every key that stands twice, wherever it is', async () => {
    const text = '{"a":{"x":1,"x":2},\n"b":[{"y":1},{"y":2,"y":3}],\n"a":1, "__proto__": 1, "__proto__": 2}';
    const parsed = await parseJson(text);
    expect(parsed.ok ? [] : parsed.issues.map(({ path }) => path)).toEqual(['a.x', 'b[1].y', 'a', '__proto__']);
  });

  test('does not take colons in texts for keys', async () => {
    expect((await parseJson('{"a:b":"c:\\"d:","e":["::"]}')).ok).toBe(true);
  });

  test('finds a place in everything that is not JSON, and never throws', async () => {
    await fc.assert(
      fc.asyncProperty(fc.string({ unit: fc.constantFrom(...'{}[]":, \n\\/truefalsn01.-\'“x') }), async (text) => {
        const parsed = await parseJson(text);
        if (parsed.ok) expect(parsed.value).toEqual(JSON.parse(text));
        else expect(parsed.issues[0]?.message).toMatch(/line \d+, column \d+: expected /);
      }),
      { numRuns: 1000 },
    );
  });

  test('survives a depth that is meant to break it', async () => {
    expect((await parseJson('['.repeat(200_000))).ok).toBe(false);
    expect((await parseJson('{"a":'.repeat(50_000))).ok).toBe(false);
  });
});
