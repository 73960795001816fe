import { expect, test } from 'vitest';
import { withPlaces } from '../../proxy/config/json-place.ts';

const text = `{
  "version": 1,
  "a b": 0,
  "accounts": [
    { "name": "A", "relays": [
      { "name": "r" }, 7
    ] }
  ]
}`;

async function placesOf(...paths: string[]) {
  const issues = paths.map((path) => ({ path, message: 'expected' }));
  return (await withPlaces(text, issues)).map(({ path, line, column }) => [path, line, column]);
}

test.each([
  ['the whole', '', 1, 1],
  ['a key', 'version', 2, 3],
  ['a key that is no plain word', '["a b"]', 3, 3],
  ['an entry of a list', 'accounts[0]', 5, 5],
  ['what is deep down', 'accounts[0].relays[0].name', 6, 9],
  ['a plain entry', 'accounts[0].relays[1]', 6, 24],
  ['what is missing, by what lacks it', 'accounts[0].relays[0].tls', 6, 7],
  ['what is missing at the top', 'settings.logLevel', 1, 1],
  ['an entry that there is not', 'accounts[3].name', 4, 3],
  ['a step into what has no inside', 'version.x', 2, 3],
  ['a path that cannot be read', '["a].b"][', 1, 1],
])('%s has its line and column', async (_, path, line, column) => {
  expect(await placesOf(path)).toEqual([[path, line, column]]);
});

test('a text that is nested too deep to be walked has issues without a place', async () => {
  const deep = `${'['.repeat(50_000)}${']'.repeat(50_000)}`;
  const issue = { path: '', message: 'expected an object' };
  expect(await withPlaces(deep, [issue])).toEqual([issue]);
});

test('they come in the order of the text', async () => {
  expect((await placesOf('accounts[0].name', 'settings', 'version')).map(([path]) => path)).toEqual([
    'settings',
    'version',
    'accounts[0].name',
  ]);
});
