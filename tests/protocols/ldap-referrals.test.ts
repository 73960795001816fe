import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { ber, berInteger } from '../../proxy/protocols/ber.ts';
import { readLdapHead } from '../../proxy/protocols/ldap-message.ts';
import { op } from '../../proxy/protocols/ldap-operations.ts';
import { withoutPlaintextReferrals } from '../../proxy/protocols/ldap-referrals.ts';
import { ldapAnswer, ldapMessage } from '../../proxy/protocols/ldap-writer.ts';

const text = (words: string) => ber(0x04, Buffer.from(words));
const links = (...all: string[]) => ber(0xa3, ...all.map(text));
const result = (value: number, words = '', ...more: Buffer[]) => [
  berInteger(0x0a, value),
  text('dc=x'),
  text(words),
  ...more,
];
const controls = ber(0xa0, ber(0x30, text('1.2.3')));

function screened(message: Buffer) {
  const head = readLdapHead(message);
  if (typeof head === 'string') throw new Error(head);
  return withoutPlaintextReferrals(message, head, 'Not asked.');
}
const reference = (...all: string[]) => ldapMessage(7, op.searchResultReference, ...all.map(text));
const done = (...fields: Buffer[]) => ldapMessage(7, op.searchResultDone, ...fields);

describe('a continuation reference', () => {
  test.each([
    ['ldap://a/', null],
    ['LDAP://a/ ldap://b/', null],
    ['ldap://a/ ldaps://b/', ['ldaps://b/']],
    ['ldapi://a/ cldap://b/ http://c/', null],
    ['%20ldaps://b/', null],
  ])('%s keeps only what leads to TLS', (all, kept) => {
    const instead = kept && reference(...kept);
    expect(screened(reference(...all.split(' ')))).toEqual({ kind: 'changed', instead, failed: false });
  });

  test('crosses unchanged where all of it leads to TLS', () => {
    expect(screened(reference('ldaps://a/', 'LDAPS://b/'))).toEqual({ kind: 'same' });
  });

  test('to nowhere, or of something else, is malformed', () => {
    expect(screened(reference())).toEqual({ kind: 'malformed' });
    expect(screened(ldapMessage(7, op.searchResultReference, berInteger(2, 1)))).toEqual({ kind: 'malformed' });
  });
});

describe('a result', () => {
  test.each([
    op.bindResponse,
    op.searchResultDone,
    op.modifyResponse,
    op.addResponse,
    op.delResponse,
    op.modDnResponse,
    op.compareResponse,
    op.extendedResponse,
  ])('of any kind (%i) without a referral crosses unchanged', (tag) => {
    expect(screened(ldapMessage(1, tag, ...result(0, 'Referral is a word')))).toEqual({ kind: 'same' });
  });

  test('that is only a referral to plaintext becomes a "no", and keeps what else it had', () => {
    const message = done(...result(10, 'look there', links('ldap://a/')));
    expect(screened(message)).toEqual({ kind: 'changed', instead: done(...result(53, 'Not asked.')), failed: true });
    const extended = ldapMessage(
      7,
      op.extendedResponse,
      ...result(10, '', links('ldap://a/'), ber(0x8a, Buffer.from('1.2'))),
    );
    const instead = ldapMessage(7, op.extendedResponse, ...result(53, 'Not asked.', ber(0x8a, Buffer.from('1.2'))));
    expect(screened(extended)).toEqual({ kind: 'changed', instead, failed: true });
  });

  test('keeps its referral to TLS', () => {
    expect(screened(done(...result(10, 'w', links('ldaps://a/'))))).toEqual({ kind: 'same' });
    const instead = done(...result(10, 'w', links('ldaps://b/')));
    expect(screened(done(...result(10, 'w', links('ldap://a/', 'ldaps://b/'))))).toEqual({
      kind: 'changed',
      instead,
      failed: false,
    });
  });

  test('with a referral where none belongs loses it', () => {
    expect(screened(done(...result(0, 'w', links('ldap://a/'))))).toEqual({
      kind: 'changed',
      instead: done(...result(0, 'w')),
      failed: false,
    });
    expect(screened(done(...result(10)))).toEqual({
      kind: 'changed',
      instead: done(...result(53, 'Not asked.')),
      failed: true,
    });
  });

  test.each(['Referral:\nldap://a/', 'gone\nREFERRAL:\r\nldap://a/x', 'Referral:  \n\tldaps://a/'])(
    'of LDAPv2 loses the referral in its words: %j',
    (words) => {
      const instead = done(...result(9, 'Not asked.'));
      expect(screened(done(...result(9, words)))).toEqual({ kind: 'changed', instead, failed: true });
    },
  );

  test('that cannot be read is malformed', () => {
    expect(screened(ldapAnswer(7, op.searchResultDone, 0, '').fill(0, 7, 8))).toEqual({ kind: 'malformed' });
    expect(screened(done(...result(10, '', ber(0xa3, berInteger(2, 1)))))).toEqual({ kind: 'malformed' });
  });
});

test('controls stay', () => {
  const whole = (tag: number, ...fields: Buffer[]) => ber(0x30, berInteger(2, 7), ber(tag, ...fields), controls);
  expect(screened(whole(op.searchResultReference, text('ldap://a/'), text('ldaps://b/')))).toMatchObject({
    instead: whole(op.searchResultReference, text('ldaps://b/')),
  });
  expect(screened(whole(op.searchResultDone, ...result(10, '', links('ldap://a/'))))).toMatchObject({
    instead: whole(op.searchResultDone, ...result(53, 'Not asked.')),
  });
});

test('whatever the addresses are, none that is left leads to plaintext', () => {
  const scheme = fc.constantFrom('ldap://', 'ldaps://', 'LDAP://', 'ldapi://', '', ' ldaps://');
  const link = fc.tuple(scheme, fc.webPath()).map((parts) => parts.join(''));
  fc.assert(
    fc.property(fc.array(link, { minLength: 1, maxLength: 6 }), fc.boolean(), (all, inResult) => {
      const message = inResult ? done(...result(10, '', links(...all))) : reference(...all);
      const ruled = screened(message);
      const left =
        ruled.kind === 'same' ? message : ruled.kind === 'changed' ? (ruled.instead ?? Buffer.alloc(0)) : message;
      expect(left.toString('latin1').toLowerCase()).not.toMatch(/ldap:\/\/|ldapi:\/\//);
    }),
  );
});
