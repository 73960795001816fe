import { expect, test } from 'vitest';
import { type Candidate, inOrder } from '../../proxy/discovery/candidate.ts';

const candidate = (server: string, tls: Candidate['tls'], port = 993): Candidate => ({
  protocol: 'imap',
  server,
  port,
  tls,
  source: 'srv',
  evidence: '',
  confirm: false,
});

test('TLS from the first byte comes first, then the order in which they came; each place once', () => {
  const given = [
    candidate('a', 'starttls', 143),
    candidate('b', 'implicit'),
    candidate('c', 'starttls', 143),
    candidate('a', 'implicit'),
    candidate('b', 'implicit'),
    candidate('b', 'implicit', 994),
  ];
  expect(inOrder(given).map(({ server, port, tls }) => `${server} ${port} ${tls}`)).toEqual([
    'b 993 implicit',
    'a 993 implicit',
    'b 994 implicit',
    'a 143 starttls',
    'c 143 starttls',
  ]);
});
