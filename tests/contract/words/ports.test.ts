import { expect, test } from 'vitest';
import { type DiagnosisCode, diagnose, type Finding, protocolFacts, protocols } from '../../../proxy/contract/index.ts';
import { portOfAnother } from '../../../proxy/contract/words/ports.ts';

/** Every failure whose words name a port. */
const codes: [DiagnosisCode, Record<string, unknown>?][] = [
  ['plaintext-only'],
  ['port-wants-starttls'],
  ['port-wants-implicit-tls'],
  ['starttls-refused'],
  ['wrong-protocol', { spoken: 'smtp' }],
  ['connection-refused'],
  ['server-timeout', { seconds: 15, step: 'plaintext-greeting' }],
  ['server-timeout', { seconds: 15, step: 'connection' }],
];

test.each(protocols)('%s: only its own ports are named, in the words of the form', (protocol) => {
  const own = Object.values(protocolFacts[protocol].ports);
  for (const [code, facts = {}] of codes) {
    const { advice } = diagnose({ code, facts } as Finding, { server: 'mail.test', port: 2525, protocol });
    const named = (advice.match(/\b\d{3,}\b/g) ?? []).map(Number);
    expect([code, named.filter((port) => !own.includes(port as (typeof own)[number]))]).toEqual([code, []]);
    expect(advice).not.toContain('"tls"');
  }
});

test('without a protocol no port is guessed', () => {
  for (const [code, facts = {}] of codes) {
    expect(diagnose({ code, facts } as Finding, { server: 'mail.test' }).advice).not.toMatch(/\d{3}/);
  }
});

test('the port of another protocol is recognised by its number when nothing answers as it should', () => {
  const facts = { seconds: 15, step: 'plaintext-greeting' } as const;
  const at = (port: number) => diagnose({ code: 'server-timeout', facts }, { server: 's', port, protocol: 'smtp' });
  expect(at(993).advice).toMatch(
    /^Port 993 is usually for IMAP \(reading mail\), and this path is for SMTP \(sending mail\)\. SMTP usually has port 465 \(encryption “At once”\) or 587/,
  );
  expect(at(465).advice).toBe(
    'This port speaks TLS from the first byte. Set “Encryption begins” of this path to “At once”.',
  );
  expect(portOfAnother({ portNumber: 25, protocol: 'smtp' })).toBeNull();
  expect(portOfAnother({ portNumber: 2525, protocol: 'smtp' })).toBeNull();
});
