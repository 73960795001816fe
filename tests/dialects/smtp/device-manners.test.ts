import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { limitReplies } from '../../../proxy/diagnosis/sending-limit.ts';
import { createBounds } from '../../../proxy/dialects/bounds.ts';
import { smtp } from '../../../proxy/dialects/smtp/smtp.ts';
import { deviceManners, mannerRow } from '../../support/device-manners.ts';
import { play } from '../../support/script.ts';
import { root } from '../../support/sources.ts';

// What devices do before the text of a message: each manner has been seen somewhere, and each is stood.

const bounds = {
  ...createBounds({ senders: ['scanner@example.org', 'scanner.@example.org'], recipientsPerHour: 60 }, () => 0),
  sent: () => undefined,
};
const dialogues = deviceManners.flatMap(({ manner, script }) => (script ? [{ manner, script }] : []));

test.each(dialogues)('honest: 110: $manner', async ({ script }) => {
  const on = await play(smtp, { knowledge: null, bounds }, [
    ...script,
    ['relayed', 'QUIT'],
    ['answered', '221 bye'],
    ['ends', 'closed'],
  ]);
  // Whatever it heard, the server hears whole lines.
  expect(on.server.heard.replaceAll('\r\n', '')).not.toMatch(/[\r\n]/);
});

test('honest: 110: an answer of several lines comes in one piece, however the server sends it', async () => {
  const { program } = await play(smtp, { knowledge: null, bounds }, [
    ['relayed', 'EHLO modem'],
    ...['250-mail', '250-SIZE 1000', '250 AUTH LOGIN'].map((line) => ['server, byte by byte', line] as const),
    ['program hears', '250-mail', '250-SIZE 1000', '250-AUTH LOGIN', '250 AUTH=LOGIN'],
    ['relayed', 'QUIT'],
    ['answered', '221 bye'],
    ['ends', 'closed'],
  ]);
  expect(program.pieces.map(String)).toContain('250-mail\r\n250-SIZE 1000\r\n250-AUTH LOGIN\r\n250 AUTH=LOGIN\r\n');
});

test('every manner is shown by a dialogue or a test, and named in the documents with its sources', () => {
  const shown = deviceManners.filter(({ script, shownBy }) => script !== undefined || shownBy !== undefined);
  expect(shown).toEqual(deviceManners);
  const document = readFileSync(join(root, 'docs/device-manners.md'), 'utf8').replace(/ +/g, ' ');
  expect(deviceManners.map(mannerRow).filter((row) => !document.includes(row))).toEqual([]);
  expect(limitReplies.filter(({ source }) => !document.includes(source))).toEqual([]);
  for (const { shownBy } of deviceManners) {
    if (shownBy !== undefined) expect(readFileSync(join(root, shownBy), 'utf8')).toContain('honest: 110: ');
  }
});
