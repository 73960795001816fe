import { describe, expect, test } from 'vitest';
import { farewells } from '../../../proxy/contract/index.ts';
import { ldap } from '../../../proxy/dialects/ldap/ldap.ts';
import { EndedFromOutside } from '../../../proxy/net/ended-from-outside.ts';
import { ber, berInteger } from '../../../proxy/protocols/ber.ts';
import { readLdapHead } from '../../../proxy/protocols/ldap-message.ts';
import { op, startTlsOid } from '../../../proxy/protocols/ldap-operations.ts';
import {
  disconnectionNotice,
  ldapAnswer,
  ldapMessage,
  simpleBind,
  startTlsRequest,
} from '../../../proxy/protocols/ldap-writer.ts';
import { refusal, type Stage, stage } from '../../support/dialect-stage.ts';
import { bound, entry, referral } from '../../support/ldap-words.ts';

// LDAP before TLS, and what stands in place of a greeting.

/** The request for TLS as it arrives at the server, and its number. */
async function asked({ server }: Stage): Promise<number> {
  const bytes = Buffer.from(await server.take(2), 'latin1');
  const whole = Buffer.concat([bytes, Buffer.from(await server.take(bytes[1] ?? 0), 'latin1')]);
  const head = readLdapHead(whole);
  if (typeof head === 'string') throw new Error(head);
  expect(whole).toEqual(startTlsRequest(head.id));
  return head.id;
}

/** What comes of an answer to the request for TLS. */
async function answered(say: (id: number) => Buffer | string): Promise<{ on: Stage; ended: string; found: unknown }> {
  const on = await stage(ldap, null);
  const ended = on.requestTls();
  const found = ended.then(
    () => undefined,
    (error: { finding?: { code: string } }) => error.finding?.code,
  );
  on.server.say(say(await asked(on)));
  return { on, ended: await refusal(ended), found: await found };
}

const fields = (value: number) => [berInteger(0x0a, value), ber(4), ber(4)];
const yes = (id: number, ...more: Buffer[]) => ldapMessage(id, op.extendedResponse, ...fields(0), ...more);
const named = (name: string) => ber(0x8a, Buffer.from(name));

