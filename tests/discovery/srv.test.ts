import { describe, expect, test } from 'vitest';
import { type DnsQueries, NoAnswer, type SrvRecord } from '../../proxy/discovery/dns.ts';
import { lookUpServices, usableRecords } from '../../proxy/discovery/srv.ts';

const record = (name: string, priority = 0, weight = 0, port = 993): SrvRecord => ({ name, port, priority, weight });
const never = new AbortController().signal;

/** A name server with these answers, which records the queries. */
function dns(records: Record<string, SrvRecord[] | Error>): DnsQueries & { asked: string[] } {
  const asked: string[] = [];
  return {
    asked,
    async srv(name) {
      asked.push(name);
      const answer = records[name] ?? [];
      if (answer instanceof Error) throw answer;
      return answer;
    },
    mx: async () => [],
  };
}

describe('order', () => {
  test('the lowest priority, then the highest weight, then by name', () => {
    const given = [record('z.a', 1, 5), record('b.a', 0, 1), record('c.a', 0, 60), record('a.a', 1, 5)];
    expect(usableRecords(given).map(({ name }) => name)).toEqual(['c.a', 'b.a', 'a.a', 'z.a']);
  });

  test('what is no name of a server is left out; spelling is made one', () => {
    const given = ['', '.', '127.0.0.1', '_imaps._tcp.a', 'a b', 'IMAP.A.'].map((name) => record(name));
    expect(usableRecords([...given, record('x.a', 0, 0, 0)]).map(({ name }) => name)).toEqual(['imap.a']);
  });

  test('of thousands the best four', () => {
    const given = Array.from({ length: 5000 }, (_, at) => record(`h${at}.a`, 5000 - at));
    expect(usableRecords(given).map(({ name }) => name)).toEqual(['h4999.a', 'h4998.a', 'h4997.a', 'h4996.a']);
  });
});

test('all services are asked for, those of news and of the address book too', async () => {
  const server = dns({});
  expect(await lookUpServices('a.test', server, never)).toEqual({ candidates: [], none: new Set(), complete: true });
  expect(server.asked.sort()).toEqual(
    ['_imap', '_imaps', '_ldap', '_ldaps', '_nntp', '_nntps', '_pop3', '_pop3s', '_submission', '_submissions'].map(
      (label) => `${label}._tcp.a.test`,
    ),
  );
});

test('names outside the domain have to be confirmed', async () => {
  const answers = { '_imaps._tcp.a.test': [record('imap.a.test'), record('imap.b.test', 1), record('a.test', 2)] };
  const { candidates } = await lookUpServices('a.test', dns(answers), never);
  expect(candidates.map(({ server, confirm }) => [server, confirm])).toEqual([
    ['imap.a.test', false],
    ['imap.b.test', true],
    ['a.test', false],
  ]);
});

test('a denial counts for what nothing else names', async () => {
  const answers = {
    '_imaps._tcp.a.test': [record('')],
    '_imap._tcp.a.test': [record('imap.a.test', 0, 0, 143)],
    '_pop3s._tcp.a.test': [record('.')],
  };
  const { candidates, none } = await lookUpServices('a.test', dns(answers), never);
  expect(candidates.map(({ tls }) => tls)).toEqual(['starttls']);
  expect([...none]).toEqual(['pop3']);
});

test('a question without an answer is told; another fault is not swallowed', async () => {
  const silent = dns({ '_imaps._tcp.a.test': new NoAnswer('timeout') });
  expect((await lookUpServices('a.test', silent, never)).complete).toBe(false);
  const broken = dns({ '_imaps._tcp.a.test': new TypeError('ours') });
  await expect(lookUpServices('a.test', broken, never)).rejects.toThrow(TypeError);
});
