import { expect, test } from 'vitest';
import { passwordSignIn } from '../../../main/cli/add-app-password.ts';
import type { DiscoveryReport } from '../../../proxy/contract/index.ts';

async function ask(signIn: string | null, { keep = false, answer = '' as string | null } = {}) {
  const said: string[] = [];
  const provider = signIn === null ? null : { name: 'Example Mail', signIn };
  const report = { user: 'ada@x.test', provider } as Pick<DiscoveryReport, 'provider' | 'user'>;
  const terminal = answer === null ? null : { question: async () => answer };
  const chosen = await passwordSignIn(report, keep, terminal, { lines: (...lines) => void said.push(...lines) });
  return { chosen, said: said.join('\n') };
}

const stored = { kind: 'stored', user: 'ada@x.test' };

test('where app passwords are made, both ways are offered, with what each means', async () => {
  const two = await ask('app-password', { answer: ' 2 ' });
  expect(two.chosen).toEqual(stored);
  expect(two.said).toMatch(
    /Your mail program: you type the app password there[\s\S]*Postern: it keeps the app password/,
  );
  for (const answer of ['', '1', 'y']) expect((await ask('app-password', { answer })).chosen).toBeNull();
});

test('elsewhere, and where nobody can answer, the mail program sends it; unless the person has chosen already', async () => {
  for (const signIn of ['password', null]) expect(await ask(signIn)).toEqual({ chosen: null, said: '' });
  expect(await ask('app-password', { answer: null })).toEqual({ chosen: null, said: '' });
  expect((await ask('password', { keep: true, answer: null })).chosen).toEqual(stored);
});
