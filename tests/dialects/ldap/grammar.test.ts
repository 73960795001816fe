import { describe, expect, test } from 'vitest';
import type { SignInByPostern as SignIn } from '../../../proxy/contract/index.ts';
import { ldap } from '../../../proxy/dialects/ldap/ldap.ts';
import { readLdapHead, readResult } from '../../../proxy/protocols/ldap-message.ts';
import { op, startTlsOid } from '../../../proxy/protocols/ldap-operations.ts';
import { disconnectionNotice, ldapAnswer, simpleBind, unbindRequest } from '../../../proxy/protocols/ldap-writer.ts';
import { gateFor, localPassword, longPassword } from '../../gate/support/gates.ts';
import { type Peer, refusal, type Stage, stage } from '../../support/dialect-stage.ts';
import {
  abandon,
  bound,
  done,
  entry,
  extended,
  oldBind,
  referral,
  saslBind,
  search,
} from '../../support/ldap-words.ts';

// The sign-in of a directory session, told as conversations: its grammar, its table, its talk and its front.

type Entry =
  | readonly ['program' | 'server' | 'program hears' | 'server hears', Buffer]
  | readonly ['told', number, RegExp];

/** The last words begin here. */
async function message(peer: Peer): Promise<Buffer> {
  const begun = Buffer.from(await peer.take(2), 'latin1');
  let length = begun[1] ?? 0;
  let more = Buffer.alloc(0);
  if (length > 0x80) {
    more = Buffer.from(await peer.take(length & 0x7f), 'latin1');
    length = more.readUIntBE(0, more.length);
  }
  return Buffer.concat([begun, more, Buffer.from(await peer.take(length), 'latin1')]);
}

/** An answer as text: its number, its tag, and its bytes; and its result. */
function shown(bytes: Buffer): { text: string; code: number | undefined } {
  const head = readLdapHead(bytes);
  if (typeof head === 'string') throw new Error(head);
  const result = readResult(bytes, head);
  return {
    text: `${head.id} ${head.op.tag.toString(16)} ${bytes.toString('latin1')}`,
    code: typeof result === 'string' ? undefined : result.code,
  };
}

async function converse(script: readonly Entry[], own?: SignIn): Promise<{ on: Stage; ended: Promise<string> }> {
  const on = await stage(ldap, null, own ? { own: gateFor(own).own() } : {});
  const ended = refusal(on.signIn());
  for (const [at, part] of script.entries()) {
    const [who, what, words] = part;
    if (who === 'program' || who === 'server') on[who].say(what as Buffer);
    else if (who === 'told') {
      const said = shown(await message(on.program));
      expect(said.text, `entry ${at}`).toMatch(words as RegExp);
      expect(said.code, `entry ${at}`).toBe(what);
    } else {
      const peer = who === 'program hears' ? on.program : on.server;
      expect(await message(peer), `entry ${at}`).toEqual(what);
    }
  }
  return { on, ended };
}

const relayed = (request: Buffer, answer: Buffer): Entry[] => [
  ['program', request],
  ['server hears', request],
  ['server', answer],
  ['program hears', answer],
];
const bind = simpleBind(7, 'cn=alice', 'sesame');

