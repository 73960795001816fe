import { expect, test } from 'vitest';
import { endings, farewells } from '../../proxy/contract/happening-words.ts';
import { EndedFromOutside } from '../../proxy/net/ended-from-outside.ts';
import { ChannelClosed } from '../../proxy/net/line-channel.ts';
import { clientGone } from '../../proxy/session/admission.ts';
import { endingOf } from '../../proxy/session/ending.ts';

test.each([
  [new EndedFromOutside('stopped'), 'stopped'],
  [new EndedFromOutside('paused'), 'paused'],
  [new EndedFromOutside('decision-forgotten'), 'decision-forgotten'],
] as const)('an end from outside is told as what it is: %s', (error, ending) => {
  expect(endingOf(error)).toEqual({ ending, words: farewells[ending] });
});

test('a mail program that has left hears nothing', () => {
  for (const error of [clientGone, new ChannelClosed('gone')]) {
    expect(endingOf(error)).toEqual({ ending: 'client-reset', words: null });
  }
});

test('what nobody expected is a fault of ours, and no stop', () => {
  expect(endingOf(new TypeError('no function'))).toEqual({ ending: 'fault', words: farewells.fault });
  expect(endings.fault).toMatch(/inside Postern itself/);
});
