import { describe, expect, test } from 'vitest';
import { createPlaces, type Places } from '../../proxy/session/places.ts';

const scanner = '192.168.7.20';
const camera = '192.168.7.21';

/** Takes as many places as it gets, and returns how many that were and why there was no more. */
function takeAll(places: Places, device: string | null): [number, string | undefined] {
  for (let taken = 0; ; taken += 1) {
    const refused = places.take(device);
    if (refused) return [taken, refused.finding.code];
  }
}

test('honest: a program of this computer may take every place that there is, and no more', () => {
  const places = createPlaces(() => 3);
  expect(takeAll(places, null)).toEqual([3, 'too-many-mail-programs']);
  places.giveBack(null);
  expect(takeAll(places, null)).toEqual([1, 'too-many-mail-programs']);
});

describe('108: a device that does not close its connections', () => {
  test.each([
    [500, 50],
    [100, 50],
    [11, 6],
    [1, 1],
  ])('of %d places it gets %d', (most, expected) => {
    const [taken] = takeAll(
      createPlaces(() => most),
      scanner,
    );
    expect(taken).toBe(expected);
  });

  test('leaves places for the other devices and for this computer, and gets one again for each that it gives back', () => {
    const places = createPlaces(() => 500);
    expect(takeAll(places, scanner)).toEqual([50, 'too-many-of-one-device']);
    expect(places.take(scanner)?.finding.facts).toEqual({ from: scanner });
    expect([places.take(camera), places.take(null)]).toEqual([null, null]);
    places.giveBack(camera);
    places.giveBack(scanner);
    // The same device, as a socket for both families writes its address.
    expect(takeAll(places, `::ffff:${scanner}`)).toEqual([1, 'too-many-of-one-device']);
  });

  test('gets as many as before once all of its connections are closed', () => {
    const places = createPlaces(() => 500);
    for (let round = 0; round < 3; round += 1) {
      const [taken] = takeAll(places, scanner);
      expect(taken).toBe(50);
      for (let left = taken; left > 0; left -= 1) places.giveBack(scanner);
    }
    expect(takeAll(places, null)).toEqual([500, 'too-many-mail-programs']);
  });
});
