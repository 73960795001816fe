import type { Page } from 'playwright-core';
import type { FakeCore } from '../fake-core.ts';

/** Something that can be on the screen: a page in one of its states. */
export interface View {
  /** Short, unique, and fit for the name of a file. */
  name: string;
  where: string;
  core: () => FakeCore;
  /** It is there for a moment only, without a heading. */
  passing?: true;
  /** What a person does before it looks like this. */
  prepare?: (page: Page, core: FakeCore) => Promise<unknown>;
}
