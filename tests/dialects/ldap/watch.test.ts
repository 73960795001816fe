import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { watchLdap } from '../../../proxy/dialects/ldap/watch.ts';
import type { Refused } from '../../../proxy/net/refused.ts';
import { answerTo, op, startTlsOid } from '../../../proxy/protocols/ldap-operations.ts';
import { disconnectionNotice, ldapAnswer, simpleBind, unbindRequest } from '../../../proxy/protocols/ldap-writer.ts';
import {
  abandon,
  bound,
  done,
  entry,
  extended,
  oldBind,
  reference,
  referral,
  saslBind,
  search,
} from '../../support/ldap-words.ts';

// The raw phase of a directory session: what crosses, in which order, and what does not.

interface Options {
  own?: boolean;
  referrals?: 'remove' | 'refuse';
}

/** Says pieces to both sides of a watch and gathers what each hears. */
function watched({ own = false, referrals }: Options = {}) {
  const notes: Refused[] = [];
  const [program, server]: Buffer[][] = [[], []];
  const watch = watchLdap({ server: 's', own, referrals, note: (refused) => void notes.push(refused) });
  return {
    watch,
    notes,
    /** Copied, since memory of a piece is given back once it has been written. */
    fromServer(bytes: Buffer) {
      watch.fromServer(bytes, (piece) => void program?.push(Buffer.from(piece)));
    },
    fromProgram(bytes: Buffer) {
      const [up, down] = [server, program];
      watch.fromProgram(
        bytes,
        (piece) => void up?.push(Buffer.from(piece)),
        (piece) => void down?.push(Buffer.from(piece)),
      );
    },
    heardByProgram: () => Buffer.concat(program ?? []),
    heardByServer: () => Buffer.concat(server ?? []),
  };
}

/** The bytes in pieces of their own, cut at these places; wiped once they have been said. */
function inPieces(bytes: Buffer, cuts: readonly number[], say: (piece: Buffer) => void): void {
  const places = [...new Set(cuts.map((cut) => cut % (bytes.length + 1)))].sort((a, b) => a - b);
  let from = 0;
  for (const to of [...places, bytes.length]) {
    const piece = Buffer.from(bytes.subarray(from, to));
    if (piece.length > 0) say(piece);
    piece.fill(0);
    from = to;
  }
}

const cuts = fc.array(fc.nat(5000), { maxLength: 12 });

describe('what the server says', () => {
  const honest = Buffer.concat([
    entry(2, 'cn=a'),
    entry(2, 'cn=b', 1000),
    reference(2, 'ldaps://b/'),
    done(2),
    ldapAnswer(3, op.extendedResponse, 0, ''),
    bound(4),
    disconnectionNotice(52, 'good-bye'),
  ]);

  test('crosses byte for byte, wherever it is cut', () => {
    fc.assert(
      fc.property(cuts, (at) => {
        const both = watched();
        inPieces(honest, at, both.fromServer);
        expect(both.heardByProgram().equals(honest)).toBe(true);
        expect(both.watch.whole).toBe(true);
      }),
    );
  });

  test('loses what leads to plaintext, and nothing else, wherever it is cut', () => {
    const sent = Buffer.concat([
      entry(2, 'cn=a', 500),
      reference(2, 'ldap://evil/'),
      entry(2, 'cn=b'),
      referral(2, op.searchResultDone, 'ldap://evil/', 'ldap://evil2/'),
    ]);
    fc.assert(
      fc.property(cuts, (at) => {
        const both = watched();
        inPieces(sent, at, both.fromServer);
        const heard = both.heardByProgram();
        const kept = Buffer.concat([entry(2, 'cn=a', 500), entry(2, 'cn=b')]);
        expect(heard.subarray(0, kept.length).equals(kept)).toBe(true);
        expect(heard.toString('latin1')).not.toContain('evil');
        expect(heard.subarray(kept.length).toString('latin1')).toContain('Postern: ');
        expect(both.notes.map(({ reason }) => reason)).toEqual(['referral-to-plaintext']);
      }),
    );
  });

  test('a large entry crosses as it comes: nothing of it is held', () => {
    const both = watched();
    const large = entry(2, 'cn=a', 5_000_000);
    both.fromServer(large.subarray(0, 4_000_000));
    expect(both.heardByProgram().length).toBe(4_000_000);
    expect([both.watch.between, both.watch.whole]).toEqual([false, false]);
    both.fromServer(large.subarray(4_000_000));
    expect([both.watch.between, both.watch.whole]).toEqual([true, true]);
  });

  test('a chunk that crosses whole is passed on as it is', () => {
    const { watch } = watched();
    const chunk = Buffer.concat([entry(2, 'cn=a'), entry(2, 'cn=b').subarray(0, 10)]);
    let got: Buffer | null = null;
    watch.fromServer(entry(2, 'cn=x'), (piece) => {
      got = piece;
    });
    expect(got).toEqual(entry(2, 'cn=x'));
    watch.fromServer(chunk, () => undefined);
    expect(watch.whole).toBe(false);
  });

  test.each<[string, Buffer]>([
    ['a request', search(1)],
    ['no LDAP', Buffer.from('HTTP/1.1 200 OK\r\n')],
    ['an indefinite length', Buffer.from('30800201', 'hex')],
    ['a result that cannot be read', Buffer.from('300a02010265050401000400', 'hex')],
    ['a reference to nowhere', reference(2)],
    [
      'a reference without end',
      Buffer.concat([Buffer.from('30840fffffff02010273840ffffff0', 'hex'), Buffer.alloc(70_000)]),
    ],
  ])('%s ends the session behind what is whole', (_what, bytes) => {
    const both = watched();
    both.fromServer(entry(2, 'cn=a'));
    expect(() => both.fromServer(bytes)).toThrow(expect.objectContaining({ reason: 'upstream-protocol' }));
    expect(both.heardByProgram().equals(entry(2, 'cn=a'))).toBe(true);
    expect(both.watch.between).toBe(true);
  });

  test('a referral ends it where the person wants that', () => {
    for (const said of [reference(2, 'ldap://evil/'), referral(2, op.searchResultDone, 'ldap://evil/')]) {
      const both = watched({ referrals: 'refuse' });
      expect(() => both.fromServer(said)).toThrow(expect.objectContaining({ reason: 'referral-to-plaintext' }));
      expect(both.heardByProgram().length).toBe(0);
    }
    const honestly = watched({ referrals: 'refuse' });
    honestly.fromServer(honest);
    expect(honestly.heardByProgram().equals(honest)).toBe(true);
  });

  test('a bind that the server refuses is noted for the person, by what it was', () => {
    const both = watched();
    both.fromProgram(oldBind(1, 2, 'cn=a', 'x'));
    both.fromServer(bound(1, 2, 'requested protocol version not allowed'));
    both.fromProgram(simpleBind(2, 'cn=a', 'x'));
    both.fromServer(bound(2, 49));
    both.fromServer(bound(3, 14));
    both.fromServer(bound(4));
    both.fromProgram(simpleBind(5, 'cn=a', ''));
    both.fromServer(bound(5, 53));
    both.fromProgram(simpleBind(6, 'cn=a', 'x'));
    both.fromServer(bound(6, 53));
    expect(both.notes.map(({ finding }) => finding.code)).toEqual([
      ...['ldap-version-refused', 'wrong-password'],
      ...['credentials-missing', 'sign-in-refused'],
    ]);
  });
});

