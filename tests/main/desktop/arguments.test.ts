import { expect, test } from 'vitest';
import { readCommandWords, readDesktopArguments } from '../../../main/desktop/arguments.ts';

test.each([
  [[], { dataDirectory: null, hidden: false }],
  [['--hidden'], { dataDirectory: null, hidden: true }],
  [['--data-dir', '/a b'], { dataDirectory: '/a b', hidden: false }],
  [['--data-dir=/a=b', '--hidden'], { dataDirectory: '/a=b', hidden: true }],
  [['--no-sandbox', '.', '--data-dir', '/a', '--data-dir', '/b'], { dataDirectory: '/b', hidden: false }],
  [['--data-dir'], { dataDirectory: null, hidden: false }],
  [['--data-dir='], { dataDirectory: null, hidden: false }],
])('%j', (argv, read) => {
  expect(readDesktopArguments(['postern', ...argv])).toEqual(read);
});

test.each<[string[], string[] | null]>([
  [[], null],
  [['--', 'status'], null],
  [
    ['--postern-command', '--', 'status', '--json'],
    ['status', '--json'],
  ],
  [
    ['--ozone-platform=headless', '--postern-command', '--', 'run', '--', '--json'],
    ['run', '--', '--json'],
  ],
  [['--postern-command', '--'], []],
  [['--postern-command'], []],
])('the words of the command in %j', (argv, read) => {
  expect(readCommandWords(['/opt/Postern/postern-desktop', ...argv])).toEqual(read);
});
