import { readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { parseConfiguration } from '../../proxy/config/load.ts';
import { schemaFile, schemaText } from '../../scripts/schema.ts';

test('assets/config.schema.json is what the program checks with ("npm run schema" brings it up to date)', () => {
  expect(readFileSync(schemaFile, 'utf8')).toBe(schemaText());
});

test('it has no way to do without TLS', () => {
  const found = /"tls": \{\s*"type": "string",\s*"enum": (\[[^\]]*\])/.exec(schemaText())?.[1];
  expect(JSON.parse(found ?? '[]')).toEqual(['implicit', 'starttls']);
});

describe('docs/configuration.md', () => {
  const text = readFileSync(new URL('../../docs/configuration.md', import.meta.url), 'utf8');

  test('shows a configuration that works', async () => {
    const example = /```json\n([\s\S]*?)```/.exec(text)?.[1] ?? '';
    expect((await parseConfiguration(example, 'the example')).accounts[0]?.relays).toHaveLength(2);
  });

  test('explains every key', () => {
    const keys = [...schemaText().matchAll(/"([A-Za-z]+)": \{/g)].map(([, key]) => key ?? '');
    const structure = new Set(['properties', 'items', 'default', 'certificate', 'key']);
    const unexplained = keys.filter((key) => !structure.has(key) && !text.includes(`\`${key}\``));
    expect(keys).toContain('certificateDecisionSeconds');
    expect(unexplained).toEqual([]);
  });
});

describe('a key named as something that every object has', () => {
  const configuration = (name: string, more: string) =>
    `{"version":1,"accounts":[{"name":"${name}","relays":[{"name":"${name}","protocol":"imap","listen":1143,"server":"a.test","port":993,"tls":"implicit"}]}]${more}}`;
  const names = ['constructor', '__proto__', 'toString'];

  test.each(names)('97: %s is an unknown key', async (name) => {
    for (const more of [`,"${name}":{}`, `,"settings":{"${name}":true}`]) {
      await expect(parseConfiguration(configuration('A', more), 'config.json')).rejects.toMatchObject({
        issues: [{ message: expect.stringContaining('unknown key') }],
      });
    }
    expect(({} as Record<string, unknown>).polluted).toBeUndefined();
  });
  test.each(names)('honest: 97: an account and a relay may be called %s', async (name) => {
    const { accounts } = await parseConfiguration(configuration(name, ''), 'config.json');
    expect(accounts[0]?.relays[0]?.name).toBe(name);
  });
});
