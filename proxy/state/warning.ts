import type { StateStore } from './store.ts';

/** Has the core's row warn of something for as long as it holds. @param warning plain sentences */
export function settleWarning(state: StateStore, warning: string, holds: boolean): void {
  const warnings = state.get('core', 'core')?.warnings ?? [];
  if (warnings.includes(warning) === holds) return;
  state.patch('core', 'core', {
    warnings: holds ? [...warnings, warning] : warnings.filter((known) => known !== warning),
  });
}
