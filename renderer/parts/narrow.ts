import { useSyncExternalStore } from 'react';

/** Where rows of a table become two lines; the style sheets use the same width. */
const narrow = window.matchMedia('(max-width: 719px)');

function onNarrow(listener: () => void): () => void {
  narrow.addEventListener('change', listener);
  return () => narrow.removeEventListener('change', listener);
}

/** True in a window that is too narrow for one line per row. */
export function useNarrow(): boolean {
  return useSyncExternalStore(onNarrow, () => narrow.matches);
}
