import { duplexPair } from 'node:stream';
import { expect, test } from 'vitest';
import { readAnswer, wordsOf } from '../../../proxy/dialects/ldap/answers.ts';
import { LineChannel } from '../../../proxy/net/line-channel.ts';
import { unbindRequest } from '../../../proxy/protocols/ldap-writer.ts';
import { bound, entry } from '../../support/ldap-words.ts';

const { signal } = new AbortController();

function channel(bytes: Buffer): LineChannel {
  const [near, far] = duplexPair();
  far.write(bytes);
  return new LineChannel(near);
}

test('an answer is read with its result and its words', async () => {
  const answer = await readAnswer(channel(bound(4, 49, 'no')), 's', signal);
  expect(answer).toMatchObject({ head: { id: 4 }, result: { code: 49, referral: null } });
  expect(wordsOf(answer)).toBe('no');
  const found = await readAnswer(channel(entry(4, 'cn=a')), 's', signal);
  expect(found.result).toBeNull();
  expect(wordsOf(found)).toBe('');
});

test.each([
  ['a request', unbindRequest(1)],
  ['no LDAP', Buffer.from('* OK ready\r\n')],
  ['a result that cannot be read', Buffer.from('30070201016102 0a05'.replace(' ', ''), 'hex')],
  ['one without end', Buffer.concat([Buffer.from('30840fffffff02010161840ffffff0', 'hex'), Buffer.alloc(1000)])],
])('%s is none', async (_what, bytes) => {
  await expect(readAnswer(channel(bytes), 's', signal)).rejects.toMatchObject({ reason: 'upstream-protocol' });
});
