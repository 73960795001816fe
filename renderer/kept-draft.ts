import type { AccountDraft } from './account-draft.ts';
import { bytesOf, textOf } from './base64url.ts';
import { newRelay } from './relay-draft.ts';

/*
 * What was typed into the form of an account, over a reload of the page: that of the person, and the one that leads to a
 * Postern started again (way-back.ts). The form has no field for a password.
 */

/** Where the page keeps it: for this tab and origin alone. */
const storedKey = 'postern-form';

/** More than most accounts need, and little enough for an address (`placeForm` in `main/http/server.ts`), in bytes. */
const maxBytes = 12_000;

interface Kept {
  /** The account's name as it is configured; null for a new one. */
  original: string | null;
  /** The account as it was when the person began. */
  before: unknown;
  draft: AccountDraft;
}

export function keepDraft(kept: Kept): void {
  sessionStorage.setItem(storedKey, JSON.stringify(kept));
}

export function forgetDraft(): void {
  sessionStorage.removeItem(storedKey);
}

/** What was typed for this account, unless that has changed since. */
export function keptDraft({ original, before }: Omit<Kept, 'draft'>): AccountDraft | undefined {
  const kept = read(sessionStorage.getItem(storedKey));
  const isSame = JSON.stringify([kept?.original, kept?.before]) === JSON.stringify([original, before]);
  return isSame && isDraft(kept?.draft) ? kept.draft : undefined;
}

/** A place of the window as it goes to another origin: with what was typed there, if there is anything. */
export function withDraft(hash: string): string {
  const bytes = new TextEncoder().encode(sessionStorage.getItem(storedKey) ?? '');
  return bytes.length === 0 || bytes.length > maxBytes ? hash : `${hash}~~${textOf(bytes)}`;
}

/** Takes what `withDraft` added. @returns the place alone */
export function takeDraft(place: string): string {
  const [, hash, carried = ''] = /^(.*)~~([\w-]+)$/.exec(place) ?? [];
  if (hash === undefined) return place;
  try {
    const text = new TextDecoder().decode(bytesOf(carried));
    // An account may be called so.
    if (read(text)?.draft === undefined) return place;
    sessionStorage.setItem(storedKey, text);
    return hash;
  } catch {
    return place;
  }
}

function read(text: string | null): Partial<Kept> | null {
  try {
    return JSON.parse(text ?? 'null') as Partial<Kept> | null;
  } catch {
    return null;
  }
}

/** Whether it has the form that this window knows: it may be of an earlier version. */
function isDraft(draft: Partial<AccountDraft> | undefined): draft is AccountDraft {
  if (typeof draft?.name !== 'string' || !Array.isArray(draft.relays)) return false;
  const fields = Object.entries(newRelay(0, 'imap', ''));
  return draft.relays.every((relay) => fields.every(([name, value]) => typeof relay?.[name as 'key'] === typeof value));
}
