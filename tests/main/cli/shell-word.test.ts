import { expect, test } from 'vitest';
import { operands, shellWord } from '../../../main/cli/shell-word.ts';
import { runProgram } from '../../support/programs.ts';

const texts = [
  'Work',
  'ada@example.org',
  'Büro 2',
  'It\'s $(touch pwned) `touch pwned` "x" \\ & | ; < > * ? # !',
  '~',
  '=ls',
  '-x',
  'a\\b',
  'C:\\Users\\Ada',
  '%PATH%',
  '',
];

test.each(['sh', 'bash'])('%s takes each text as one word, and as it is', async (shell) => {
  for (const text of texts) {
    const { stdout } = await runProgram(shell, ['-c', `printf '%s|' ${shellWord(text, 'NAME', 'linux')} end`]);
    expect(stdout.toString()).toBe(`${text}|end|`);
  }
});

test('on Windows double quotes, which cmd and PowerShell both know, or a placeholder where these change something', () => {
  const windows = (text: string) => shellWord(text, 'NAME', 'win32');
  expect(['Work', 'C:\\Users\\Ada', 'Büro 2', "it's & co", 'a@b'].map(windows)).toEqual([
    'Work',
    'C:\\Users\\Ada',
    '"Büro 2"',
    '"it\'s & co"',
    '"a@b"',
  ]);
  for (const text of ['%PATH%', '$(calc)', '`n', 'a"b', 'a“b', 'ends in \\', '']) expect(windows(text)).toBe('NAME');
});

test('a name that begins with a dash comes last, behind the options', () => {
  expect(operands(['Work', 'PROGRAM'], ' --data-dir /srv', 'linux')).toBe(' Work PROGRAM --data-dir /srv');
  expect(operands(['-x'], ' --data-dir /srv', 'linux')).toBe(' --data-dir /srv -- -x');
});
