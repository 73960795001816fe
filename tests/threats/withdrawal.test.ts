/** Every way in which trust can end, at every step of a session between the verdict and its first raw byte. */

import { expect, onTestFinished, test } from 'vitest';
import { download } from '../../main/download.ts';
import { configurationSchema, type TlsMode } from '../../proxy/contract/index.ts';
import { type Core, relayTo, startCore } from '../support/core.ts';
import {
  type FakeConnection,
  type FakeUpstream,
  type FakeUpstreamOptions,
  startFakeUpstream,
} from '../support/fake-upstream.ts';
import { type LineProtocol, lineProtocols } from '../support/line-protocols.ts';
import { issue, revocationList, selfSigned } from '../support/pki.ts';
import { RawClient } from '../support/raw-client.ts';
import { until } from '../support/service.ts';
import { startListServer } from '../trust/revocation/support.ts';
import { holdsSecret } from './refusal.ts';
import { signInLines } from './sign-in-lines.ts';
import { authority, honest, password, toldAtGreeting, user, welcome } from './stage.ts';

const silence = { instead: 'silence' } as const;

/** A session's core and server, and how its trust ends. */
interface Grounds {
  upstream: FakeUpstream;
  core: Core;
  /** Resolves when the trust has ended. */
  end(): Promise<unknown>;
}

interface Kind {
  what: string;
  /** The reason given for the session's end. */
  ending: string;
  open(options: Omit<FakeUpstreamOptions, 'identity'>): Promise<Grounds>;
  /** A pause ends attempts: a program that has been greeted goes on. */
  attemptsOnly?: boolean;
  /** How many sessions of other programs it takes to end it. */
  others?: number;
}

async function verified(
  options: Omit<FakeUpstreamOptions, 'identity'>,
  more: Partial<Parameters<typeof startCore>[0]> = {},
  identity = honest,
) {
  const upstream = await startFakeUpstream({ ...options, identity });
  const { port } = upstream;
  const core = await startCore({ authority, relays: [relayTo({ ...options, port })], ...more });
  onTestFinished(() => core.stop());
  return { upstream, core };
}

/** The question was asked while the server greets as it should, so that the session under test is the second one. */
async function trusted(options: Omit<FakeUpstreamOptions, 'identity'>) {
  const upstream = await startFakeUpstream({ ...options, identity: selfSigned({ names: ['localhost'] }) });
  const core = await startCore({
    authority,
    settings: { certificateDecisionSeconds: 0 },
    relays: [relayTo({ ...options, port: upstream.port })],
  });
  onTestFinished(() => core.stop());
  const asked = await RawClient.connect(core.port('relay'));
  await asked.line();
  const { id } = await core.event('certificate-pending');
  await core.proxy.commands.approve({ id, remember: 'always' });
  return { upstream, core, id };
}

const change = async ({ proxy }: Core, to: object) =>
  proxy.apply(configurationSchema.parse({ ...(await proxy.commands.configuration({})), ...to }));

const kinds: Kind[] = [
  {
    what: 'its decision is forgotten',
    ending: 'decision-forgotten',
    async open(options) {
      const { upstream, core, id } = await trusted(options);
      return { upstream, core, end: () => core.proxy.commands.forget({ id }) };
    },
  },
  {
    what: 'its server proves itself by other means',
    ending: 'decision-retired',
    others: 1,
    async open(options) {
      const { upstream, core } = await trusted(options);
      const end = async () => {
        upstream.options.identity = honest;
        await RawClient.connect(core.port('relay'));
        await core.event('certificate-decided', ({ decision }) => decision === 'retired');
      };
      return { upstream, core, end };
    },
  },
  {
    what: 'its certificate is revoked',
    ending: 'certificate-revoked',
    async open(options) {
      const lists = await startListServer();
      const leaf = issue(authority, { names: ['localhost'], lists: [lists.url('/list')] });
      let letGo = () => {};
      const held = new Promise<void>((resolve) => (letGo = resolve));
      const list = revocationList(authority, { revoked: [{ serial: leaf, reason: 1 }] });
      lists.put('/list', (_request, response) => void held.then(() => response.end(list)));
      const { upstream, core } = await verified(options, { download }, leaf);
      const isKnown = () => core.proxy.state.all('servers').some(({ revocation }) => revocation?.status === 'revoked');
      return {
        upstream,
        core,
        async end() {
          await until(() => lists.asked.length > 0, 'the list is asked for');
          letGo();
          await until(isKnown, 'the list has been read');
        },
      };
    },
  },
  {
    what: 'its authority is taken out',
    ending: 'authority-removed',
    async open(options) {
      const { upstream, core } = await verified(options);
      return { upstream, core, end: () => change(core, { certificateAuthorities: [] }) };
    },
  },
  {
    what: 'its account is removed',
    ending: 'stopped',
    async open(options) {
      const { upstream, core } = await verified(options);
      return { upstream, core, end: () => change(core, { accounts: [] }) };
    },
  },
  {
    what: 'Postern is paused',
    ending: 'paused',
    attemptsOnly: true,
    async open(options) {
      const { upstream, core } = await verified(options);
      return { upstream, core, end: () => core.proxy.commands.pause({}) };
    },
  },
];

