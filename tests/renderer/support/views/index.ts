import { accountViews } from './accounts.ts';
import { certificateViews } from './certificates.ts';
import { newAccountViews } from './new-account.ts';
import { otherViews } from './others.ts';
import { overviewViews } from './overview.ts';
import type { View } from './view.ts';

/** Every page of the window in every state that looks different. */
export const views: View[] = [
  ...overviewViews,
  ...certificateViews,
  ...otherViews,
  ...accountViews,
  ...newAccountViews,
];
