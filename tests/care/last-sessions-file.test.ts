import { expect, test } from 'vitest';
import { type LastSession, parseLastSessions, writeLastSessions } from '../../proxy/care/last-sessions-file.ts';
import { Refused } from '../../proxy/net/refused.ts';

const path = {
  name: 'r',
  account: 'a',
  protocol: 'imap',
  server: 'imap.example.org',
  port: 993,
  tls: 'implicit',
} as const;
const at = '2026-11-20T10:00:00.000Z';

function refusedWith(finding: ConstructorParameters<typeof Refused>[1]): LastSession {
  const { reason, message, diagnosis, problems } = new Refused('certificate-rejected', finding, path);
  const named = problems.length > 0 ? { problems } : {};
  return { ...path, lastSuccess: null, lastRefusal: { reason, message, at, diagnosis, ...named, beforeStart: true } };
}

test('what is written is read again, word for word', () => {
  const rows: LastSession[] = [
    { ...refusedWith({ code: 'certificate-rejected', facts: { problems: ['self-signed'], id: 'aabbccdd' } }) },
    { ...path, name: 'fine', lastSuccess: at, lastRefusal: null },
  ];
  expect(parseLastSessions(writeLastSessions(rows))).toEqual(rows);
});

test('nothing is written of a relay that nothing has happened to, nor facts without bound', () => {
  const unused = { ...path, lastSuccess: null, lastRefusal: null };
  const long = refusedWith({ code: 'dns-not-found', facts: { host: 'x'.repeat(5_000) } });
  expect(JSON.parse(writeLastSessions([unused, long]))).toEqual({ version: 1, relays: [] });
  const many = Array.from({ length: 2_001 }, (_, index) => ({ ...unused, name: `r${index}`, lastSuccess: at }));
  expect(parseLastSessions(writeLastSessions(many))).toHaveLength(2_000);
});
