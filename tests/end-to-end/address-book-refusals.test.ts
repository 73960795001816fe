import { beforeAll, expect, test } from 'vitest';
import { scratchDirectory } from '../support/clean-up.ts';
import { needProgram } from '../support/needs.ts';
import { createAuthority, issue, writeFiles } from '../support/pki.ts';
import { type Postern, startPostern } from '../support/postern.ts';
import { runProgram } from '../support/programs.ts';
import { directoryTop, personDn, startSlapd } from '../support/slapd.ts';

// Why a real OpenLDAP server with a password policy refuses a sign-in, through the built product: what the program hears is the
// server's, and what the person reads is what it means.

const server = 'ldap.example.test';
const password = 'pass word';
let postern: Postern;

beforeAll(async () => {
  const identity = issue(createAuthority(), { names: [server] });
  const start = (config: readonly string[]) =>
    startSlapd({
      identity,
      config,
      overlays: ['overlay ppolicy', `ppolicy_default "${personDn('policy')}"`],
      people: [
        {
          uid: 'policy',
          more: [
            ...['objectClass: pwdPolicy', 'pwdAttribute: userPassword', 'pwdLockout: TRUE'],
            ...['pwdMaxFailure: 2', 'pwdLockoutDuration: 0', 'pwdMaxAge: 86400'],
          ],
        },
        { uid: 'alice', password, more: ['pwdChangedTime: 20990101000000Z'] },
        { uid: 'locked', password, more: ['pwdAccountLockedTime: 000001010000Z'] },
        { uid: 'expired', password, more: ['pwdChangedTime: 20010101000000Z'] },
      ],
    });
  const usual = await start(['moduleload ppolicy.la']);
  const strict = await start(['moduleload ppolicy.la', 'disallow bind_anon bind_simple']);
  const relay = (name: string, port: number) => ({
    ...{ name, protocol: 'ldap' as const, tls: 'implicit' as const, listen: '127.0.0.1:0' },
    ...{ server, address: '127.0.0.1', port },
  });
  postern = await startPostern({
    configuration: {
      version: 1,
      accounts: [
        { name: 'Usual', relays: [relay('usual', usual.ports.ldaps)] },
        { name: 'Strict', relays: [relay('strict', strict.ports.ldaps)] },
      ],
      certificateAuthorities: [writeFiles(scratchDirectory('authority'), identity).root],
    },
  });
});

function ldapsearch(relay: string, ...words: string[]) {
  const place = ['-x', '-H', `ldap://127.0.0.1:${postern.port(relay)}`, '-b', directoryTop, '-o', 'nettimeout=30'];
  return runProgram(needProgram('ldapsearch'), [...place, ...words]);
}

test.each([
  ['a name without a password', 'usual', ['-D', personDn('alice')], 53, 'credentials-missing'],
  ['nobody by name, where somebody is wanted', 'strict', [], 48, 'credentials-missing'],
  ['a password, where none is taken', 'strict', ['-D', personDn('alice'), '-w', password], 53, 'no-password-sign-in'],
  // The server does not say that it is so, unless the program asks by a control.
  ['an account that is locked', 'usual', ['-D', personDn('locked'), '-w', password], 49, 'wrong-password'],
  ['a password that has expired', 'usual', ['-D', personDn('expired'), '-w', password], 49, 'wrong-password'],
] as const)('%s', async (_what, relay, words, code, diagnosed) => {
  const from = postern.events.length;
  const program = await ldapsearch(relay, ...words);
  expect(program.code).toBe(code);
  const refused = await postern.event('refused', (event) => event.relay === relay, from);
  expect(refused).toMatchObject({ reason: 'upstream-sign-in-failed', code: diagnosed, facts: { protocol: 'ldap' } });
  expect(refused.message).not.toMatch(/mail program|e-mail|app password/);
});

test('the honest twin finds people, and nothing is stated', async () => {
  const from = postern.events.length;
  const { code, stdout } = await ldapsearch('usual', '-D', personDn('alice'), '-w', password, '(uid=alice)', 'mail');
  expect([code, stdout.toString()]).toEqual([0, expect.stringContaining('mail: alice@example.test')]);
  await postern.event('session-closed', ({ relay }) => relay === 'usual', from);
  expect(postern.events.slice(from).map(({ event }) => event)).not.toContain('refused');
});
