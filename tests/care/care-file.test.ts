import { expect, test } from 'vitest';
import { parseCareFile, writeCareFile } from '../../proxy/care/care-file.ts';

const server = {
  account: 'A',
  server: 'mail.test',
  port: 993,
  offeredTlsAt: '2026-01-01T00:00:00.000Z',
  protection: null,
};

test('what is written is read back', () => {
  const care = { servers: [server], warnings: [] };
  expect(parseCareFile(writeCareFile(care))).toEqual(care);
});

test.each([
  '',
  '{}',
  'null',
  '{"version":2,"servers":[],"warnings":[]}',
  writeCareFile({ servers: [{ ...server, port: 0 }], warnings: [] }),
])('anything else is nothing: %j', (text) => {
  expect(parseCareFile(text)).toBeNull();
});
