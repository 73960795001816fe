import replies from '../../assets/sign-in-replies.json' with { type: 'json' };
import type { DiagnosisCode, Finding } from '../contract/index.ts';

/** One row of the table: what a provider says, or which server it is, when it turns a sign-in down. */
interface KnownReply {
  /** A regular expression over the reply, in any case. */
  reply?: string;
  /** A regular expression over the server's whole name; with it a reply that says nothing more is understood. */
  server?: string;
  code: DiagnosisCode;
  /** As its customers call it. */
  provider?: string;
  /** Where the fact is documented, or the RFC. */
  source: string;
}

export const knownReplies = replies as KnownReply[];

/** More of a reply is not looked at: the telling words stand in its first line or two. */
const maxTextLength = 2000;

/**
 * Recognises from the server's own reply why it turned a sign-in down. The first row that fits wins; a reply that nobody
 * knows is a wrong password.
 *
 * @param reply the server's words, all lines; nothing of them is in the finding
 */
export function signInFinding(reply: string, server: string): Finding {
  const text = reply.slice(0, maxTextLength).replace(/\s+/g, ' ');
  const known = knownReplies.find(
    (row) =>
      (row.reply === undefined || new RegExp(row.reply, 'i').test(text)) &&
      (row.server === undefined || new RegExp(`^(?:${row.server})$`, 'i').test(server)),
  );
  if (!known) return { code: 'wrong-password' };
  return {
    code: known.code,
    facts: { provider: known.provider ?? (server === '' ? 'The server' : server) },
  } as Finding;
}

/**
 * Recognises why a server that has signed somebody in says no to what every mail program does next.
 *
 * @param reply the server's words; nothing of them is in the finding
 */
export function afterwardsFinding(reply: string, server: string): Finding {
  const finding = signInFinding(reply, server);
  // No word about the sign-in can be about a password that was accepted.
  return finding.code === 'wrong-password' ? { code: 'mailbox-refused' } : finding;
}
