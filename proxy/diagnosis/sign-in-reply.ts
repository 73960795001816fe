import replies from '../../assets/sign-in-replies.json' with { type: 'json' };
import type { DiagnosisCode, Finding, Protocol } from '../contract/index.ts';
import { recogniseRefusal } from './greeting.ts';

/** One row of the table: what a provider says, or which server it is, when it refuses a sign-in. */
interface KnownReply {
  /** A regular expression for the reply, ignoring case. */
  reply?: string;
  /** A regular expression for the server's whole name, by which a reply that says nothing more is understood. */
  server?: string;
  code: DiagnosisCode;
  /** As its customers call it. */
  provider?: string;
  /** Where the fact is documented, or the RFC. */
  source: string;
}

export const knownReplies = replies as KnownReply[];

/** Only this much of a reply is examined: the decisive words are in its first line or two. */
const maxTextLength = 2000;

/**
 * Recognises from the server's own reply why it refused a sign-in. The first row that matches wins; an unknown reply
 * means a wrong password.
 *
 * @param reply the server's words, all lines; none of them is in the finding
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

/** A goodbye that mentions signing in, and no time limit, is a refused sign-in, whether or not the table has it. */
const aboutSigningIn =
  /^(?!.*(?:time(?:d|s)?[ -]?out|too long|inactiv|idle)).*(?:\bauth|\blog-? ?(?:in|on)\b|\bsign-? ?in\b|password|credential|user ?name)/i;

/**
 * Recognises why a server said goodbye in place of an answer to a sign-in: an untagged BYE (RFC 3501 §7.1.5), a 421
 * (RFC 5321 §3.8). Unlike a refusal, an unspecific goodbye does not mean a wrong password.
 *
 * @param words all lines; none of them is in the finding
 */
export function goodByeFinding(words: string, server: string): Finding {
  const told = signInFinding(words, '');
  const certain =
    told.code === 'wrong-password'
      ? aboutSigningIn.test(words.replace(/\s+/g, ' '))
      : told.code !== 'server-unavailable';
  return certain ? signInFinding(words, server) : { code: recogniseRefusal(words, 'greeting') ?? 'server-unavailable' };
}

/** Findings about a sign-in, which say nothing about what is refused after it. */
const ofSignIn: ReadonlySet<DiagnosisCode> = new Set([
  'wrong-password',
  'no-password-sign-in',
  'directory-name-wanted',
  'credentials-missing',
  'sign-in-refused',
]);

/**
 * Recognises why a server that has signed somebody in refuses what every mail program does next.
 *
 * @param reply the server's words; none of them is in the finding
 */
export function afterwardsFinding(
  reply: string,
  { protocol, server }: { protocol: Protocol; server: string },
): Finding {
  const finding = signInFinding(reply, server);
  // Whatever the reply says, a password that was accepted is not wrong, and a directory that took one takes passwords.
  if (protocol === 'ldap') return ofSignIn.has(finding.code) ? { code: 'directory-refused' } : finding;
  return finding.code === 'wrong-password' ? { code: 'mailbox-refused' } : finding;
}
