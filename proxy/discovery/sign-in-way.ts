import type { Protocol, SignInWay } from '../contract/index.ts';
import { randomTag, readImapResponse, signInBudget } from '../dialects/imap-responses.ts';
import { readAnswer, readAnswerLines } from '../dialects/pop3-answers.ts';
import { readReply } from '../dialects/smtp-replies.ts';
import type { LineChannel } from '../net/line-channel.ts';
import { capabilitiesIn } from '../protocols/imap-capabilities.ts';
import { parseSmtpReplyLine } from '../protocols/smtp-reply.ts';

/** Asks a verified server what it can do, and takes leave of it. */
export const signInWays: Record<
  Protocol,
  (lines: LineChannel, server: string, signal: AbortSignal) => Promise<SignInWay>
> = {
  async imap(lines, server, signal) {
    const tag = randomTag();
    const budget = signInBudget();
    let capabilities: readonly string[] = [];
    await lines.write(`${tag} CAPABILITY\r\n`, signal);
    for (;;) {
      const { line, is } = await readImapResponse(lines, server, budget, signal);
      capabilities = capabilitiesIn(line) ?? capabilities;
      if (is.kind === 'status' && is.tag === tag) break;
    }
    await lines.write(`${randomTag()} LOGOUT\r\n`, signal);
    const words = capabilities.map((word) => word.toUpperCase());
    const mechanisms = words.flatMap((word) => (word.startsWith('AUTH=') ? [word.slice(5)] : []));
    return wayOf(mechanisms, !words.includes('LOGINDISABLED'));
  },
  async smtp(lines, server, signal) {
    await lines.write('EHLO [127.0.0.1]\r\n', signal);
    const reply = await readReply(lines, server, signal);
    await lines.write('QUIT\r\n', signal);
    const texts = reply.lines.map((line) => parseSmtpReplyLine(line)?.text.trim().toUpperCase() ?? '');
    const mechanisms = texts.flatMap((text) => (/^AUTH[ =]/.test(text) ? text.slice(5).split(/\s+/) : []));
    return wayOf(mechanisms, false);
  },
  async pop3(lines, server, signal) {
    await lines.write('CAPA\r\n', signal);
    const mechanisms: string[] = [];
    let user = false;
    const { is } = await readAnswer(lines, server, signal);
    if (is === 'ok') {
      await readAnswerLines(lines, server, signal, (line) => {
        const [word, ...rest] = line.toString('latin1').trim().toUpperCase().split(/\s+/);
        if (word === 'USER') user = true;
        if (word === 'SASL') mechanisms.push(...rest);
      });
    }
    await lines.write('QUIT\r\n', signal);
    return wayOf(mechanisms, user);
  },
};

/** Mechanisms that take a token in place of a password (RFC 7628, and the older one that Google and Microsoft have). */
const tokens = new Set(['XOAUTH2', 'OAUTHBEARER']);

/**
 * @param mechanisms in upper case
 * @param plain whether the protocol's own command for user name and password is on offer
 */
export function wayOf(mechanisms: readonly string[], plain: boolean): SignInWay {
  const named = mechanisms.filter((mechanism) => mechanism !== '');
  if (plain || named.some((mechanism) => !tokens.has(mechanism))) return 'password';
  return named.length > 0 ? 'oauth-only' : 'unknown';
}
