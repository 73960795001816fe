import { readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { diagnosisWords } from '../../proxy/contract/diagnosis-words.ts';
import { type DiagnosisCode, diagnose, diagnosisCodes, refusalReasons } from '../../proxy/contract/index.ts';
import { codeOfRefusal } from '../../proxy/diagnosis/of-reasons.ts';
import { repositoryFiles, textOf } from '../support/sources.ts';

const pages = readFileSync(new URL('../../docs/diagnosis.md', import.meta.url), 'utf8');
const sections = new Map(
  [...pages.matchAll(/^### (\S+)\n([\s\S]*?)(?=^#|$(?![\s\S]))/gm)].map(([, name = '', text = '']) => [
    name,
    text.trim(),
  ]),
);

describe('the pages', () => {
  test('every code has its section, and every section its code', () => {
    expect([...sections.keys()].sort()).toEqual([...diagnosisCodes].sort());
  });

  test.each(diagnosisCodes)('%s says more than the catalogue does', (code) => {
    expect(sections.get(code)?.length).toBeGreaterThan(80);
  });
});

describe('the words', () => {
  test.each(diagnosisCodes)('%s', (code) => {
    const { sentence, advice, page } = diagnose({ code, facts: { server: 'mail.example.org', port: 993 } });
    for (const text of [sentence, advice]) {
      expect(text).toMatch(/[.]$/);
      expect(text).not.toMatch(/[{}[\]]|undefined|\bnull\b| {2}/);
    }
    expect(page).toBe(`docs/diagnosis.md#${code}`);
  });

  test('a sentence whose fact is not known is left out', () => {
    const words = (facts: object) => diagnose({ code: 'name-mismatch', facts }).sentence;
    expect(words({ server: 'a.test' })).toBe('The certificate is not for a.test.');
    expect(words({ server: 'a.test', names: 'b.test' })).toBe('The certificate is not for a.test. It is for b.test.');
  });

  test('a text from outside is no template', () => {
    const { sentence } = diagnose({ code: 'certificate-resigned', facts: { product: '{server} [x]' } });
    expect(sentence).toContain('{server} [x] on this computer');
  });

  test('a name begins a sentence as it is written, what stands in for it with a capital', () => {
    expect(diagnose({ code: 'server-closed', facts: { server: 'mail.test' } }).sentence).toMatch(/^mail\.test hung up/);
    expect(diagnose({ code: 'server-closed' }).sentence).toMatch(/^The server hung up/);
  });
});

test('every code is met through the built product, by a real cause', () => {
  const met = repositoryFiles()
    .filter((file) => /^tests\/(?:end-to-end|faults)\/.*\.test\.ts$|^tests\/support\/causes\.ts$/.test(file))
    .map(textOf)
    .join('\n');
  expect(diagnosisCodes.filter((code) => !met.includes(`'${code}'`))).toEqual([]);
});

test('every refusal is recognised as something', () => {
  const codes: DiagnosisCode[] = refusalReasons.map((reason) => codeOfRefusal[reason]);
  for (const code of codes) expect(diagnosisWords).toHaveProperty(code);
});
