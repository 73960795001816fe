/**
 * 71: no password, AUTH blob, message byte or token may appear in any log, event, error or state, in any of the ways to
 * sign in, including failures and over-long lines. The log is at its most detailed.
 */

import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { beforeAll, describe, expect, test } from 'vitest';
import { type Core, relayTo, startCore } from '../support/core.ts';
import { startFakeUpstream } from '../support/fake-upstream.ts';
import { type LineProtocol, lineProtocols } from '../support/line-protocols.ts';
import { createAuthority, type Identity, issue } from '../support/pki.ts';
import { RawClient } from '../support/raw-client.ts';

const user = 'alice';
const password = 'kanarienvogel-7f3a';
const message = 'quokka-in-the-message';
const base64 = (text: string) => Buffer.from(text).toString('base64');
const long = password.repeat(2000);

/** Everything that would reveal the secret, in the forms in which it is transmitted. */
const tellTales = [
  password,
  password.toUpperCase(),
  base64(password),
  base64(`\0${user}\0${password}`),
  Buffer.from(password).toString('hex'),
  message,
  // Whatever its alignment inside a longer base64 text.
  ...[0, 1, 2].map((shift) => base64(`${'x'.repeat(shift)}${password}`).slice(shift === 0 ? 0 : 4, -6)),
];

let authority: Identity;
let identity: Identity;
beforeAll(() => {
  authority = createAuthority();
  identity = issue(authority, { names: ['localhost'] });
});

/** What each program says; each list is one connection, and each entry one step. */
const scripts: Record<LineProtocol, string[][]> = {
  smtp: [
    [
      `AUTH PLAIN ${base64(`\0${user}\0${password}`)}\r\n`,
      `MAIL FROM:<a@b>\r\nRCPT TO:<c@d>\r\nDATA\r\n${message}\r\n.\r\n`,
    ],
    ['AUTH PLAIN\r\n', `${base64(`\0${user}\0${password}`)}\r\n`],
    ['AUTH LOGIN\r\n', `${base64(user)}\r\n`, `${base64(password)}\r\n`],
    ['AUTH LOGIN\r\n', `${base64(user)}\r\n`, `${base64(`${password}wrong`)}\r\n`],
    [`AUTH LOGIN ${base64(user)}\r\n`, `${base64(password)}\n`],
    ['AUTH CRAM-MD5\r\n', `${base64(`${user} ${password}`)}\r\n`],
    [`AUTH PLAIN ${long}\r\n`, 'QUIT\r\n'],
    [`AUTH=PLAIN ${base64(`\0${user}\0${password}`)}\r\n`],
    ['AUTH LOGIN\r\n', `${long}\r\n`],
    [`${password}\r\n`],
    [`X${password}${'x'.repeat(600)}\r\n`],
    [`NOOP ${password}\n`],
  ],
  imap: [
    [`a LOGIN ${user} ${password}\r\n`, `b APPEND INBOX {${message.length}+}\r\n${message}\r\n`],
    [`a LOGIN "${user}" "${password}wrong"\r\n`],
    [`a LOGIN ${user} {${password.length}}\r\n`, `${password}\r\n`],
    [`a LOGIN {${user.length}+}\r\n${user} {${password.length}+}\r\n${password}\r\n`],
    [`a AUTHENTICATE PLAIN ${base64(`\0${user}\0${password}`)}\r\n`],
    ['a AUTHENTICATE PLAIN\r\n', `${base64(`\0${user}\0${password}`)}\r\n`],
    ['a AUTHENTICATE LOGIN\r\n', `${base64(user)}\r\n`, `${base64(password)}\r\n`],
    ['a AUTHENTICATE CRAM-MD5\r\n', `${base64(`${user} ${password}`)}\r\n`],
    [`a LOGIN ${user} ${long}\r\n`],
    [`a LOGIN ${user} "${password}\n`],
    [`a LOGIN ${user} {999999999+}\r\n${password}\r\n`],
    [`${password} LOGIN ${user} ${password}\r\n`],
    [`a login ${user} ${password} extra\r\n`],
    [`a ${password}\r\n`],
    [`${password}\r\n`],
  ],
  pop3: [
    [`USER ${user}\r\n`, `PASS ${password}\r\n`, `X ${message}\r\n`],
    [`USER ${user}\r\nPASS ${password}wrong\r\n`],
    [`PASS ${password}\r\n`],
    [`pass ${password}\r\n`],
    [`APOP ${user} ${password}\r\n`],
    [`AUTH PLAIN ${base64(`\0${user}\0${password}`)}\r\n`],
    ['AUTH PLAIN\r\n', `${base64(`\0${user}\0${password}`)}\r\n`],
    ['AUTH LOGIN\r\n', `${base64(user)}\r\n`, `${base64(password)}\r\n`],
    [`PASS ${long}\r\n`],
    [`PASS ${password}\n`],
    [`${password}\r\n`],
    [`PASS\t${password}\r\n`],
  ],
  nntp: [
    [`AUTHINFO USER ${user}\r\n`, `AUTHINFO PASS ${password}\r\n`, `POST\r\n${message}\r\n.\r\n`],
    [`AUTHINFO USER ${user}\r\nAUTHINFO PASS ${password}wrong\r\n`],
    [`authinfo pass ${password}\r\n`],
    [`AUTHINFO SASL PLAIN ${base64(`\0${user}\0${password}`)}\r\n`],
    ['AUTHINFO SASL LOGIN\r\n', `${base64(user)}\r\n`, `${base64(password)}\r\n`],
    [`AUTHINFO SASL LOGIN ${base64(user)}\r\n`, `${base64(password)}\n`],
    ['AUTHINFO SASL PLAIN\r\n', `${base64(`\0${user}\0${password}`)}\r\n`],
    ['AUTHINFO SASL PLAIN\r\n', `${base64(`\0${user}\0${password}wrong`)}\r\n`],
    ['AUTHINFO SASL CRAM-MD5\r\n', `${base64(`${user} ${password}`)}\r\n`],
    ['AUTHINFO SASL LOGIN\r\n', `${long}\r\n`],
    [`AUTHINFO SASL PLAIN ${long}\r\n`, 'QUIT\r\n'],
    [`AUTHINFO SASL XNONE ${password}\r\n`],
    [`AUTHINFO SIMPLE ${password}\r\n`],
    [`AUTHINFO ${password}\r\n`],
    [`AUTHINFO PASS ${long}\r\n`],
    [`AUTHINFO\tPASS\t${password}\n`],
    [`${password}\r\n`],
    [`GROUP ${password}\r\n`],
  ],
};