describe('what the program says', () => {
  const honest = Buffer.concat([
    search(2),
    simpleBind(3, 'cn=a', 'secret'),
    saslBind(4, 'PLAIN', '\\0a\\0b'),
    extended(5, '1.3.6.1.4.1.4203.1.11.3'),
    abandon(6, 2),
    unbindRequest(7),
  ]);

  test('crosses byte for byte, wherever it is cut', () => {
    fc.assert(
      fc.property(cuts, (at) => {
        const both = watched();
        inPieces(honest, at, both.fromProgram);
        expect(both.heardByServer().equals(honest)).toBe(true);
        expect(both.heardByProgram().length).toBe(0);
      }),
    );
  });

  test('27: a request for TLS is declined in any place, and what surrounds it crosses', () => {
    const sent = Buffer.concat([search(2), extended(3, startTlsOid), search(4)]);
    fc.assert(
      fc.property(cuts, (at) => {
        const both = watched();
        inPieces(sent, at, both.fromProgram);
        expect(both.heardByServer().equals(Buffer.concat([search(2), search(4)]))).toBe(true);
        const words = 'Postern: not needed here. The connection to the mail server is protected already.';
        expect(both.heardByProgram()).toEqual(ldapAnswer(3, op.extendedResponse, 2, words));
      }),
    );
  });

  test('a bind that would hide what follows is declined', () => {
    const both = watched();
    both.fromProgram(saslBind(3, 'GSSAPI', 'ticket'));
    expect(both.heardByServer().length).toBe(0);
    expect(both.heardByProgram().subarray(0, 12).toString('hex')).toMatch(/020103618/);
  });

  test('where Postern has signed in, no other bind reaches the server: it would carry the local password', () => {
    const both = watched({ own: true });
    both.fromProgram(Buffer.concat([simpleBind(3, 'cn=a', 'local'), search(4)]));
    expect(both.heardByServer().equals(search(4))).toBe(true);
    expect(both.heardByProgram().toString('latin1')).toContain('signed in already');
  });

  test('our own answer waits for the end of an entry that is on its way', () => {
    const both = watched();
    const large = entry(2, 'cn=a', 1000);
    both.fromServer(large.subarray(0, 400));
    both.fromProgram(extended(3, startTlsOid));
    expect(both.heardByProgram().equals(large.subarray(0, 400))).toBe(true);
    both.fromServer(Buffer.concat([large.subarray(400), done(2)]));
    const heard = both.heardByProgram();
    expect(heard.subarray(0, large.length).equals(large)).toBe(true);
    expect(heard.subarray(large.length).toString('latin1')).toContain(done(2).toString('latin1'));
    expect(heard.subarray(large.length).toString('latin1')).toContain('not needed here');
  });

  test.each<[string, Buffer]>([
    ['an answer', done(1)],
    ['no LDAP', Buffer.from('EHLO me\r\n')],
    ['a bind that cannot be read', Buffer.from('300a02010160050201030400', 'hex')],
    ['a bind without end', Buffer.concat([Buffer.from('30840fffffff02010260840ffffff0', 'hex'), Buffer.alloc(70_000)])],
    ['an extended request without a name', Buffer.from('30070201017702810 0'.replace(' ', ''), 'hex')],
  ])('%s ends the session, and does not reach the server', (_what, bytes) => {
    const both = watched();
    expect(() => both.fromProgram(bytes)).toThrow(expect.objectContaining({ name: 'Refused' }));
    expect(both.heardByServer().length).toBe(0);
  });
});

test('every request has the answer that it is declined with', () => {
  expect(answerTo(op.bindRequest)).toBe(op.bindResponse);
  expect(answerTo(op.unbindRequest)).toBeUndefined();
});
