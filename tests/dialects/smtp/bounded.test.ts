import { describe, expect, test } from 'vitest';
import { createBounds } from '../../../proxy/dialects/bounds.ts';
import { smtp } from '../../../proxy/dialects/smtp/smtp.ts';
import { gateFor } from '../../gate/support/gates.ts';
import { type Entry, play, type ScriptOptions } from '../../support/script.ts';

// What a relay for devices lets through, told as conversations.

const senders = ['scanner@example.org'];
let sent = 0;
const bounds = (recipientsPerHour = 60) => ({
  ...createBounds({ senders, recipientsPerHour }, () => 0),
  sent: () => {
    sent += 1;
  },
});
const signedIn: Entry[] = [
  ['relayed', 'EHLO printer'],
  ['server', '250-mail', '250-XCLIENT NAME', '250-SIZE 1000', '250-CHUNKING', '250-BURL', '250 AUTH PLAIN'],
  ['program hears', '250-mail', '250-SIZE 1000', '250-CHUNKING', '250-AUTH PLAIN', '250 AUTH=PLAIN'],
  ['relayed', 'AUTH PLAIN AGFsaWNlAGh1bnRlcjI='],
  ['answered', '235 ok'],
];
const sender: Entry[] = [
  ['relayed', 'MAIL FROM:<scanner@example.org>'],
  ['answered', '250 ok'],
];
const recipient: Entry[] = [
  ['relayed', 'RCPT TO:<alice@example.org>'],
  ['answered', '250 ok'],
];
const goAhead: Entry[] = [
  ['relayed', 'DATA'],
  ['answered', '354 go'],
];
const bye: Entry[] = [
  ['relayed', 'QUIT'],
  ['answered', '221 bye'],
  ['ends', 'closed'],
];
const conversation = (script: readonly Entry[], more: Partial<ScriptOptions<null>> = {}) =>
  play(smtp, { knowledge: null, bounds: bounds(), ...more }, script);

describe('message after message', () => {
  test('honest: 109, 110: a text crosses as it is, bare line ends and all, and the next message is read again', async () => {
    const text = 'Subject: x\r\n\r\n..a\nb\rc\0\r\n\r\n.\r\n';
    const message: Entry[] = [
      ...sender,
      ...recipient,
      ...goAhead,
      ['program raw', text],
      ['server hears', 'Subject: x', '', '..a\n', 'b\rc\0', '', '.'],
      ['answered', '250 taken'],
    ];
    const before = sent;
    const { program, server } = await conversation([...signedIn, ...message, ...message, ...bye]);
    expect(sent - before).toBe(2);
    expect(server.heard.split(text)).toHaveLength(3);
    expect(program.heard).toContain('250 taken');
  });

  test('everything in one piece, as a program does that pipelines', async () => {
    const on = await conversation([
      ...signedIn,
      [
        'program raw',
        'MAIL FROM:<scanner@example.org>\r\nRCPT TO:<alice@example.org>\r\nDATA\r\nx\r\n.\r\nRSET\r\nQUIT\r\n',
      ],
      ['server hears', 'MAIL FROM:<scanner@example.org>'],
      ['answered', '250 1'],
      ['server hears', 'RCPT TO:<alice@example.org>'],
      ['answered', '250 2'],
      ['server hears', 'DATA'],
      ['answered', '354 3'],
      ['server hears', 'x', '.'],
      ['answered', '250 4'],
      ['server hears', 'RSET'],
      ['answered', '250 5'],
      ['server hears', 'QUIT'],
      ['answered', '221 6'],
      ['ends', 'closed'],
    ]);
    expect(on.notes).toEqual(['signed-in']);
  });

  test('chunks, with bytes that look like an end', async () => {
    await conversation([
      ...signedIn,
      ...sender,
      ...recipient,
      ['program raw', 'BDAT 7\r\nx\n.\n.\r\nBDAT 2 LAST\r\n\r\n'],
      ['server hears', 'BDAT 7', 'x\n', '.\n', '.'],
      ['answered', '250 7 octets'],
      ['server hears', 'BDAT 2 LAST', ''],
      ['answered', '250 taken'],
      ...sender,
      ...bye,
    ]);
  });

  test('a refused sender, recipient, go-ahead or text leaves a way to go on', async () => {
    await conversation([
      ...signedIn,
      ['relayed', 'MAIL FROM:<scanner@example.org>'],
      ['answered', '451 later'],
      ['declined', 'RCPT TO:<alice@example.org>', /^503 5\.5\.1 Postern: RCPT is out of order/],
      ...sender,
      ['relayed', 'RCPT TO:<bob@example.org>'],
      ['answered', '550 unknown'],
      ['declined', 'DATA', /^503 /],
      ...recipient,
      ['relayed', 'DATA'],
      ['answered', '451 later'],
      ...goAhead,
      ['program raw', 'x\r\n.\r\n'],
      ['server hears', 'x', '.'],
      ['answered', '554 no'],
      ['declined', 'DATA', /^503 /],
      ...sender,
      ['relayed', 'RSET'],
      ['answered', '250 ok'],
      ['declined', 'RCPT TO:<alice@example.org>', /^503 /],
      ['declined', 'AUTH PLAIN AGFsaWNlAGh1bnRlcjI=', /^503 /],
      ...bye,
    ]);
  });

  test('a command that it does not know goes nowhere: what follows might be no command', async () => {
    await conversation([
      ...signedIn,
      ...['XEXCH50 100 2', 'BURL imap://x LAST', 'ETRN example.net', 'VRFY alice', 'STARTTLS', 'XCLIENT ADDR=1'].map(
        (line): Entry => ['declined', line, /^502 5\.5\.1 Postern/],
      ),
      ['relayed', 'NOOP'],
      ['answered', '250 ok'],
      ...bye,
    ]);
  });

  test('without a sign-in, if the server has it so', async () => {
    await conversation([
      ...signedIn.slice(0, 3),
      ['declined', 'MAIL FROM:<other@example.org>', /^550 5\.7\.1/],
      ...sender,
      ...recipient,
      ...goAhead,
      ['program raw', '.\r\n'],
      ['server hears', '.'],
      ['answered', '250 taken'],
      ['noted', 'sender-not-allowed', 'signed-in'],
      ...bye,
    ]);
  });

  test('a device that leaves without QUIT has done nothing wrong', async () => {
    await conversation([...signedIn, ['program leaves'], ['ends', 'closed']]);
  });

  test('one that leaves in the middle of a text: the server gets no end of it', async () => {
    await conversation([
      ...signedIn,
      ...sender,
      ...recipient,
      ...goAhead,
      ['program raw', 'half a line'],
      ['program leaves'],
      ['ends', 'ChannelClosed'],
    ]);
  });
});

