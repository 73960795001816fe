import { readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import {
  certificateProblems,
  type DiagnosisCode,
  diagnose,
  type Finding,
  practiceServer,
  refusalText,
  worded,
} from '../../proxy/contract/index.ts';
import { protocolText } from '../../proxy/dialects/words.ts';
import { diagnosisCodes } from '../support/findings.ts';
import { repositoryFiles, textOf } from '../support/sources.ts';

const pages = readFileSync(new URL('../../docs/diagnosis.md', import.meta.url), 'utf8');
const sections = new Map(
  [...pages.matchAll(/^### (\S+)\n([\s\S]*?)(?=^#|$(?![\s\S]))/gm)].map(([, name = '', text = '']) => [
    name,
    text.trim(),
  ]),
);

describe('the pages', () => {
  test('every code has its section, and every section its code', () => {
    expect([...sections.keys()].sort()).toEqual([...diagnosisCodes].sort());
  });

  test.each(diagnosisCodes)('%s says more than the catalogue does', (code) => {
    expect(sections.get(code)?.length).toBeGreaterThan(80);
  });
});

const id = '0123456789abcdef';

/** Facts that a code always has, and a case with all that it can have. */
const facts: { [code in DiagnosisCode]?: readonly object[] } = {
  'wrong-protocol': [{ spoken: 'smtp' }],
  'clock-wrong': [{ direction: 'behind', atLeast: 90_000_000 }],
  'certificate-not-yet-valid': [
    {},
    { problems: certificateProblems, id },
    { problems: ['not-yet-valid'], id, left: 864_000_000, verifiedAt: '2026-11-19T10:00:00.000Z' },
  ],
  'certificate-resigned': [{ product: 'Avast' }],
  'server-timeout': [{}, { seconds: 15, step: 'plaintext-greeting' }],
  'not-a-mail-server': [{}, { did: 'endless-answer' }],
  'tls-failed': [{}, { alert: 'unrecognized_name' }, { oversized: true }],
  'name-mismatch': [{}, { names: ['a.test', 'b.test'], more: 2, problems: certificateProblems, id }],
  'port-in-use': [{}, { address: '127.0.0.1', listenPort: 143, program: 'dovecot (process 7)', freePort: 1143 }],
  'sign-in-needed': [{ need: 'password-missing' }, { need: 'vault-unavailable' }],
  'stored-sign-in-refused': [
    ...[{ way: 'password' }, { way: 'password', wants: 'app-password' }],
    ...[{ way: 'token' }, { way: 'token', wants: 'scope' }],
  ],
  'no-common-mechanism': [{ way: 'password' }, { way: 'token' }],
  'issuer-unavailable': [{}, { issuer: 'login.example.org' }],
  'address-missing': [{}, { address: '192.168.7.1', listenPort: 587 }],
  'device-not-allowed': [{}, { from: '192.168.7.9', device: 'not-listed' }, { from: '192.168.7.1', device: 'here' }],
  'too-many-of-one-device': [{}, { from: '192.168.7.20' }],
  'sender-not-allowed': [{}, { sender: 'scanner@example.org' }],
  'recipient-rerouted': ['source-route', 'percent', 'bang', 'quoted', 'two-domains'].map((by) => ({ by })),
  'server-rate-limited': [{}, { provider: 'Microsoft 365', per: 'minute' }, { provider: 'Google', per: 'day' }],
  'message-too-large': [{}, { limit: 10_485_760 }],
  'not-a-mail-program': [{}, { spoke: 'tls' }, { spoke: 'http' }],
};
const cases = diagnosisCodes.flatMap((code) =>
  (facts[code] ?? [{}, { problems: certificateProblems, id }]).map((known) => ({ code, facts: known }) as Finding),
);
const at = { server: 'mail.a-provider-with-a-long-name.example.org', port: 993 };

describe('the words', () => {
  test.each(cases)('$code $facts', (finding) => {
    for (const where of [at, {}]) {
      const { title, sentence, advice, page } = diagnose(finding, where);
      expect(title).toMatch(/^[A-Z].*[^.]$/);
      for (const text of [sentence, advice]) {
        expect(text).toMatch(/[.]$/);
        expect(text).not.toMatch(/[{}[\]]|undefined|\bnull\b| {2}|NaN/);
        expect(text).not.toMatch(/\w'\w|\.\.\./);
      }
      expect(page).toBe(`docs/diagnosis.md#${finding.code}`);
    }
  });

  test.each(cases)('$code $facts fits into a line of every protocol, in ASCII', (finding) => {
    // RFC 5321 §4.5.3.1.5: 512 bytes, a few of which the code and the line end need.
    const text = protocolText(refusalText(finding, at));
    expect(text).toMatch(/^[\x20-\x7e]+$/);
    expect(text).not.toMatch(/ {2}|\.\.\.$/);
    expect(text.length).toBeLessThanOrEqual(440);
  });

  // What can be decided or forgotten: in the window, and in the terminal with the exact command.
  test.each([
    ...(['self-signed', 'unknown-issuer', 'certificate-changed', 'certificate-expired'] as const),
    ...(['certificate-not-yet-valid', 'intermediate-missing', 'certificate-wrong-use'] as const),
    ...(['name-mismatch', 'certificate-turned-bad', 'certificate-rejected'] as const),
  ])('%s names both ways to answer, with the id and what the command needs', (code) => {
    const verb = { 'name-mismatch': 'use-name', 'certificate-turned-bad': 'forget', 'certificate-rejected': 'forget' };
    const { advice } = diagnose({ code, facts: { id } } as Finding, at, ' --data-dir /srv/mail');
    expect(advice).toContain('Postern’s Certificates page');
    const said = verb[code as keyof typeof verb] ?? 'approve';
    expect(advice).toContain(`"postern certificates ${said} ${id} --data-dir /srv/mail"`);
    expect(diagnose({ code } as Finding, at).advice).toContain('"postern certificates"');
  });

  test('a text whose fact is not known is left out', () => {
    const words = (known: object) => diagnose({ code: 'name-mismatch', facts: known }, { server: 'a.test' }).sentence;
    expect(words({})).toBe('The certificate is not for a.test.');
    expect(words({ names: ['b.test'] })).toBe('The certificate is not for a.test. It is for b.test.');
    expect(words({ names: ['b.test', 'c.test'], more: 2 })).toBe(
      'The certificate is not for a.test. It is for b.test, c.test and 2 more.',
    );
  });

  test('what else is wrong with a certificate is told beside what the failure is called after', () => {
    const { sentence } = diagnose(
      { code: 'self-signed', facts: { problems: ['expired', 'name-mismatch', 'self-signed'] } },
      at,
    );
    expect(sentence).toMatch(/no authority vouches for it\. Besides, it has expired and it is for another server\.$/);
  });

  test.each([
    ['self-signed', 'Nobody vouches for the server'],
    ['unknown-issuer', 'An unknown authority vouches for the server'],
    ['name-mismatch', 'The certificate is for another server'],
  ] as const)('the headline of %s does not hide that the certificate has expired', (code, title) => {
    expect(diagnose({ code, facts: { problems: [code] } }, at).title).toBe(title);
    const { title: both } = diagnose({ code, facts: { problems: ['expired', code] } }, at);
    expect(both).toMatch(new RegExp(`^${title}, and .*has expired$`));
  });

  test('a password that the practice server refuses: the right one, and no word of a provider', () => {
    const refused = (server: string) => diagnose({ code: 'wrong-password' }, { server, port: 993 }).advice;
    expect(refused('mail.test')).toMatch(/e-mail address.*the provider may want an app password/);
    expect(refused(practiceServer.host)).toContain(
      `user name ${practiceServer.user} and the password “${practiceServer.password}”`,
    );
    expect(refused(practiceServer.host)).not.toMatch(/provider|e-mail address/);
  });

  test('a name begins a sentence as it is written, what stands in for it with a capital', () => {
    expect(diagnose({ code: 'server-closed' }, { server: 'mail.test' }).sentence).toMatch(/^mail\.test hung up/);
    expect(diagnose({ code: 'server-closed' }).sentence).toMatch(/^The server hung up/);
  });

  test('a mail program, the log and scripts hear nothing that a certificate says of itself', () => {
    const finding: Finding = { code: 'name-mismatch', facts: { names: ['call-this-number.test'], more: 1 } };
    expect(diagnose(finding, at).sentence).toContain('call-this-number');
    expect(refusalText(finding, at)).not.toContain('call-this-number');
  });

  test('words come back from data, as an event carries it', () => {
    for (const finding of cases) {
      const told = diagnose(finding, at);
      expect(worded(JSON.parse(JSON.stringify(told)))).toEqual(told);
    }
  });
});

test('every code is met through the built product, by a real cause', () => {
  const met = repositoryFiles()
    .filter((file) => /^tests\/(?:end-to-end|faults)\/.*\.test\.ts$|^tests\/support\/causes\.ts$/.test(file))
    .map(textOf)
    .join('\n');
  expect(diagnosisCodes.filter((code) => !met.includes(`'${code}'`))).toEqual([]);
});
