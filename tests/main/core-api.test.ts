import { expect, test } from 'vitest';
import { createCoreApi } from '../../main/core-api.ts';
import type { CoreMessage } from '../../proxy/contract/index.ts';
import type { Commands } from '../../proxy/index.ts';
import { CommandFailed } from '../../proxy/state/command-failed.ts';
import { createStateStore } from '../../proxy/state/store.ts';

const newState = () =>
  createStateStore({ version: '1', startedAt: '', paused: false, questionsDropped: 0, warnings: [] });

test('a snapshot at once, then changes gathered into few messages, none after the end', async () => {
  const state = newState();
  const api = createCoreApi(state, {} as Commands, () => undefined);
  const messages: CoreMessage[] = [];
  let heard: () => void = () => {};
  const end = api.subscribe((message) => {
    messages.push(message);
    heard();
  });
  expect(messages).toEqual([{ kind: 'snapshot', snapshot: state.snapshot() }]);
  for (let count = 0; count < 50; count += 1) state.patch('core', 'core', { questionsDropped: count });
  await new Promise<void>((resolve) => {
    heard = resolve;
  });
  const [, changes] = messages;
  expect(messages).toHaveLength(2);
  expect(changes?.kind === 'changes' ? changes.changes.map(({ revision }) => revision) : []).toEqual(
    Array.from({ length: 50 }, (_, index) => index + 1),
  );
  state.patch('core', 'core', { paused: true });
  end();
  await new Promise((resolve) => setTimeout(resolve, 100));
  expect(messages).toHaveLength(2);
});

test('commands get checked input; expected failures are results, and mistakes are told apart from them', async () => {
  const inputs: unknown[] = [];
  const faults: unknown[] = [];
  const mistake = new RangeError('detail');
  const commands = {
    resume: async (input: unknown) => {
      inputs.push(input);
      return null;
    },
    reject: async () => {
      throw new CommandFailed('not-pending', 'It does not wait.');
    },
    pause: async () => {
      throw mistake;
    },
  } as unknown as Commands;
  const api = createCoreApi(newState(), commands, (error) => faults.push(error));
  expect(await api.command('resume', {})).toEqual({ ok: true, value: null });
  expect(inputs).toEqual([{}]);
  expect(await api.command('reject', { id: '00112233' })).toEqual({
    ok: false,
    failure: { code: 'not-pending', message: 'It does not wait.' },
  });
  const failed = await api.command('pause', {});
  expect(failed.ok ? '' : failed.failure.message).not.toContain('detail');
  expect(faults).toEqual([mistake]);
  const bad = await api.command('reject', { id: 'no hex' });
  expect(bad).toMatchObject({
    ok: false,
    failure: { code: 'bad-input', message: expect.stringContaining('id: expected') },
  });
});