function everythingSaid(core: Core): string {
  const logs = join(core.dataDirectory, 'logs');
  return [
    JSON.stringify(core.events),
    JSON.stringify(core.proxy.state.snapshot()),
    ...readdirSync(logs).map((file) => readFileSync(join(logs, file), 'utf8')),
    ...readdirSync(core.dataDirectory, { withFileTypes: true })
      .filter((entry) => entry.isFile())
      .map(({ name }) => readFileSync(join(core.dataDirectory, name), 'utf8')),
  ].join('\n');
}

async function play(core: Core, steps: string[]): Promise<void> {
  const client = await RawClient.connect(core.port('relay'));
  await client.line();
  for (const step of steps) {
    const before = client.received.length;
    client.send(step);
    // Wait for any one reply, or the end.
    await Promise.race([
      client.ended,
      new Promise<void>((resolve) => {
        client.socket.on('data', () => {
          if (client.received.length > before) resolve();
        });
      }),
    ]);
  }
  client.socket.destroy();
}

describe.each(lineProtocols)('%s', (protocol) => {
  test.each(['honest', 'failing', 'misbehaving'] as const)('nothing is given away with an %s server', async (kind) => {
    const upstream = await startFakeUpstream({
      protocol,
      tls: 'implicit',
      identity,
      users: kind === 'honest' ? { [user]: password } : { [user]: 'another' },
      ...(kind === 'misbehaving'
        ? {
            // Echoes what it heard, as a broken server might in its error messages.
            answer: (line: string) => {
              const tag = protocol === 'imap' ? `${line.split(' ', 1)[0]} NO ` : protocol === 'pop3' ? '-ERR ' : '535 ';
              return /AUTH|LOGIN|PASS|APOP/i.test(line) ? `${tag}${line}\r\n` : undefined;
            },
          }
        : {}),
    });
    const core = await startCore({
      authority,
      settings: { logLevel: 'trace', connectTimeoutSeconds: 5 },
      relays: [relayTo({ port: upstream.port, protocol, tls: 'implicit' })],
    });
    for (const steps of scripts[protocol]) await play(core, steps);
    await core.stop();
    const said = everythingSaid(core);
    const given = said.split('\n').filter((line) => tellTales.some((tellTale) => line.includes(tellTale)));
    expect(given).toEqual([]);
    // The trace does exist, and contains what may be shown.
    expect(said).toMatch(protocol === 'smtp' ? /AUTH PLAIN ‹secret›/ : protocol === 'imap' ? /LOGIN/ : /USER|PASS/);
  });
});

