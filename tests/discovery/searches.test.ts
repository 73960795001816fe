import { expect, test } from 'vitest';
import { createSearches } from '../../proxy/discovery/searches.ts';
import { createInternet } from './support/internet.ts';

const net = createInternet();
const id = (digit: string) => digit.repeat(16);

/** Searches that wait for a name server that never answers. */
function stuck() {
  const dns = {
    srv: (_name: string, signal: AbortSignal) =>
      new Promise<never>((_, reject) => signal.addEventListener('abort', () => reject(signal.reason))),
    mx: async () => [],
  };
  return createSearches(async () => net.context({ dns }));
}

test('a search is cancelled by its id, and another is not', async () => {
  const searches = stuck();
  const one = searches.run({ address: 'a@b.test', search: id('1') });
  const two = searches.run({ address: 'a@b.test', search: id('2') });
  searches.cancel(id('1'));
  await expect(one).rejects.toMatchObject({ code: 'cancelled' });
  searches.cancel(id('3'));
  searches.end();
  await expect(two).rejects.toMatchObject({ code: 'cancelled' });
});

test('an id is used once at a time, and four searches are enough', async () => {
  const searches = stuck();
  const running = ['1', '2', '3', '4'].map((digit) => searches.run({ address: 'a@b.test', search: id(digit) }));
  const ended = Promise.allSettled(running);
  await expect(searches.run({ address: 'a@b.test', search: id('1') })).rejects.toMatchObject({ code: 'bad-input' });
  await expect(searches.run({ address: 'a@b.test', search: id('5') })).rejects.toThrow('Other searches are under way');
  searches.end();
  await ended;
  const again = searches.run({ address: 'a@b.test', search: id('1') });
  searches.end();
  await expect(again).rejects.toMatchObject({ code: 'cancelled' });
});

test('a search that failed makes room', async () => {
  const searches = stuck();
  for (let round = 0; round < 6; round += 1) {
    await expect(searches.run({ address: 'none', search: id('1') })).rejects.toMatchObject({ code: 'bad-input' });
  }
});
