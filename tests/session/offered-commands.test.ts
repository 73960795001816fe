/** Every command that is handed out with a question does what it says, whatever was seen of the server before. */
import { expect, test } from 'vitest';
import { questionLines } from '../../main/cli/question-lines.ts';
import { describeHappening, happeningOf } from '../../proxy/contract/index.ts';
import { relayTo, startCore } from '../support/core.ts';
import { type FakeUpstreamOptions, startFakeUpstream } from '../support/fake-upstream.ts';
import { createAuthority, type Identity, issue, keyPair, selfSigned } from '../support/pki.ts';
import { RawClient } from '../support/raw-client.ts';

const day = 86_400_000;
const ago = (days: number) => new Date(Date.now() - days * day);
const names = ['localhost'];
const authority = createAuthority();
const key = keyPair();
const verified = issue(authority, { names, key });
const older = issue(authority, { names, key, notBefore: ago(9), notAfter: ago(1) });
const trusted = selfSigned({ names, key });

/** What the server showed before, whether that was trusted by the person, and what it shows now. */
const histories: [history: string, before: Identity | null, now: Identity][] = [
  ['new', null, selfSigned({ names })],
  ['verified-then-expired', verified, older],
  ['verified-then-failing', verified, selfSigned({ names })],
  ['renewed', trusted, selfSigned({ names, key, notAfter: new Date(Date.now() + 9 * day) })],
  ['changed', trusted, selfSigned({ names })],
];

async function ask(before: Identity | null, now: Identity) {
  const options: FakeUpstreamOptions = { protocol: 'imap', tls: 'implicit', identity: before ?? now };
  const { port } = await startFakeUpstream(options);
  const core = await startCore({ authority, relays: [relayTo({ port, protocol: 'imap', tls: 'implicit' })] });
  const connect = async () => {
    const client = await RawClient.connect(core.port('relay'));
    const line = await client.line();
    client.finish();
    await client.ended;
    return line;
  };
  if (before) {
    await connect();
    for (const { id } of core.proxy.state.all('questions'))
      await core.proxy.commands.approve({ id, remember: 'always' });
  }
  options.identity = now;
  const told = await connect();
  const [question] = core.proxy.state.all('questions');
  if (!question) throw new Error('nothing was asked');
  const lines = questionLines(question, core.proxy.state.all('servers')).join('\n');
  const commands = [
    ...`${told}\n${lines}`.matchAll(/postern certificates (approve|reject|forget) ([0-9a-f]+)( --once)?/g),
  ];
  return { core, question, commands: [...new Map(commands.map((each) => [each[0], each.slice(1)])).values()], lines };
}

test.each(histories)('%s', async (history, before, now) => {
  const first = await ask(before, now);
  expect(first.question.history.kind).toBe(history);
  expect(first.commands.length).toBeGreaterThan(1);
  for (const [at] of first.commands.entries()) {
    const { core, commands } = at === 0 ? first : await ask(before, now);
    const [what, id = '', once] = commands[at] ?? [];
    const done =
      what === 'approve'
        ? core.proxy.commands.approve({ id, remember: once ? 'once' : 'always' })
        : what === 'reject'
          ? core.proxy.commands.reject({ id })
          : core.proxy.commands.forget({ id });
    await expect(done, `${what} ${once}`).resolves.toBeTruthy();
    await core.stop();
  }
});

test('what is not on offer is refused with what is', async () => {
  const { core, question } = await ask(verified, older);
  await expect(core.proxy.commands.approve({ id: question.id, remember: 'always' })).rejects.toMatchObject({
    code: 'not-offered',
    message: expect.stringMatching(
      /it can be rejected \("reject"\), or trusted until Postern stops \("approve --once"\)\.$/,
    ),
  });
});

test('an older certificate with the same key is not called the one that was verified: both are shown', async () => {
  const { question, lines } = await ask(verified, older);
  expect(question.history).toMatchObject({ previous: { fingerprint: verified.fingerprint } });
  expect(lines).toMatch(/gone back to an older certificate/);
  expect(lines).not.toMatch(/It is the certificate that was verified/);
  expect(lines).toContain('Before: SHA-256');
});

test('a decision says what led to its question; to forget a question is no decision that is forgotten', async () => {
  const { core, question } = await ask(trusted, selfSigned({ names }));
  await core.proxy.commands.reject({ id: question.id });
  expect(core.proxy.state.get('decisions', question.id)).toMatchObject({ changed: true, problems: ['self-signed'] });
  const fresh = await ask(null, selfSigned({ names }));
  await fresh.core.proxy.commands.forget({ id: fresh.question.id });
  const event = await fresh.core.event('certificate-decided');
  const happening = happeningOf(event);
  expect(happening && describeHappening(happening, String).title).toBe(
    'The question about localhost is closed; nothing was decided',
  );
});

test('what was rejected is known at the start, until the decision is forgotten; nothing else seems well meanwhile', async () => {
  const { core, question } = await ask(null, selfSigned({ names }));
  const configuration = await core.proxy.commands.configuration({});
  await core.proxy.commands.reject({ id: question.id });
  await core.stop();
  const { accounts } = configuration as never;
  const again = await startCore({ authority, accounts, dataDirectory: core.dataDirectory });
  const refusal = () => again.proxy.state.get('relays', 'relay')?.lastRefusal;
  expect(refusal()).toMatchObject({
    reason: 'certificate-rejected',
    diagnosis: { code: 'certificate-rejected', facts: { id: question.id } },
  });
  await again.proxy.commands.forget({ id: question.id });
  expect(refusal()).toBeNull();
});
