import { expect } from 'vitest';
import type { RefusalReason } from '../../proxy/contract/index.ts';
import type { FakeConnection } from '../support/fake-upstream.ts';
import type { LineProtocol } from '../support/line-protocols.ts';
import { RawClient } from '../support/raw-client.ts';
import {
  blamesThePassword,
  impatience,
  mark,
  password,
  type Scene,
  type Stage,
  toldAtGreeting,
  toldAtSignIn,
  welcome,
} from './stage.ts';

/** The required outcome of a case. */
export interface Required {
  reason: RefusalReason | readonly RefusalReason[];
  /** Whether a person may decide otherwise. */
  approvable?: boolean;
  /** What the message has to say to the person. */
  says?: RegExp;
  /** The server does not begin the handshake, so a second attempt is made with a ClientHello of one packet. */
  tookNoPart?: boolean;
  /**
   * A server that answered TLS without TLS, or was waited for in silence, is contacted once more, with a ClientHello and
   * nothing else, to identify it.
   */
  lookedAgain?: boolean;
}

/** What may be sent to a server in plaintext. */
const allowed: Record<LineProtocol, RegExp> = {
  smtp: /^(?:(?:EHLO \S+|STARTTLS|QUIT)\r\n)*$/,
  imap: /^(?:\w+ (?:CAPABILITY|STARTTLS|LOGOUT)\r\n)*$/,
  pop3: /^(?:(?:CAPA|STLS|QUIT)\r\n)*$/,
  nntp: /^(?:(?:CAPABILITIES|MODE READER|STARTTLS|QUIT)\r\n)*$/,
};

/** Every form in which the password is transmitted. */
const secrets = [
  password,
  Buffer.from(password).toString('hex'),
  ...[0, 1, 2].map((shift) =>
    Buffer.from(`${'x'.repeat(shift)}${password}`)
      .toString('base64')
      .slice(shift === 0 ? 0 : 4, -6),
  ),
];

/** Looks for the password in any form. */
export function holdsSecret(bytes: Buffer | string): boolean {
  const text = bytes.toString('latin1' as never).toLowerCase();
  return secrets.some((secret) => text.includes(secret.toLowerCase()));
}

/** What a server heard before TLS, whatever the outcome of the handshake. TLS records are cut off. */
function heardInPlaintext({ stage, stream, plaintext }: FakeConnection): Buffer {
  const all = stage === 'plain' ? stream.received : plaintext();
  const record = all.findIndex((byte, at) => byte === 0x16 && all[at + 1] === 3 && (at === 0 || all[at - 1] === 0x0a));
  return record === -1 ? all : all.subarray(0, record);
}

/** Waits until the product has closed its connection to a server. */
export function gone(connection: FakeConnection): Promise<unknown> {
  return Promise.race([connection.ended, connection.stream.ended]);
}

/** The server saw nothing that it must not see: only what is allowed before TLS, and nothing inside TLS. */
export function expectNothingLost(connection: FakeConnection, { tls, protocol }: Scene['upstream']): void {
  const plain = heardInPlaintext(connection).toString('latin1');
  expect(plain).toMatch(tls === 'implicit' ? /^$/ : allowed[protocol]);
  expect(holdsSecret(plain)).toBe(false);
  expect(holdsSecret(connection.inside())).toBe(false);
}

/**
 * The three assertions, for a mail program that waits for its greeting and for one that sends its password at once:
 * refused, told, stated.
 */