test('honest: 110: lines that end in LF alone; the server hears CR LF', async () => {
  const on = await conversation([
    ['program raw', 'HELO printer\nMAIL FROM:<scanner@example.org>\nRCPT TO: <alice@example.org>\nDATA\n'],
    ['server hears', 'EHLO printer'],
    ['server', '250 mail'],
    ['program hears', '250 mail.example.org'],
    ['server hears', 'MAIL FROM:<scanner@example.org>'],
    ['answered', '250 ok'],
    ['server hears', 'RCPT TO:<alice@example.org>'],
    ['answered', '250 ok'],
    ['server hears', 'DATA'],
    ['answered', '354 go'],
    ['program raw', 'x\r\n.\r\n'],
    ['server hears', 'x', '.'],
    ['answered', '250 taken'],
    ['program raw', 'QUIT\n'],
    ['server hears', 'QUIT'],
    ['answered', '221 bye'],
    ['ends', 'closed'],
  ]);
  expect(on.server.heard).not.toMatch(/[^\r]\n/);
});

describe('109: what leaves is bounded', () => {
  test('sender-not-allowed, recipient-not-allowed: refused and noted, and the device may go on', async () => {
    await conversation([
      ...signedIn,
      [
        'declined',
        'MAIL FROM:<other@example.org>',
        /^550 5\.7\.1 Postern: A device tried to send as other@example\.org/,
      ],
      ['declined', 'RCPT TO:<alice@example.org>', /^503 /],
      ['noted', 'signed-in', 'sender-not-allowed'],
      ...sender,
      ['declined', 'RCPT TO:<example.net!a>', /^550 5\.7\.1 Postern: A device named a recipient /],
      ['noted', 'signed-in', 'sender-not-allowed', 'recipient-not-allowed'],
      ...recipient,
      ...bye,
    ]);
  });

  test('rate-limited: recipients past those of an hour, and those before them are served', async () => {
    await conversation(
      [
        ...signedIn,
        ...sender,
        ...recipient,
        ...recipient,
        ['declined', 'RCPT TO:<bob@example.org>', /^452 4\.5\.3 Postern: The devices on this path have written/],
        ['declined', 'RCPT TO:<eve@example.org>', /^452 4\.5\.3/],
        ['noted', 'signed-in', 'rate-limited'],
        ...goAhead,
        ['program raw', 'x\r\n.\r\n'],
        ['server hears', 'x', '.'],
        ['answered', '250 taken'],
        ...bye,
      ],
      { bounds: bounds(2) },
    );
  });

  test('a thousand recipients: the connection ends long before', async () => {
    const many = Array.from({ length: 1000 }, (_, index) => `RCPT TO:<a${index}@example.net>`);
    const on = await conversation(
      [
        ...signedIn,
        ...sender,
        ['program', ...many],
        ['server hears', 'RCPT TO:<a0@example.net>'],
        ['answered', '250 ok'],
        ['ends', 'closed'],
      ],
      { bounds: bounds(1) },
    );
    expect(on.server.heard).not.toContain('a1@');
    const told = await on.program.until(/^421 /);
    expect(told.at(-1)).toBe('421 4.7.0 Postern: too many commands that failed. Good-bye.');
    // Nineteen more were told the reason.
    expect(told.filter((line) => line.startsWith('452 '))).toHaveLength(20);
  });

  test('on whose behalf a device says that it sends does not go up', async () => {
    await conversation([
      ...signedIn,
      ['program', 'MAIL FROM:<scanner@example.org> AUTH=eve+40example.org SIZE=10'],
      ['server hears', 'MAIL FROM:<scanner@example.org> SIZE=10'],
      ['answered', '250 ok'],
      ...bye,
    ]);
  });

  test('message-too-large: one that says so is told before it sends', async () => {
    await conversation([
      ...signedIn,
      [
        'declined',
        'MAIL FROM:<scanner@example.org> SIZE=1001',
        /^552 5\.3\.4 Postern: The message is larger than mail\.example\.org accepts/,
      ],
      ['relayed', 'MAIL FROM:<scanner@example.org> SIZE=1000'],
      ['answered', '250 ok'],
      ['noted', 'signed-in', 'message-too-large'],
      ...bye,
    ]);
  });

  test('message-too-large: one that does not is told when it has sent all of it, and the server never sees its end', async () => {
    const line = `${'x'.repeat(98)}\r\n`;
    const on = await conversation([
      ...signedIn,
      ...sender,
      ...recipient,
      ...goAhead,
      // As large as allowed: dots added for transparency do not count.
      ['program raw', `.${line.repeat(9)}..${line.slice(2)}.\r\n`],
      ['server hears', `.${line.slice(0, -2)}`, ...Array.from({ length: 8 }, () => line.slice(0, -2))],
      ['server hears', `..${line.slice(2, -2)}`, '.'],
      ['answered', '250 taken'],
      ...sender,
      ...recipient,
      ...goAhead,
      ['program raw', `${line.repeat(10)}y\r\n`],
      ['program raw', line.repeat(100)],
      ['program raw', 'end\r\n.\r\n'],
      ['program hears', /^552 5\.3\.4 Postern: The message is larger/],
      ['ends', 'message-too-large'],
    ]);
    expect(on.server.heard).not.toContain('end');
  });

  test('message-too-large: by chunks', async () => {
    await conversation([
      ...signedIn,
      ...sender,
      ...recipient,
      ['program', 'BDAT 1001 LAST'],
      ['program hears', /^552 5\.3\.4 /],
      ['ends', 'message-too-large'],
    ]);
  });

  test.each(['BDAT', 'BDAT x', 'BDAT -1', 'BDAT 1 LATER', 'BDAT 9999999999999999'])('%s ends it', async (line) => {
    await conversation([
      ...signedIn,
      ...sender,
      ...recipient,
      ['program', line],
      ['program hears', /^421 4\.7\.0 Postern: BDAT takes its size/],
      ['ends', 'closed'],
    ]);
  });
});

