import { createHash } from 'node:crypto';

/** A message as it is sent: CRLF line ends, its name in the `X-Message` header. */
export interface TestMessage {
  name: string;
  bytes: Buffer;
}

function message(name: string, ...body: (string | Buffer)[]): TestMessage {
  const header = [
    'From: Alice <alice@example.test>',
    'To: Alice <alice@example.test>',
    `Subject: ${name}`,
    `Message-ID: <${name.replaceAll(' ', '.')}@example.test>`,
    'Date: Fri, 20 Nov 2026 10:00:00 +0000',
    `X-Message: ${name}`,
  ];
  const parts = body.map((part) => (typeof part === 'string' ? Buffer.from(part, 'latin1') : part));
  return { name, bytes: Buffer.concat([Buffer.from(`${header.join('\r\n')}\r\n\r\n`), ...parts]) };
}

/** Messages that a relay which modifies mail would damage. */
export function awkwardMessages(): TestMessage[] {
  const highBytes = Buffer.from(Array.from({ length: 128 }, (_, index) => 0x80 + index));
  return [
    message('empty body'),
    message('one line', 'Hello.\r\n'),
    message('dot lines', '.\r\n..\r\n.dot\r\n...\r\n\r\n.\r\nthe end\r\n.\r\n'),
    message('eight bits', highBytes, '\r\n', Buffer.from('Grüße, 日本語, 🐢\r\n')),
    message('long lines', `${'x'.repeat(998)}\r\n.${'y'.repeat(997)}\r\n${'.'.repeat(998)}\r\n`),
    message('blank lines', '\r\n\r\n  \t \r\nFrom here\r\n>From there\r\ntrailing \r\n\r\n\r\n'),
    message('commands', 'QUIT\r\nSTARTTLS\r\na1 LOGOUT\r\n+OK\r\n* BYE\r\n250 OK\r\n)\r\n'),
  ];
}

/** Small messages, each different, for sending many in one session. */
export function smallMessages(count: number): TestMessage[] {
  return Array.from({ length: count }, (_, index) =>
    message(`small ${index}`, `This is message ${index}.\r\n${'.'.repeat(index % 5)}\r\n`),
  );
}

/** A message with an attachment of this many bytes in base64, in which no two lines are alike. */
export function largeMessage(attachmentBytes: number): TestMessage {
  const block = Buffer.alloc(attachmentBytes);
  // A hash of the offset in every 32 bytes: any loss, repetition or reordering shows.
  for (let at = 0; at < attachmentBytes; at += 32) createHash('sha256').update(String(at)).digest().copy(block, at);
  const lines = block.toString('base64').match(/.{1,76}/g) ?? [];
  return message('large', `${lines.join('\r\n')}\r\n`);
}

/** The name in a fetched message. */
export function nameOf(fetched: Buffer): string {
  return /^X-Message: (.*?)\r?$/m.exec(fetched.subarray(0, 4096).toString('latin1'))?.[1] ?? '(no name)';
}

// Headers that servers add at the top of a message in transit (RFC 5321 §4.4), and Postfix's own notes of the
// recipient.
const traceHeader = /^(?:Return-Path|Received|Delivered-To|X-Original-To):.*(?:\r\n[ \t].*)*\r\n/;

/** A fetched message without the trace headers that servers have added at its top. */
export function withoutTrace(fetched: Buffer): Buffer {
  for (let from = 0; ; ) {
    const found = traceHeader.exec(fetched.subarray(from, from + 8192).toString('latin1'));
    if (!found) return fetched.subarray(from);
    from += found[0].length;
  }
}