export async function expectRefused(stage: Stage, scene: Scene, required: Required): Promise<void> {
  const { protocol } = scene.upstream;
  const { relay, account, port, upstream } = stage.on(scene);
  const attempts = [false, true];
  for (const [number, impatient] of attempts.entries()) {
    const from = stage.postern.events.length;
    const before = upstream.connections.length;
    const client = await RawClient.connect(port);
    if (impatient) client.send(impatience[protocol]);

    // Told: one line of the protocol, in our words, and an orderly end.
    const heard = (await client.rest()).toString('latin1');
    client.finish();
    expect(await client.ended).toBe('end');
    expect(heard.endsWith('\r\n')).toBe(true);
    expect(heard.slice(0, -2)).toMatch(toldAtGreeting[protocol]);
    expect(heard).not.toMatch(blamesThePassword);
    expect(heard).not.toContain(mark);

    // Refused: the server's connection is closed, it learned nothing, and nothing else was tried.
    const event = await stage.postern.event('refused', (one) => one.relay === relay, from);
    await stage.postern.event('session-closed', (one) => one.relay === relay, from);
    const met = upstream.connections.slice(before);
    expect(met.length).toBeLessThanOrEqual(required.tookNoPart || required.lookedAgain ? 2 : 1);
    expect(met.filter(({ secured }) => secured).length).toBeLessThanOrEqual(1);
    for (const connection of met) {
      await gone(connection);
      expectNothingLost(connection, scene.upstream);
      // IMAP and news servers are asked for their capabilities before the program is greeted; nothing else is.
      const asked = { imap: /^(?:\w+ CAPABILITY\r\n)?$/, nntp: /^(?:CAPABILITIES\r\n)?$/, smtp: /^$/, pop3: /^$/ };
      expect(connection.inside().toString('latin1')).toMatch(
        scene.upstream.tls === 'starttls' ? asked[protocol] : /^$/,
      );
    }

    expect(stage.triedElsewhere()).toBe(0);

    // Stated: the reason and a message, in the event and in the state alike.
    expect([required.reason].flat()).toContain(event.reason);
    expect(event.message.length).toBeGreaterThan(20);
    if (required.says) expect(event.message).toMatch(required.says);
    const { tables } = await stage.snapshot();
    expect(tables.relays[relay]).toMatchObject({
      lastRefusal: { reason: event.reason, message: event.message },
      refusalsTotal: number + 1,
      lastVerified: null,
    });
    const said = stage.postern.events.slice(from).filter((one) => 'relay' in one && one.relay === relay);
    expect(said.map((one) => one.event)).not.toContain('session-verified');
    expect(JSON.stringify([event, tables.relays[relay]])).not.toContain(mark);
    const questions = Object.values(tables.questions).filter((question) => question.account === account);
    expect(questions.map(({ offers }) => offers.includes('once'))).toEqual(required.approvable ? [true] : []);
  }
}

/**
 * The three assertions where the server was verified and misbehaves while the mail program signs in.
 *
 * @param commands what the mail program says after the greeting, line by line; every reply but the last has to be
 *   positive
 */
export async function expectRefusedAtSignIn(
  stage: Stage,
  scene: Scene,
  commands: readonly string[],
  reason: RefusalReason,
): Promise<void> {
  const { protocol } = scene.upstream;
  const { relay, port, upstream } = stage.on(scene);
  const from = stage.postern.events.length;
  const before = upstream.connections.length;
  const client = await RawClient.connect(port);
  expect(await client.line()).toMatch(welcome[protocol]);
  const last = commands.at(-1) ?? '';
  for (const command of commands.slice(0, -1)) expect(await client.pop3(command)).toMatch(/^(?:\+OK|\+ |334|250|381)/);

  // Told once, whatever the mail program sends in addition; and an orderly end.
  client.send(`${last}\r\n${last}\r\n`);
  const heard = (await client.rest()).toString('latin1');
  client.finish();
  expect(await client.ended).toBe('end');
  expect(heard).toMatch(toldAtSignIn[protocol]);
  expect(heard).not.toMatch(blamesThePassword);
  expect(heard).not.toContain(mark);

  // Refused: one connection, which is closed.
  const event = await stage.postern.event('refused', (one) => one.relay === relay, from);
  await stage.postern.event('session-closed', (one) => one.relay === relay, from);
  const met = upstream.connections.slice(before);
  expect(met.length).toBe(1);
  for (const connection of met) await gone(connection);

  // Stated.
  expect(event.reason).toBe(reason);
  expect(event.message.length).toBeGreaterThan(20);
  const { tables } = await stage.snapshot();
  expect(tables.relays[relay]).toMatchObject({ lastRefusal: { reason, message: event.message } });
  expect(JSON.stringify([event, tables.relays[relay]])).not.toContain(mark);
}