describe('109: without a password', () => {
  const { own } = gateFor();
  const given = own('no-password');

  test('a listed sender stands for the sign-in, once', async () => {
    await conversation(
      [
        ['program', 'EHLO printer'],
        ['server hears', 'EHLO printer'],
        ['server', '250-mail', '250 AUTH PLAIN'],
        ['program hears', '250 mail'],
        ['declined', 'MAIL FROM:<other@example.org>', /^550 5\.7\.1/],
        ['declined', 'RCPT TO:<alice@example.org>', /^503 /],
        ['program', 'MAIL FROM:<scanner@example.org>'],
        ['server hears', /^AUTH PLAIN [\w+/=]+$/],
        ['server', '235 ok'],
        ['server hears', 'MAIL FROM:<scanner@example.org>'],
        ['answered', '250 ok'],
        ...recipient,
        ...goAhead,
        ['program raw', 'x\r\n.\r\n'],
        ['server hears', 'x', '.'],
        ['answered', '250 taken'],
        ['declined', 'MAIL FROM:<other@example.org>', /^550 5\.7\.1/],
        ...sender,
        ...bye,
      ],
      { own: given },
    );
  });
});

describe('110: an end of data that servers see in different places', () => {
  test.each(['\n.\n', '\n.\r\n', '\r\n.\n', '\r.\r', '\r\n.\r\r\n'])('ambiguous-end-of-data: %j', async (end) => {
    const on = await conversation([
      ...signedIn,
      ...sender,
      ...recipient,
      ...goAhead,
      ['program raw', `x${end}MAIL FROM:<eve@example.net>\r\nRCPT TO:<victim@example.net>\r\nDATA\r\ny\r\n.\r\n`],
      ['program hears', /^554 5\.6\.0 Postern: A message held a line with nothing but a dot/],
      ['ends', 'ambiguous-end-of-data'],
    ]);
    expect(on.server.heard).not.toContain('eve');
  });
});

