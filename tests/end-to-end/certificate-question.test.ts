import { beforeAll, describe, expect, test } from 'vitest';
import type {
  CertificateDecision,
  CertificateQuestion,
  ConfigurationInput,
  KnownServer,
  Protocol,
} from '../../proxy/contract/index.ts';
import { scratchDirectory } from '../support/clean-up.ts';
import { type Dovecot, startDovecot } from '../support/dovecot.ts';
import { type MailSystem, mailUsers, routes, sixRoutes, startMailSystem } from '../support/mail-system.ts';
import { serverName } from '../support/mail-users.ts';
import { createAuthority, type Identity, issue, keyPair, selfSigned, writeFiles } from '../support/pki.ts';
import { type Postern, startPostern } from '../support/postern.ts';
import { RawClient } from '../support/raw-client.ts';

// The question about a certificate, asked by the built product about real servers and answered with its command.

const { alice } = mailUsers('alice');

interface Certificates {
  questions: CertificateQuestion[];
  decisions: CertificateDecision[];
  servers: KnownServer[];
}

async function certificates(postern: Postern): Promise<Certificates> {
  const { code, stdout, stderr } = await postern.command('certificates', 'list', '--json');
  expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
  return JSON.parse(stdout.toString());
}

async function decide(postern: Postern, ...words: string[]): Promise<void> {
  const { code, stderr } = await postern.command('certificates', ...words);
  expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
}

/** Signs in, in the protocol's own words, on a connection that must not have been refused. */
async function signIn(client: RawClient, protocol: Protocol): Promise<void> {
  const greeting = await client.line();
  if (protocol === 'imap') {
    expect(greeting).toMatch(/^\* OK/);
    expect((await client.imap(`a LOGIN ${alice.address} "${alice.password}"`)).at(-1)).toMatch(/^a OK/);
  } else if (protocol === 'pop3') {
    expect(greeting).toMatch(/^\+OK/);
    expect(await client.pop3(`USER ${alice.address}`)).toMatch(/^\+OK/);
    expect(await client.pop3(`PASS ${alice.password}`)).toMatch(/^\+OK/);
  } else {
    expect(greeting).toMatch(/^220 /);
    expect((await client.smtp('EHLO me')).at(-1)).toMatch(/^250 /);
    const response = Buffer.from(`\0${alice.address}\0${alice.password}`).toString('base64');
    expect(await client.smtp(`AUTH PLAIN ${response}`)).toEqual([expect.stringMatching(/^235 /)]);
  }
  client.reset();
}

const told: Record<(typeof routes)[number]['protocol'], RegExp> = {
  smtp: /^421 4\.7\.0 /,
  imap: /^\* BYE /,
  pop3: /^-ERR \[SYS\/TEMP\] /,
};

describe('a certificate that signed itself, by every route', () => {
  let system: MailSystem;
  let impatient: Postern;
  let patient: Postern;

  beforeAll(async () => {
    system = await startMailSystem([alice], selfSigned({ names: [serverName] }));
    const configuration = { ...sixRoutes(system), certificateAuthorities: [] };
    impatient = await startPostern({
      configuration: { ...configuration, settings: { certificateDecisionSeconds: 0 } },
    });
    patient = await startPostern({
      configuration: { ...configuration, settings: { certificateDecisionSeconds: 110 } },
    });
  });

  test.each(routes)('$relay: refused, told, stated, and the question stays', async ({ protocol, relay }) => {
    const client = await RawClient.connect(impatient.port(relay));
    expect(await client.line()).toMatch(told[protocol]);
    expect(await client.ended).toBe('end');
    const refused = await impatient.event('refused', (event) => event.relay === relay);
    expect(refused.reason).toBe('certificate-undecided');
    const { questions } = await certificates(impatient);
    expect(questions.find(({ relays }) => relays.includes(relay))).toMatchObject({
      problems: ['self-signed'],
      offers: ['reject', 'once', 'always'],
      certificate: { fingerprint: system.identity.fingerprint },
    });
  });

  test.each(routes)('$relay: approved while the mail program waits', async ({ protocol, relay }) => {
    const client = await RawClient.connect(patient.port(relay));
    const { id, fingerprint } = await patient.event('certificate-pending', (event) => event.relay === relay);
    expect(fingerprint).toBe(system.identity.fingerprint);
    expect(client.received).toHaveLength(0);
    await decide(patient, 'approve', id);
    await signIn(client, protocol);
    const verified = await patient.event('session-verified', (event) => event.relay === relay);
    expect(verified).toMatchObject({ trust: 'trusted-by-you', fingerprint });
  });

  test('ten mail programs that wait are one question, and one answer serves them all', async () => {
    const relay = 'imap-implicit';
    const { decisions } = await certificates(patient);
    const port = system.port('imap', 'implicit');
    const decision = decisions.find((row) => row.port === port);
    await decide(patient, 'forget', String(decision?.id));
    const from = patient.events.length;
    const clients = await Promise.all(Array.from({ length: 10 }, () => RawClient.connect(patient.port(relay))));
    const { id } = await patient.event('certificate-pending', (event) => event.relay === relay, from);
    await expect
      .poll(async () => (await certificates(patient)).questions.find((row) => row.id === id)?.waiting)
      .toBe(10);
    await decide(patient, 'approve', id, '--once');
    for (const client of clients) await signIn(client, 'imap');
    const asked = patient.events.slice(from).filter(({ event }) => event === 'certificate-pending');
    expect(asked).toHaveLength(1);
  });
});

