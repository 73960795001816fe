import { median } from '../statistics.ts';

/** What the product held at one moment. */
export interface Sample {
  /** Resident memory, in bytes. */
  resident: number;
  /** Open file descriptors. */
  descriptors: number;
}

/** What became of the memory. */
export interface MemoryTrend {
  flat: boolean;
  /** Medians of resident memory in the second and in the last third, in bytes. */
  middle: number;
  last: number;
  words: string;
}

/** The collector and the allocator return memory when they like: this much growth between two thirds means nothing. */
const noiseBytes = 8 * 1024 * 1024;
const noiseShare = 0.05;

/** Fewer samples than this in a third prove nothing. */
const fewest = 5;

/**
 * Whether memory was flat: the median of the last third against that of the second. The first third is left out, as
 * caches fill and code is compiled.
 *
 * @param samples evenly spaced, oldest first
 */
export function memoryTrend(samples: readonly Sample[]): MemoryTrend {
  const third = Math.floor(samples.length / 3);
  const resident = samples.map((sample) => sample.resident);
  const last = median(resident.slice(samples.length - third));
  const middle = median(resident.slice(samples.length - 2 * third, samples.length - third));
  const mebibytes = (bytes: number) => `${(bytes / 1024 / 1024).toFixed(1)} MiB`;
  if (third < fewest) return { flat: false, middle, last, words: 'too short to tell whether memory is flat' };
  const flat = last <= middle * (1 + noiseShare) + noiseBytes;
  return {
    flat,
    middle,
    last,
    words: `memory ${flat ? 'flat' : 'GROWS'}: ${mebibytes(middle)} in the second third, ${mebibytes(last)} in the last`,
  };
}
