import type { Unsaved } from './trust-store.ts';

/** A change that is in force but not on disk: what was done, and what a restart would undo. */
const unsavedWords = {
  trust: ['Trust is withdrawn', 'it would be trusted again'],
  replaced: ['The new certificate is trusted, and trust in the former one is withdrawn', 'that would be trusted again'],
  approved: ['The certificate is trusted', 'you are asked again'],
  rejected: ['The certificate is rejected', 'you are asked again'],
  rejection: ['The decision is forgotten', 'the certificate would be rejected again'],
  server: ['The server is forgotten', 'it would be known again'],
  question: ['The question is forgotten', 'it would be asked again'],
} as const;

export type UnsavedChange = keyof typeof unsavedWords;

export function unsavedMessage(change: UnsavedChange, { code, removed }: Unsaved): string {
  const [done, afterRestart] = unsavedWords[change];
  const then = removed
    ? 'So that a restart does not bring it back, trust.json was removed: after one, Postern would ask again about every server.'
    : `So after a restart ${afterRestart}.`;
  return `${done} until Postern stops, but that could not be saved (${code}). ${then} Free the disk, or make it writable: it is saved then with the next change, and when Postern stops.`;
}
