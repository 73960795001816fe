import { bytesOf, textOf } from './base64url.ts';
import { withDraft } from './kept-draft.ts';

/*
 * How this window finds a Postern that was started again, at another port. The key is in the memory of this page alone:
 * a program that has the port meanwhile can neither read it nor use the page's question. See main/http/earlier-runs.ts.
 */

interface WayBack {
  id: string;
  key: CryptoKey;
}

interface Sealed {
  iv: string;
  sealed: string;
}

/** A program that has not answered such a small question within this time (milliseconds) hangs. */
const answersWithin = 30_000;

let wayBack: WayBack | null = null;
let asked = false;

/**
 * Requests the key with which this window can find the next Postern. Without it, the window will need a new link.
 *
 * @param headers by which the page may act
 */
export async function rememberWayBack(headers: Record<string, string>): Promise<void> {
  // Some browsers have no cryptography for a page that did not come over TLS.
  if (asked || !window.crypto.subtle) return;
  asked = true;
  try {
    const signal = AbortSignal.timeout(answersWithin);
    const response = await fetch('/api/return-key', { method: 'POST', headers, signal });
    // One that is still starting, or has no place for another question, has keys a little later.
    if (isLater(response)) asked = false;
    if (!response.ok) return;
    const { id, key } = (await response.json()) as { id: string; key: string };
    const usages: KeyUsage[] = ['encrypt', 'decrypt'];
    wayBack = { id, key: await crypto.subtle.importKey('raw', bytesOf(key), 'AES-GCM', false, usages) };
  } catch {
    asked = false;
  }
}

/** Whether this window reconnects by itself when Postern is started again. */
export function knowsWayBack(): boolean {
  return wayBack !== null;
}

/**
 * Asks the program at this page's port for the next Postern, and goes there if there is one.
 *
 * @returns `leaving`: the page is about to be left. `unknown`: the program there does not know it. `unanswered`: no
 *   answer yet, as while a Postern starts or ends.
 */
export async function goBack(): Promise<'leaving' | 'unknown' | 'unanswered'> {
  if (wayBack === null) return 'unknown';
  const { id, key } = wayBack;
  const iv = crypto.getRandomValues(new Uint8Array(12));
  const question = new TextEncoder().encode(`where is the Postern that was at ${window.location.port}?`);
  const sealed = await crypto.subtle.encrypt({ name: 'AES-GCM', iv }, key, question);
  const asking = { id, iv: textOf(iv), sealed: textOf(new Uint8Array(sealed)) };
  const told = await ask(asking);
  if (told === null) return 'unanswered';
  try {
    const answer = JSON.parse(told) as Sealed;
    // The answer is bound to this question.
    const additionalData = new TextEncoder().encode(asking.sealed);
    const algorithm = { name: 'AES-GCM', iv: bytesOf(answer.iv), additionalData };
    const link = await crypto.subtle.decrypt(algorithm, key, bytesOf(answer.sealed));
    const at = encodeURIComponent(withDraft(window.location.hash));
    window.location.replace(`${new TextDecoder().decode(link)}&at=${at}`);
    return 'leaving';
  } catch {
    return 'unknown';
  }
}

/** @returns the answer, or null where there is none yet */
async function ask(asking: Sealed & { id: string }): Promise<string | null> {
  try {
    const signal = AbortSignal.timeout(answersWithin);
    const response = await fetch('/api/return', { method: 'POST', body: JSON.stringify(asking), signal });
    return isLater(response) ? null : await response.text();
  } catch {
    return null;
  }
}

/** Whether the program there will answer a little later: it is starting, or busy. */
function isLater({ status }: Response): boolean {
  return status === 503 || status === 429;
}