describe('the server', () => {
  test.each([
    [
      '432 4.3.2 Concurrent connections limit exceeded. Visit https://aka.ms/concurrent_sending',
      /^451 4\.7\.1 .*Microsoft 365.*minute/,
    ],
    [
      '554 5.2.0 STOREDRV.Submission.Exception:SubmissionQuotaExceededException; Failed',
      /^451 4\.7\.1 .*today.*tomorrow/,
    ],
    ['550 5.4.5 Daily user sending limit exceeded. For more information - gsmtp', /^451 4\.7\.1 .*Google.*tomorrow/],
  ])('rate-limited: %s', async (reply, heard) => {
    await conversation([
      ...signedIn,
      ...sender,
      ...recipient,
      ...goAhead,
      ['program raw', 'x\r\n.\r\n'],
      ['server hears', 'x', '.'],
      ['server', reply],
      ['program hears', heard],
      ['noted', 'signed-in', 'rate-limited'],
      ...sender,
      ...bye,
    ]);
  });

  test('rate-limited: a farewell is one in our words, too', async () => {
    await conversation([
      ...signedIn,
      ['relayed', 'MAIL FROM:<scanner@example.org>'],
      ['server', '421 4.3.2 STOREDRV.ClientSubmit; sender thread limit exceeded'],
      ['program hears', /^421 4\.7\.0 Postern: .*Send the message again in a minute or two\.$/],
      ['ends', 'closed'],
    ]);
  });

  test('honest: any other refusal is passed on word for word', async () => {
    await conversation([
      ...signedIn,
      ...sender,
      ...recipient,
      ...goAhead,
      ['program raw', 'x\r\n.\r\n'],
      ['server hears', 'x', '.'],
      ['answered', '554 5.7.1 spam limit'],
      ['noted', 'signed-in'],
      ...bye,
    ]);
  });

  test('one that refuses a text before its end has stopped reading: its words are passed on', async () => {
    await conversation([
      ...signedIn,
      ...sender,
      ...recipient,
      ...goAhead,
      ['program raw', 'x\r\n'],
      ['server hears', 'x'],
      ['answered', '552 too much'],
      ['ends', 'closed'],
    ]);
  });

  test('one that takes a text before its end has taken something else', async () => {
    await conversation([
      ...signedIn,
      ...sender,
      ...recipient,
      ...goAhead,
      ['program raw', 'x\r\n'],
      ['server hears', 'x'],
      ['server', '250 taken'],
      ['program hears', /^421 4\.7\.0 Postern/],
      ['ends', 'upstream-protocol'],
    ]);
  });

  test('one that leaves in the middle of a text', async () => {
    await conversation([
      ...signedIn,
      ...sender,
      ...recipient,
      ...goAhead,
      ['program raw', 'x\r\n'],
      ['server hears', 'x'],
      ['server leaves'],
      ['program hears', /^421 4\.7\.0 Postern/],
      ['ends', 'upstream-closed'],
    ]);
  });
});