describe('the request for TLS', () => {
  test('is the first and only one, with a number of its own, and is traced', async () => {
    const ids = new Set<number>();
    for (const more of [[], [named(startTlsOid)]]) {
      const { on, ended } = await answered((id) => {
        ids.add(id);
        return yes(id, ...more);
      });
      expect(ended).toBe('resolved: undefined');
      expect(on.server.heard.length).toBeLessThan(40);
      expect(on.awaited).toEqual(['starttls']);
      expect(on.traced).toEqual(['to-server: extendedRequest StartTLS', 'server: extendedResponse 0 (success)']);
    }
    expect(ids.size).toBe(2);
  });

  test('comes with lengths in any form that LDAP has', async () => {
    const { ended } = await answered((id) => {
      const length = (size: number) => Buffer.from([0x84, 0, 0, 0, size]);
      const inside = Buffer.concat([berInteger(2, id), Buffer.from([0x78]), length(7), ...fields(0)]);
      return Buffer.concat([Buffer.from([0x30]), length(inside.length), inside]);
    });
    expect(ended).toBe('resolved: undefined');
  });

  test('21: what is behind the go-ahead is left unread, for the caller to judge', async () => {
    for (const said of [Buffer.from('x'), bound(2), Buffer.from([0x30])]) {
      const { on, ended } = await answered((id) => Buffer.concat([yes(id), said]));
      expect([ended, on.upstream.peek()]).toEqual(['resolved: undefined', said]);
    }
  });

  test.each([1, 8, 12, 13, 50, 52, 53, 80])('2: result %i is a refusal', async (value) => {
    expect(await answered((id) => ldapAnswer(id, op.extendedResponse, value, 'no'))).toMatchObject({
      ended: 'starttls-refused',
      found: 'starttls-refused',
    });
  });

  test('1: an unknown request is TLS that is not on offer; a referral is not followed', async () => {
    expect(await answered((id) => ldapAnswer(id, op.extendedResponse, 2, ''))).toMatchObject({
      ended: 'starttls-not-offered',
    });
    const { on, ended } = await answered((id) => referral(id, op.extendedResponse, 'ldap://evil/', 'ldaps://evil/'));
    expect(ended).toBe('starttls-refused');
    expect(on.server.heard.length).toBeLessThan(40);
  });

  test.each<[string, (id: number) => Buffer | string]>([
    ['another number', (id) => yes(id === 1 ? 2 : id - 1)],
    ['the number of a notice, and no notice', () => yes(0)],
    ['another kind of answer', (id) => ldapMessage(id, op.bindResponse, ...fields(0))],
    ['no result', (id) => entry(id, 'cn=a')],
    ['another name', (id) => yes(id, named('1.2.3'))],
    ['a value', (id) => yes(id, named(startTlsOid), ber(0x8b, Buffer.from('x')))],
    ['a referral', (id) => yes(id, ber(0xa3, ber(4, Buffer.from('ldap://evil/'))))],
    ['controls', (id) => ber(0x30, berInteger(2, id), ber(op.extendedResponse, ...fields(0)), ber(0xa0))],
    [
      'something behind the operation',
      (id) => ber(0x30, berInteger(2, id), ber(op.extendedResponse, ...fields(0)), ber(4)),
    ],
    ['an indefinite length', () => Buffer.from('30800201', 'hex')],
    ['a result without a number', (id) => ldapMessage(id, op.extendedResponse, ber(0x0a), ber(4), ber(4))],
    ['a length without end', () => Buffer.from('30840fffffff02010178840ffffff0', 'hex')],
    ['SMTP', () => '220 mail ESMTP\r\n'],
    ['a web page', () => 'HTTP/1.1 400 Bad Request\r\n\r\n'],
  ])('is not granted with %s', async (_what, say) => {
    expect(await answered(say)).toMatchObject({ ended: 'upstream-protocol' });
  });

  test.each([
    ['SMTP', '220 mail.example.org ESMTP\r\n', 'wrong-protocol'],
    ['a web page', 'HTTP/1.1 400 Bad Request\r\n\r\n', 'captive-portal'],
    ['a TLS alert', '\x15\x03\x01\0\x02\x02\x46', 'port-wants-implicit-tls'],
    [
      'a notice of disconnection',
      disconnectionNotice(51, 'too many connections from you').toString('latin1'),
      'server-too-many-connections',
    ],
  ])('18: what answers with %s is recognised, before the request and after it', async (_what, said, code) => {
    expect(await answered(() => said)).toMatchObject({ ended: 'upstream-protocol', found: code });
    const on = await stage(ldap, null);
    on.server.say(said);
    await on.upstream.arrival(on.stop.signal);
    await expect(on.requestTls()).rejects.toMatchObject({ finding: { code } });
    expect(on.server.heard).toBe('');
  });

  test('23: a go-ahead before the request grants nothing', async () => {
    const on = await stage(ldap, null);
    on.server.say(yes(1));
    await on.upstream.arrival(on.stop.signal);
    expect(await refusal(on.requestTls())).toBe('upstream-protocol');
    expect(on.server.heard).toBe('');
  });

  test('16: an end, or a stop from outside, keeps its own reason', async () => {
    const on = await stage(ldap, null);
    const ended = refusal(on.requestTls());
    await asked(on);
    on.server.end();
    expect(await ended).toBe('upstream-closed');
    const stopped = await stage(ldap, null);
    const over = refusal(stopped.requestTls());
    await asked(stopped);
    stopped.stop.abort(new Error('stopped'));
    expect(await over).toBe('threw: stopped');
  });
});

test('nobody is greeted', async () => {
  const on = await stage(ldap, null);
  expect(await on.greet(true)).toBe('sign-in ');
  expect(await on.greet(false)).toBe('sign-in ');
  expect(on.server.heard).toBe('');
});

test('an end from outside answers the bind that waits, by its number', async () => {
  const on = await stage(ldap, null);
  const over = refusal(on.signIn());
  const bind = simpleBind(9, 'cn=a', 'secret');
  on.program.say(bind);
  await on.server.take(bind.length);
  on.stop.abort(new EndedFromOutside('stopped'));
  expect(await over).toBe('EndedFromOutside');
  const answer = bound(9, 52, `Postern: ${farewells.stopped}`);
  expect(await on.program.take(answer.length)).toBe(answer.toString('latin1'));
});

describe('a refusal in place of a greeting', () => {
  const told = (said?: Buffer) => Buffer.from(ldap.refuseGreeting('Grüße\u202e → no', said), 'latin1');

  test('answers the request that the program has made, or is a notice of disconnection', () => {
    const words = 'Postern: Grue no';
    expect(told().toString('latin1')).toContain('1.3.6.1.4.1.1466.20036');
    expect(told(simpleBind(9, 'cn=a', 'secret').subarray(0, 12))).toEqual(
      bound(
        9,
        52,
        told()
          .toString()
          .match(/Postern: [ -~]+(?=\x8a|\ufffd)/)?.[0] ?? words,
      ),
    );
    for (const none of [Buffer.from('GET / HTTP/1.1'), Buffer.from([0x30]), Buffer.from('30050201014200', 'hex')]) {
      expect(told(none)).toEqual(told());
    }
  });

  test('waits for no more than the head of a request', () => {
    expect(ldap.asksFirst?.(Buffer.from([0x30, 0x10]))).toBe(false);
    expect(ldap.asksFirst?.(simpleBind(9, 'cn=a', 'secret').subarray(0, 8))).toBe(true);
    expect(ldap.asksFirst?.(Buffer.from('GET /'))).toBe(true);
  });
});