describe('a sign-in', () => {
  test.each([
    ['with a password', bind],
    ['with none: nobody in particular', simpleBind(7, '', '')],
    ['of LDAPv2', oldBind(7, 2, 'cn=alice', 'sesame')],
    ['by a mechanism', saslBind(7, 'PLAIN', '\0alice\0sesame')],
  ])('%s is passed on, and raw bytes follow once it is accepted', async (_what, request) => {
    const { on, ended } = await converse(relayed(request, bound(7)));
    expect(await ended).toBe('resolved: "splice"');
    expect(on.traced.join('\n')).not.toMatch(/sesame|alice/);
  });

  test('is traced by its form alone', async () => {
    const { on, ended } = await converse(relayed(bind, bound(7, 0, 'sesame')));
    await ended;
    expect(on.traced).toEqual(['client: bindRequest (version 3, simple) ‹secret›', 'server: bindResponse 0 (success)']);
  });

  test('that is refused may be tried again, and is noted if that was all', async () => {
    const { on, ended } = await converse([
      ...relayed(bind, bound(7, 49, 'no')),
      ...relayed(simpleBind(8, 'cn=a', 'b'), bound(8)),
    ]);
    expect(await ended).toBe('resolved: "splice"');
    expect(on.notes).toEqual([]);
    const vain = await converse([
      ...relayed(bind, bound(7, 49, 'no')),
      ['program', unbindRequest(8)],
      ['server hears', unbindRequest(8)],
    ]);
    expect(await vain.ended).toBe('resolved: "closed"');
    expect(vain.on.notes.join()).toMatch(/^upstream-sign-in-failed/);
  });

  test.each([
    [2, oldBind(7, 2, 'cn=a', 'x'), 'ldap-version-refused'],
    [49, bind, 'wrong-password'],
    [8, bind, 'no-password-sign-in'],
    [13, bind, 'no-password-sign-in'],
    [51, bind, 'server-unavailable'],
    [53, simpleBind(7, 'cn=a', ''), 'credentials-missing'],
    [48, simpleBind(7, '', ''), 'credentials-missing'],
    [53, bind, 'sign-in-refused'],
    [19, bind, 'account-blocked'],
  ])('that is refused with %i is explained', async (value, request, code) => {
    const { on, ended } = await converse([...relayed(request, bound(7, value, 'w')), ['program', unbindRequest(8)]]);
    await ended;
    expect(on.findings).toMatchObject([{ code }]);
  });

  test('in steps: each is a bind of its own', async () => {
    const { on, ended } = await converse([
      ...relayed(saslBind(1, 'SCRAM-SHA-256', 'n,,n=a,r=b'), bound(1, 14)),
      ...relayed(saslBind(2, 'SCRAM-SHA-256', 'c=biws'), bound(2)),
    ]);
    expect([await ended, on.notes]).toEqual(['resolved: "splice"', []]);
  });

  test('that would hide what follows is declined', async () => {
    const { on } = await converse([
      ['program', saslBind(3, 'GSSAPI', 'ticket')],
      ['told', 7, /^3 61 .*Postern: /s],
    ]);
    expect(on.server.heard).toBe('');
  });

  test('32: the answer to another request, or one that is no answer to a bind, is refused', async () => {
    for (const said of [bound(8), done(7), bound(7, 14), entry(7, 'cn=a')]) {
      const { on, ended } = await converse([
        ['program', bind],
        ['server hears', bind],
        ['server', said],
        ['told', 52, /^7 61 /s],
      ]);
      expect(await ended).toBe('upstream-protocol');
      expect(on.program.heard).not.toContain('Referral');
    }
  });

  test('whose server leaves is told so in its own answer', async () => {
    const { on, ended } = await converse([
      ['program', bind],
      ['server hears', bind],
    ]);
    on.server.end();
    expect(await ended).toBe('upstream-closed');
    expect(shown(await message(on.program)).text).toMatch(/^7 61 .*Postern: /s);
  });

  test('12: a referral in the answer is never followed, and leads nowhere', async () => {
    const answer = referral(7, op.bindResponse, 'ldap://evil/');
    const { on } = await converse([
      ['program', bind],
      ['server hears', bind],
      ['server', answer],
      ['told', 53, /Postern: the server refers/],
    ]);
    expect(on.program.heard).not.toContain('evil');
    expect(on.notes.join()).toMatch(/^referral-to-plaintext/);
  });
});

describe('without a sign-in', () => {
  test('the first request that is none begins the raw phase, and is left to it', async () => {
    for (const request of [search(1), extended(1, '1.3.6.1.4.1.4203.1.11.3'), search(1, 'x'.repeat(100_000))]) {
      const { on, ended } = await converse([['program', request]]);
      expect(await ended).toBe('resolved: "splice"');
      expect(on.client.peek().subarray(0, 20)).toEqual(request.subarray(0, 20));
      expect(on.server.heard).toBe('');
    }
  });

  test('27: a request for TLS is declined as one that is not known; what follows it is not discarded', async () => {
    const { on, ended } = await converse([
      ['program', Buffer.concat([extended(1, startTlsOid), simpleBind(2, 'cn=a', 'x')])],
      ['told', 2, /^1 78 .*Postern: not needed here/s],
      ['server hears', simpleBind(2, 'cn=a', 'x')],
      ['server', bound(2)],
      ['program hears', bound(2)],
    ]);
    expect([await ended, on.notes]).toEqual(['resolved: "splice"', []]);
  });

  test('what is abandoned has been answered already: the server hears nothing of it', async () => {
    const { on, ended } = await converse([['program', abandon(1, 9)], ...relayed(bind, bound(7))]);
    expect(await ended).toBe('resolved: "splice"');
    expect(on.program.heard).toBe(bound(7).toString('latin1'));
  });

  test('leaving before a sign-in is quiet', async () => {
    const { on, ended } = await converse([
      ['program', unbindRequest(1)],
      ['server hears', unbindRequest(1)],
    ]);
    expect([await ended, on.program.heard, on.notes]).toEqual(['resolved: "closed"', '', []]);
  });

  test('the server’s goodbye is passed on, without a referral', async () => {
    const notice = disconnectionNotice(51, 'busy');
    const { ended } = await converse([
      ['server', notice],
      ['program hears', notice],
    ]);
    expect(await ended).toBe('resolved: "closed"');
  });

  test('23: anything else that nobody asked for is refused', async () => {
    const { ended } = await converse([
      ['server', bound(1)],
      ['told', 52, /1\.3\.6\.1\.4\.1\.1466\.20036/],
    ]);
    expect(await ended).toBe('upstream-protocol');
  });
});

