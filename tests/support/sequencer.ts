import { relative } from 'node:path';
import { BaseSequencer, type TestSpecification } from 'vitest/node';
import { root } from './sources.ts';

/** Small files that take minutes. */
const longest = ['tests/fuzz/sessions.test.ts'];

/**
 * Vitest's own order, by size where nothing is known from earlier runs, but with the longest first: one that begins
 * when the others have finished keeps everyone waiting.
 */
export default class Sequencer extends BaseSequencer {
  override async sort(files: TestSpecification[]): Promise<TestSpecification[]> {
    const sorted = await super.sort(files);
    const isLong = ({ moduleId }: TestSpecification) =>
      longest.includes(relative(root, moduleId).replaceAll('\\', '/'));
    return [...sorted.filter(isLong), ...sorted.filter((file) => !isLong(file))];
  }
}
