import { expect, test } from 'vitest';
import { meantCommand, unknownAction } from '../../../main/cli/meant.ts';

const commands = ['run', 'add', 'status', 'accounts', 'certificates', 'check', 'card', 'config', 'resume', 'window'];

test.each([
  ['statsu', ' Did you mean status?'],
  ['cert', ' Did you mean certificates?'],
  ['START', ' Did you mean run?'],
  ['version', ' Did you mean --version?'],
  ['-V', ' Did you mean --version?'],
  ['--hlep', ' Did you mean --help?'],
  ['trust', ' Did you mean "postern certificates approve ID"?'],
  ['approve', ' Did you mean "postern certificates approve ID"?'],
  ['ca', ''],
  ['frobnicate', ''],
  ['constructor', ''],
  ['__proto__', ''],
  ['--json', ''],
])('%s:%s', (typed, said) => expect(meantCommand(typed, commands)).toBe(said));

test.each([
  ['stop', 'quit'],
  ['log', 'logs'],
])('%s and %s are answered where no command does it', (...words) => {
  const [one, other] = words.map((word) => meantCommand(word, commands));
  expect(one).toMatch(words[0] === 'stop' ? /^ Ctrl\+C stops Postern/ : /^ The log is in the folder "logs"/);
  expect(other).toBe(one);
});

test.each([
  ['devices', 'refuse', ['list', 'allow', 'forget'], 'forget'],
  ['certificates', 'trust', ['list', 'approve', 'reject', 'use-name', 'forget'], 'approve'],
  ['certificates', 'frget', ['list', 'approve', 'reject', 'use-name', 'forget'], 'forget'],
  ['accounts', 'delete', ['list', 'rename', 'remove'], 'remove'],
])('%s %s', (command, typed, actions, meant) => {
  expect(unknownAction(command, typed, actions)).toBe(
    `There is no "${command} ${typed}". Did you mean ${meant}? There are ${actions.join(', ')}.`,
  );
});
