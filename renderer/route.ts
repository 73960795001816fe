import { useSyncExternalStore } from 'react';
import { type WindowPlace, windowPages } from '../proxy/contract/index.ts';

const actions = ['new', 'by-hand', 'import', 'edit', 'card'] as const;

/** A location in the window, and what is being done there. */
export interface WindowLocation extends WindowPlace {
  /** `new` starts with an address, `by-hand` with an empty form, `import` with another program's file. */
  action?: (typeof actions)[number];
}

/** Where the window is: `#/accounts/Work?edit` is the page `accounts` with the item `Work`, being edited. */
export function readPlace(hash: string): WindowLocation {
  const [path = '', query] = hash.split('?');
  const [, name, ...rest] = path.split('/');
  const page = windowPages.find((each) => each === name) ?? 'overview';
  const item = decoded(rest.join('/'));
  const action = actions.find((each) => each === query);
  return {
    page,
    ...(item !== '' && { item }),
    ...(action && { action }),
  };
}

function decoded(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return '';
  }
}

/** The link to a location. */
export function hashOf({ page, item, action }: WindowLocation): string {
  const path = item === undefined ? `#/${page}` : `#/${page}/${encodeURIComponent(item)}`;
  return action ? `${path}?${action}` : path;
}

export function go(place: WindowLocation): void {
  window.location.hash = hashOf(place);
}

let lastHash = '';
let lastPlace: WindowLocation = { page: 'overview' };

function currentPlace(): WindowLocation {
  if (window.location.hash !== lastHash) {
    lastHash = window.location.hash;
    lastPlace = readPlace(lastHash);
  }
  return lastPlace;
}

function onPlace(listener: () => void): () => void {
  window.addEventListener('hashchange', listener);
  return () => window.removeEventListener('hashchange', listener);
}

export function usePlace(): WindowLocation {
  return useSyncExternalStore(onPlace, currentPlace);
}
