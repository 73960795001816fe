import { describe, expect, test } from 'vitest';
import { certificateProblems, signInNeeds } from '../../proxy/contract/index.ts';
import { kindOf } from '../../proxy/contract/words/kinds.ts';
import { words } from '../../renderer/words.ts';

/** A number that has the words for what stands at either end of a path. */
const value = Object.assign(Object(3), kindOf('imap'));
/** What those are called with that look their parameter up. */
const given: Record<string, unknown[]> = {
  'words.signIn.need': [signInNeeds[0]],
  'words.frame.notices.alarm.body': ['3', 'encryption'],
  'words.overview.summary.alarm': ['3', '3', 'encryption'],
};

/** Every text of the catalogue with its place in it; functions are called with a value for every parameter. */
function* texts(part: unknown, place = 'words'): Generator<[string, string]> {
  if (typeof part === 'string') yield [place, part];
  else if (typeof part === 'function') yield* texts(part(...(given[place] ?? Array(part.length).fill(value))), place);
  else if (typeof part === 'object' && part !== null) {
    for (const [key, value] of Object.entries(part)) yield* texts(value, `${place}.${key}`);
  }
}

const all = [...texts(words)];

describe('the catalogue', () => {
  test('says something everywhere', () => {
    expect(all.length).toBeGreaterThan(300);
    for (const [place, text] of all) {
      expect(text.trim(), place).not.toBe('');
      expect(text, place).not.toMatch(/undefined|NaN|\[object/);
    }
  });

  test('has a meaning for every problem', () => {
    expect(Object.keys(words.certificates.problem).sort()).toEqual([...certificateProblems].sort());
  });

  test('asks about a certificate without the words of the trade', () => {
    const question = all.filter(([place]) =>
      /^words\.certificates\.(?:question|problem|likelihood|reason|advice|decide)/.test(place),
    );
    expect(question.length).toBeGreaterThan(50);
    const trade = /\b(?:TLS|SSL|X\.509|PKI|SAN|CN|CA|root|handshake|cipher|SHA|hash|MITM|hostname|issuer)\b/;
    expect(question.filter(([, text]) => trade.test(text.replace('Its issuer', '')))).toEqual([]);
  });

  test('never calls verified what the person trusted', () => {
    const { decisions } = words.certificates;
    for (const word of [words.common.trust['trusted-by-you'], decisions.word.once, decisions.word.always]) {
      expect(word).toMatch(/trusted by you/i);
      expect(word).not.toMatch(/verified/i);
    }
  });

  test('uses the typographic apostrophe and ellipsis', () => {
    expect(all.filter(([, text]) => /\w'\w|\.\.\./.test(text))).toEqual([]);
  });
});
