import { ber } from '../../proxy/protocols/ber.ts';
import { readLdapHead, readResult } from '../../proxy/protocols/ldap-message.ts';
import { code, op } from '../../proxy/protocols/ldap-operations.ts';
import { disconnectionNotice, ldapAnswer, ldapMessage, unbindRequest } from '../../proxy/protocols/ldap-writer.ts';
import { bound, entry, reference, referral } from '../support/ldap-words.ts';
import type { Change } from './mutations.ts';
import type { Random } from './random.ts';

type ChangeOf = (said: Buffer, random: Random) => Change;

/** The other side counts messages: one too many or too few puts the two out of step. */
const outOfStep = true;

/** Applied to what either side of a directory session says. */
export const changesOfMessages: Record<string, ChangeOf> = {
  'wrong-number': changed((said, random, { op: { at } }) => {
    const operation = said.subarray(at);
    return ber(0x30, ber(0x02, Buffer.from([random.below(128)])), operation);
  }),
  'wrong-operation': changed((said, random, { op: { at } }) => {
    const bytes = Buffer.from(said);
    bytes[at] = random.pick(Object.values(op));
    return bytes;
  }),
  'indefinite-length': changed((said) => Buffer.concat([Buffer.from([0x30, 0x80]), said.subarray(2), Buffer.alloc(2)])),
  // As Active Directory writes each (RFC 4511 §5.1 allows it).
  'long-length': (said) => {
    const head = readLdapHead(said);
    if (typeof head === 'string') return { bytes: said };
    const inside = contentsOf(said);
    const length = Buffer.alloc(4);
    length.writeUInt32BE(inside.length);
    return { bytes: Buffer.concat([Buffer.from([0x30, 0x84]), length, inside]) };
  },
  'endless-length': (_said, random) => ({
    bytes: Buffer.concat([
      Buffer.from('30847ffffff00201', 'hex'),
      Buffer.from([1, random.pick(Object.values(op)), 0x84, 0x7f, 0xff, 0xff, 0xe0]),
      random.bytes(random.below(70_000)),
    ]),
    outOfStep,
  }),
  controls: changed((said) => ber(0x30, contentsOf(said), ber(0xa0, ber(0x30, ber(0x04, Buffer.from('1.2.3')))))),
  'more-inside': changed((said) => ber(0x30, contentsOf(said), ber(0x04, Buffer.from('more')))),
};

/** Applied to what a directory says. */
export const changesOfAnswers: Record<string, ChangeOf> = {
  'another-result': (said, random) => {
    const head = readLdapHead(said);
    const result = typeof head === 'object' ? readResult(said, head) : null;
    if (typeof head !== 'object' || typeof result !== 'object' || !result) return { bytes: said };
    return { bytes: ldapAnswer(head.id, head.op.tag, random.pick([0, 1, 2, 8, 10, 14, 49, 52, 53, 80]), '') };
  },
  'a-referral': (said, random) => {
    const head = readLdapHead(said);
    if (typeof head !== 'object') return { bytes: said };
    const links = random.pick([
      ['ldap://lure.test/'],
      ['ldap://lure.test/', 'ldaps://other.test/'],
      ['LDAP://lure.test'],
    ]);
    return { bytes: referral(head.id, head.op.tag, ...links) };
  },
  'extra-before': (said, random) => ({ bytes: Buffer.concat([surplus(said, random), said]), outOfStep }),
  'extra-behind': (said, random) => ({ bytes: Buffer.concat([said, surplus(said, random)]), outOfStep }),
};

function changed(make: (said: Buffer, random: Random, head: { op: { at: number } }) => Buffer): ChangeOf {
  return (said, random) => {
    const head = readLdapHead(said);
    return typeof head === 'string' ? { bytes: said } : { bytes: make(said, random, head), outOfStep };
  };
}

/** What is inside a message: its number and its operation. */
function contentsOf(said: Buffer): Buffer {
  const first = said[1] ?? 0;
  return said.subarray(first < 0x80 ? 2 : 2 + (first & 0x7f));
}

/** A message that nobody has asked for. */
function surplus(said: Buffer, random: Random): Buffer {
  const head = readLdapHead(said);
  const id = typeof head === 'object' ? head.id : random.below(3);
  return random.pick([
    () => bound(id),
    () => bound(id, code.saslBindInProgress),
    () => disconnectionNotice(code.unavailable, 'going down'),
    () => entry(id, 'cn=lure'),
    () => reference(id, 'ldap://lure.test/'),
    () => ldapAnswer(id, op.extendedResponse, code.success, ''),
    () => ldapMessage(id, op.intermediateResponse),
    () => unbindRequest(id),
  ])();
}
