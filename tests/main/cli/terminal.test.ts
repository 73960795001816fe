import { PassThrough, Readable } from 'node:stream';
import { describe, expect, test } from 'vitest';
import { openTerminal, readFirstLine } from '../../../main/cli/terminal.ts';
import type { Output } from '../../../main/output.ts';

/** An output that records what was shown. */
function keep(): { output: Output; shown(): string } {
  let shown = '';
  const output: Output = {
    lines: (...lines) => {
      shown += lines.join('\n');
    },
    json: () => undefined,
    complain: (...lines) => {
      shown += `${lines.join('\n')}\n`;
    },
    ask: (question) => {
      shown += question;
    },
    flush: async () => undefined,
  };
  return { output, shown: () => shown };
}

describe('a question in the terminal', () => {
  test('a password is taken as typed, with its corrections, and not shown', async () => {
    const { output, shown } = keep();
    const input = new PassThrough();
    const answer = openTerminal(input, output).question('Password: ', true);
    input.write('hunter3\u007f2 pass\u0020word\r');
    expect(await answer).toBe('hunter2 pass word');
    expect(shown()).toBe('Password: \n');
  });

  test('an empty answer is an answer; Ctrl+C and Ctrl+D are none', async () => {
    for (const [typed, expected] of [
      ['\r', ''],
      ['abc\u0003', null],
      ['\u0004', null],
    ] as const) {
      const { output } = keep();
      const input = new PassThrough();
      const answer = openTerminal(input, output).question('Password: ', true);
      input.write(typed);
      expect(await answer).toBe(expected);
    }
  });
});

describe('the first line of what is piped in', () => {
  test.each([
    [['secret\n'], 'secret'],
    [['secret\r\nmore\n'], 'secret'],
    [['sec', 'ret', '\nrest'], 'secret'],
    [['no line end'], 'no line end'],
    [[' kept as it is \n'], ' kept as it is '],
    [[], ''],
    [['\n'], ''],
  ])('%j', async (chunks, expected) => {
    expect(await readFirstLine(Readable.from(chunks))).toBe(expected);
  });

  test('of an input that never ends, reading ends', async () => {
    const endless = Readable.from(
      (function* () {
        for (;;) yield 'x'.repeat(10_000);
      })(),
    );
    expect((await readFirstLine(endless)).length).toBeGreaterThan(100_000);
  });
});