describe('what cannot be read', () => {
  test.each<[string, Buffer]>([
    ['an answer', done(1)],
    ['an indefinite length', Buffer.from('30800201016000', 'hex')],
    ['a bind that is none', Buffer.from('300a02010160050201030400', 'hex')],
    ['a mail program', Buffer.from('EHLO me\r\n')],
  ])('%s ends the session with a notice', async (_what, bytes) => {
    const { on, ended } = await converse([
      ['program', bytes],
      ['told', 2, /Postern: .*cannot be read.*1\.3\.6\.1\.4\.1\.1466\.20036/s],
    ]);
    expect([await ended, on.server.heard]).toEqual(['resolved: "closed"', '']);
  });

  test('61: a bind that announces more than any has is not waited for', async () => {
    const { on, ended } = await converse([
      ['program', Buffer.from('30840fffffff02010160840ffffff0', 'hex')],
      ['told', 52, /Postern: more bytes/],
    ]);
    expect([await ended, on.server.heard]).toEqual(['resolved: "closed"', '']);
    expect(on.notes.join()).toMatch(/^client-line-too-long/);
  });

  test('66: a web page is one', async () => {
    const { ended } = await converse([['program', Buffer.from('POST / HTTP/1.1\r\n')]]);
    expect(await ended).toBe('client-not-mail');
  });
});

describe('where Postern signs in', () => {
  const own: SignIn = { kind: 'stored', user: 'cn=alice,dc=example' };

  test.each([
    ['a password', simpleBind(7, 'cn=anybody', localPassword)],
    ['a mechanism', saslBind(7, 'PLAIN', `\0x\0${localPassword}`)],
  ])('the program has the local one, by %s, and the server hears the stored one', async (_what, request) => {
    const { on, ended } = await converse(
      [
        ['program', request],
        ['server hears', simpleBind(1, own.user, longPassword)],
        ['server', bound(1)],
        ['program hears', ldapAnswer(7, op.bindResponse, 0, 'Postern: signed in')],
      ],
      own,
    );
    expect(await ended).toBe('resolved: "splice"');
    expect(on.server.heard).not.toContain(localPassword);
    expect(on.traced.join('\n')).not.toMatch(/application|ahdf/);
  });

  test('a wrong local password, none, another way, or a question before it: declined, and the server hears nothing', async () => {
    const { on } = await converse(
      [
        ['program', simpleBind(1, 'cn=a', 'wrong')],
        ['told', 49, /Postern: wrong local password/],
        ['program', simpleBind(2, 'cn=a', '')],
        ['told', 48, /local password/],
        ['program', search(3)],
        ['told', 8, /^3 65 .*sign in first/s],
        ['program', saslBind(4, 'CRAM-MD5')],
        ['told', 7, /by name and password/],
        ['program', saslBind(5, 'PLAIN', 'x')],
        ['told', 2, /Postern: the sign-in data/],
        ['program', extended(6, startTlsOid)],
        ['told', 2, /not needed here/],
      ],
      own,
    );
    expect(on.server.heard).toBe('');
  });

  test('a server that does not accept it never blames the program’s password', async () => {
    const { ended } = await converse(
      [
        ['program', simpleBind(7, 'cn=a', localPassword)],
        ['server hears', simpleBind(1, own.user, longPassword)],
        ['server', bound(1, 49, 'no')],
        ['told', 52, /^7 61 .*Postern: /s],
      ],
      own,
    );
    expect(await ended).toBe('upstream-sign-in-failed');
  });
});