describe('what is decided about one server', () => {
  const relay = 'mail';
  const authority = createAuthority();
  const key = keyPair();
  const day = 86_400_000;
  const first = selfSigned({ names: [serverName], key });
  const renewed = selfSigned({ names: [serverName], key, notAfter: new Date(Date.now() + 365 * day) });
  const other = selfSigned({ names: [serverName] });
  const valid = issue(authority, { names: [serverName] });
  const expired = issue(authority, {
    names: [serverName],
    key: valid.keys,
    notBefore: new Date(Date.now() - 9 * day),
    notAfter: new Date(Date.now() - 2 * day),
  });
  let dovecot: Dovecot;
  let postern: Postern;
  let configuration: ConfigurationInput;

  beforeAll(async () => {
    dovecot = await startDovecot({ identity: first, users: [alice] });
    const { root } = writeFiles(scratchDirectory('authority'), valid);
    configuration = {
      version: 1,
      accounts: [
        {
          name: 'Test',
          relays: [
            {
              name: relay,
              protocol: 'imap',
              listen: '127.0.0.1:0',
              server: serverName,
              port: dovecot.ports.imaps,
              tls: 'implicit',
              address: '127.0.0.1',
            },
          ],
        },
      ],
      certificateAuthorities: [root],
      settings: { certificateDecisionSeconds: 0 },
    };
    postern = await startPostern({ configuration });
  });

  /** The server comes back with another certificate. */
  async function present(identity: Identity): Promise<void> {
    await dovecot.stop();
    dovecot = await startDovecot({ identity, users: [alice], on: dovecot });
  }

  async function restart(): Promise<void> {
    expect(await postern.stop()).toBe(0);
    postern = await startPostern({ dataDirectory: postern.dataDirectory });
  }

  async function isRefused(reason: string): Promise<void> {
    const from = postern.events.length;
    const client = await RawClient.connect(postern.port(relay));
    expect(await client.line()).toMatch(told.imap);
    expect((await postern.event('refused', () => true, from)).reason).toBe(reason);
  }

  async function works(trust: 'verified' | 'trusted-by-you'): Promise<void> {
    const from = postern.events.length;
    await signIn(await RawClient.connect(postern.port(relay)), 'imap');
    expect((await postern.event('session-verified', () => true, from)).trust).toBe(trust);
  }

  async function questionAbout({ fingerprint }: Identity): Promise<CertificateQuestion> {
    const { questions } = await certificates(postern);
    const found = questions.filter((question) => question.certificate.fingerprint === fingerprint);
    expect(found).toHaveLength(1);
    return found[0] as CertificateQuestion;
  }

  // Each test continues where the previous one stopped, like a person's week with one server.
  test('every text that says to approve it names the command, with the id and the folder', async () => {
    const client = await RawClient.connect(postern.port(relay));
    const heard = await client.line();
    const { id } = await questionAbout(first);
    const typed = `postern certificates approve ${id} --data-dir ${postern.dataDirectory}`;
    expect(heard).toContain(`"${typed}"`);
    for (const words of [['status'], ['certificates'], ['check']]) {
      expect((await postern.command(...words)).stdout.toString(), words[0]).toContain(typed);
    }
  });

  test('approved once: until Postern stops', async () => {
    await isRefused('certificate-undecided');
    await decide(postern, 'approve', (await questionAbout(first)).id, '--once');
    await works('trusted-by-you');
    await restart();
    await isRefused('certificate-undecided');
  });

  test('rejected: not asked again, until it is forgotten', async () => {
    const { id } = await questionAbout(first);
    await decide(postern, 'reject', id);
    await isRefused('certificate-rejected');
    await restart();
    await isRefused('certificate-rejected');
    expect((await certificates(postern)).questions).toEqual([]);
    await decide(postern, 'forget', id);
    await isRefused('certificate-undecided');
  });

  test('approved for always: survives a restart', async () => {
    await decide(postern, 'approve', (await questionAbout(first)).id);
    await works('trusted-by-you');
    await restart();
    await works('trusted-by-you');
  });

  test('new dates on the same key: asked again, as a renewal', async () => {
    await present(renewed);
    await isRefused('certificate-undecided');
    const question = await questionAbout(renewed);
    expect(question).toMatchObject({
      problems: ['self-signed'],
      history: { kind: 'renewed', previous: { fingerprint: first.fingerprint } },
      certificate: { fingerprint: renewed.fingerprint },
      offers: ['reject', 'once', 'always'],
    });
    await decide(postern, 'approve', question.id);
    await works('trusted-by-you');
  });

  test('another key: asked again, with both certificates at hand', async () => {
    await present(other);
    await isRefused('certificate-undecided');
    const question = await questionAbout(other);
    expect(question).toMatchObject({
      problems: ['self-signed', 'changed'],
      history: { kind: 'changed', previous: { fingerprint: renewed.fingerprint } },
      certificate: { fingerprint: other.fingerprint },
      offers: ['reject', 'once', 'always'],
    });
    await decide(postern, 'approve', question.id);
    await works('trusted-by-you');
  });

  test('a certificate that verifies by itself: used, and the decisions retire', async () => {
    await present(valid);
    const from = postern.events.length;
    await works('verified');
    expect((await postern.event('certificate-decided', () => true, from)).decision).toBe('retired');
    const { decisions, servers } = await certificates(postern);
    expect(decisions).toEqual([]);
    expect(servers).toMatchObject([{ host: serverName, certificate: { fingerprint: valid.fingerprint } }]);
  });

  test('expired after it was verified, on the same key: once is on offer, always is not', async () => {
    await present(expired);
    await isRefused('certificate-undecided');
    const question = await questionAbout(expired);
    expect(question).toMatchObject({ problems: ['expired'], offers: ['reject', 'once'] });
    const { code } = await postern.command('certificates', 'approve', question.id);
    expect(code).toBe(1);
    await isRefused('certificate-undecided');
    await decide(postern, 'approve', question.id, '--once');
    await works('trusted-by-you');
  });

  test('anything else after it was verified: nothing to approve, until the server is forgotten', async () => {
    await present(first);
    await isRefused('certificate-undecided');
    const alarm = `ALARM, account Test: the connection to ${serverName} may be intercepted.`;
    const status = async () => (await postern.command('status')).stdout.toString();
    expect((await status()).split('\n')).toContainEqual(expect.stringContaining(alarm));
    // A server that can be verified again ends its own alarm.
    await present(valid);
    await works('verified');
    expect(await status()).not.toContain('ALARM');
    await present(first);
    await isRefused('certificate-undecided');
    expect(await status()).toContain(alarm);
    const question = await questionAbout(first);
    expect(question).toMatchObject({ offers: ['reject'], history: { kind: 'verified-then-failing' } });
    const { code } = await postern.command('certificates', 'approve', question.id, '--once');
    expect(code).toBe(1);
    await isRefused('certificate-undecided');
    // An answer does not end the alarm, nor does a restart: only the server can.
    await decide(postern, 'reject', question.id);
    expect(await status()).toContain(alarm);
    await isRefused('certificate-rejected');
    await restart();
    expect(await status()).toContain(alarm);
    await present(valid);
    await works('verified');
    expect(await status()).not.toContain('ALARM');
    await present(first);
    await isRefused('certificate-rejected');
    expect(await status()).toContain(alarm);
    const { servers } = await certificates(postern);
    await decide(postern, 'forget', String(servers[0]?.id));
    expect(await status()).not.toContain('ALARM');
    // What was rejected in the alarm goes with what was known of the server.
    expect((await certificates(postern)).decisions).toEqual([]);
    await isRefused('certificate-undecided');
    expect(await questionAbout(first)).toMatchObject({ offers: ['reject', 'once', 'always'] });
  });
});