/** A password that was typed into the wrong field, and what the server may say about it. */
const misplaced: Record<(typeof lineProtocols)[number], string[]> = {
  smtp: [`EHLO me\r\n`, `MAIL FROM:<a@example.org> AUTH=${password}\r\n`, `${password} me\r\n`],
  imap: [`${password} CAPABILITY\r\n`, `${password} NOOP\r\n`, `a1 ${password}\r\n`],
  pop3: [`USER ${password}\r\n`, `APOP ${password} c4c9334bac560ecc979e58001b3e22fb\r\n`, 'CAPA\r\n'],
  nntp: [`AUTHINFO USER ${password}\r\n`, `GROUP ${password}\r\n`, `LIST ${password}\r\n`, 'DATE\r\n'],
};

test.each(lineProtocols)(
  '96: %s: a password in the wrong place, said back by the server, is not in the trace',
  async (protocol) => {
    const saysBack = (line: string) => {
      const [tag = ''] = line.split(' ', 1);
      return {
        smtp: `500 ${line}\r\n`,
        imap: `* BAD ${line}\r\n${tag} BAD ${line}\r\n`,
        pop3: `-ERR ${line}\r\n`,
        nntp: `500 ${line}\r\n`,
      }[protocol];
    };
    const upstream = await startFakeUpstream({
      protocol,
      tls: 'implicit',
      identity,
      answer: (line) => (line.includes(password) ? saysBack(line) : undefined),
    });
    const relays = [relayTo({ port: upstream.port, protocol, tls: 'implicit' })];
    const core = await startCore({ authority, settings: { logLevel: 'trace', connectTimeoutSeconds: 5 }, relays });
    await play(core, misplaced[protocol]);
    await core.stop();
    const heard = Buffer.concat(upstream.connections.map(({ inside }) => inside())).toString('latin1');
    expect(heard).toContain(password);
    const said = everythingSaid(core);
    expect(said.split('\n').filter((line) => line.includes(password))).toEqual([]);
    expect(said).toMatch(
      { smtp: /EHLO me/, imap: /‹tag› CAPABILITY/, pop3: /USER ‹secret›/, nntp: /USER ‹secret›/ }[protocol],
    );
  },
);

test('71: news: a sign-in that the server wants only behind the first article works, and is in no trace', async () => {
  const upstream = await startFakeUpstream({
    protocol: 'nntp',
    tls: 'implicit',
    identity,
    users: { [user]: password },
    answer: (line) => (line === 'ARTICLE 1' ? `220 1 <a@b>\r\n\r\n${message}\r\n.\r\n` : undefined),
  });
  const relays = [relayTo({ port: upstream.port, protocol: 'nntp', tls: 'implicit' })];
  const core = await startCore({ authority, settings: { logLevel: 'trace', connectTimeoutSeconds: 5 }, relays });
  const client = await RawClient.connect(core.port('relay'));
  await client.line();
  const heard: string[] = [];
  for (const line of ['ARTICLE 1', 'GROUP misc.test', `AUTHINFO USER ${user}`, `AUTHINFO PASS ${password}`, 'POST']) {
    const answer = await client.pop3(line);
    heard.push(answer.slice(0, 3));
    if (answer.startsWith('220')) while ((await client.line()) !== '.');
  }
  // 480 came when nobody read along any more; the program has signed in all the same.
  expect(heard).toEqual(['220', '480', '381', '281', '411']);
  expect(upstream.connections[0]?.user).toBe(user);
  client.finish();
  await client.ended;
  await core.stop();
  const said = everythingSaid(core);
  expect(said.split('\n').filter((line) => tellTales.some((tellTale) => line.includes(tellTale)))).toEqual([]);
  expect(said).toContain('ARTICLE 1');
  expect(said).not.toMatch(/AUTHINFO|misc\.test/);
});

const understood = {
  imap: {
    said: ['0001 CAPABILITY\r\n', `0002 LOGIN ${user} ${password}\r\n`],
    shown: ['‹tag› CAPABILITY', '* CAPABILITY IMAP4rev1', '‹tag› LOGIN ‹secret›'],
  },
  nntp: {
    said: ['CAPABILITIES\r\n', `AUTHINFO USER ${user}\r\n`, `AUTHINFO PASS ${password}\r\n`],
    shown: ['CAPABILITIES', 'READER', 'AUTHINFO PASS ‹secret›'],
  },
};

test.each(['imap', 'nntp'] as const)(
  'honest: 96: %s (imap, nntp): what is no secret stands in the trace, so that a failure can be understood',
  async (protocol) => {
    const upstream = await startFakeUpstream({
      protocol,
      tls: 'implicit',
      identity,
      users: { [user]: password },
    });
    const relays = [relayTo({ port: upstream.port, protocol, tls: 'implicit' })];
    const core = await startCore({ authority, settings: { logLevel: 'trace', connectTimeoutSeconds: 5 }, relays });
    await play(core, understood[protocol].said);
    await core.stop();
    const said = everythingSaid(core);
    for (const shown of understood[protocol].shown) expect(said).toContain(shown);
  },
);
