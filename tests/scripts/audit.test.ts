import { expect, test } from 'vitest';

// Plain JavaScript without types, so its parameters and results are declared here.
const { verdict } = (await import(new URL('../../scripts/audit.mjs', import.meta.url).href)) as {
  verdict(output: string): { known: string[] | null; words: string };
};

test.each<[string, object | string, string[] | null, string]>([
  ['none known', { vulnerabilities: {} }, [], 'No vulnerability is known in what runs in the product.'],
  [
    'some known',
    { vulnerabilities: { zod: { name: 'zod', severity: 'high' } } },
    ['zod (high)'],
    'Known vulnerabilities in what runs in the product: zod (high). See: npm audit --omit=dev',
  ],
  [
    'the registry answers no',
    { message: '405 Method Not Allowed', error: { summary: '', detail: '' } },
    null,
    'Known vulnerabilities were not looked up: 405 Method Not Allowed',
  ],
  [
    'no registry there',
    { error: { code: 'ENOTFOUND', summary: '' } },
    null,
    'Known vulnerabilities were not looked up: ENOTFOUND',
  ],
  ['no JSON', 'npm error', null, 'Known vulnerabilities were not looked up: its answer could not be read'],
  ['nothing', '', null, 'Known vulnerabilities were not looked up: its answer could not be read'],
  ['an empty object', {}, null, 'Known vulnerabilities were not looked up: its answer was empty'],
])('findings are told apart from a failure to ask: %s', (_name, output, known, words) => {
  const text = typeof output === 'string' ? output : JSON.stringify(output);
  expect(verdict(text)).toEqual({ known, words });
});