/** How far a session has got when its trust ends. */
interface Step {
  at: string;
  tls: TlsMode;
  protocol: LineProtocol;
  /** Makes the server stop there. */
  server: Partial<FakeUpstreamOptions>;
  /** How many lines of the sign-in have been answered; null before the greeting. */
  said: number | null;
}

const begun: Record<LineProtocol, string> = { smtp: '220-wait\r\n22', imap: '* O', pop3: '+O', nntp: '20' };
/** After STARTTLS the greeting is ours. In SMTP and POP3 it needs nothing from the server. */
const asksForGreeting: ReadonlySet<LineProtocol> = new Set(['imap', 'nntp']);

const steps: Step[] = lineProtocols.flatMap((protocol): Step[] => {
  const before = { protocol, tls: 'implicit', said: null } as const;
  return [
    { ...before, at: 'the server holds its greeting back', server: { inside: { greeting: silence } } },
    { ...before, at: 'half a greeting is there', server: { inside: { greeting: begun[protocol] } } },
    ...(!asksForGreeting.has(protocol)
      ? []
      : [
          {
            ...before,
            tls: 'starttls' as const,
            at: 'the server is asked behind STARTTLS what it can do',
            server: { inside: { capabilities: silence } },
          },
        ]),
    ...signInLines[protocol].map(
      (_line, said): Step => ({ ...before, said, at: `${said} lines of the sign-in are over`, server: {} }),
    ),
  ];
});

/** One protocol each; all of them for the news that comes from outside while nothing else happens here. */
const playedIn: Record<string, readonly LineProtocol[]> = {
  'decision-forgotten': ['imap'],
  'decision-retired': ['smtp'],
  'certificate-revoked': lineProtocols,
  'authority-removed': ['smtp'],
  stopped: ['pop3'],
  paused: ['imap', 'pop3', 'nntp'],
};
const matrix = kinds.flatMap((kind) =>
  steps
    .filter(({ protocol }) => playedIn[kind.ending]?.includes(protocol))
    .filter(({ said }) => !kind.attemptsOnly || said === null)
    .map((step) => ({ ...step, ...kind })),
);

async function hear(client: RawClient, pattern: RegExp): Promise<void> {
  while (!pattern.test(await client.line()));
}

async function secured(connection: FakeConnection): Promise<FakeConnection> {
  await until(() => connection.secured, 'the handshake is done');
  return connection;
}

test.each(matrix)(
  '88, 90, 91: $protocol, $tls: $what while $at: told, the server hears no more, and is let go',
  async ({ protocol, tls, server, said, ending, others = 0, open }) => {
    const { upstream, core, end } = await open({ protocol, tls, users: { [user]: password } });
    Object.assign(upstream.options, server);
    const met = upstream.connections.length;
    const client = await RawClient.connect(core.port('relay'));
    const connection = await secured(await upstream.connection(met));
    const [session] = core.proxy.state.all('sessions').slice(-1);
    if (said === null) {
      // What the greeting needs has been requested: after STARTTLS that is one command.
      if (tls === 'starttls') await until(() => connection.inside().length > 0, 'it is asked');
    } else {
      await hear(client, welcome[protocol]);
      for (const [line, heard] of signInLines[protocol].slice(0, said)) {
        client.send(`${line}\r\n`);
        await hear(client, heard);
      }
    }
    const heard = connection.inside();
    await end();
    // The mail program does not know yet, and goes on.
    if (said !== null) client.send(`${signInLines[protocol][said]?.[0]}\r\n`);
    else expect(await client.line()).toMatch(toldAtGreeting[protocol]);
    client.finish();
    const closed = await core.event('session-closed', (event) => event.session === session?.id);
    // Before the greeting a revoked certificate is a refusal like any other.
    expect(closed.ending).toBe(ending === 'certificate-revoked' && said === null ? 'refused' : ending);
    await client.ended;
    await connection.stream.ended;
    expect(connection.inside()).toEqual(heard);
    expect(holdsSecret(heard)).toBe(false);
    expect(upstream.connections.length).toBe(met + 1 + others);
  },
);

test.each(kinds)('honest: 88, 90, 91: a session signs in until $what', async ({ open }) => {
  const { core, upstream } = await open({ protocol: 'pop3', tls: 'implicit', users: { [user]: password } });
  const client = await RawClient.connect(core.port('relay'));
  await hear(client, welcome.pop3);
  for (const [line, heard] of signInLines.pop3) {
    client.send(`${line}\r\n`);
    await hear(client, heard);
  }
  expect(upstream.connections.at(-1)?.user).toBe(user);
  client.finish();
  await client.ended;
});
