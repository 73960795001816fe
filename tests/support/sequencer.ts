import { relative } from 'node:path';
import { BaseSequencer, type TestSpecification } from 'vitest/node';
import { root } from './sources.ts';

/** Files that take a minute or more, the longest first; what mostly waits stands beside what needs the processors. */
const longest = [
  'fuzz/sessions',
  'faults/network',
  'renderer/window-looks',
  'end-to-end/diagnosis',
  'end-to-end/token-accounts',
  'faults/steps',
  'end-to-end/desktop/scenarios',
  'end-to-end/cards',
  'end-to-end/desktop/platforms',
  'threats/local',
].map((name) => `tests/${name}.test.ts`);

/**
 * Vitest's own order, by size where nothing is known from earlier runs, but with the longest first: one that begins
 * when the others have finished keeps everyone waiting.
 */
export default class Sequencer extends BaseSequencer {
  override async sort(files: TestSpecification[]): Promise<TestSpecification[]> {
    const rank = ({ moduleId }: TestSpecification) => {
      const place = longest.indexOf(relative(root, moduleId).replaceAll('\\', '/'));
      return place === -1 ? longest.length : place;
    };
    return (await super.sort(files)).sort((a, b) => rank(a) - rank(b));
  }
}
