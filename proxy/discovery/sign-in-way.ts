import type { Protocol, SignInWay } from '../contract/index.ts';
import { randomTag, readImapResponse, signInBudget } from '../dialects/imap/responses.ts';
import { readAnswer as readNntpAnswer, readAnswerLines as readNntpLines } from '../dialects/nntp/answers.ts';
import { readAnswer, readAnswerLines } from '../dialects/pop3/answers.ts';
import { readReply } from '../dialects/smtp/replies.ts';
import type { LineChannel } from '../net/line-channel.ts';
import { capabilitiesIn } from '../protocols/imap-capabilities.ts';
import { offeredByCapabilities } from '../protocols/nntp-capabilities.ts';
import { offeredByCapa } from '../protocols/pop3-capabilities.ts';
import { wayOf } from '../protocols/sign-in-way.ts';
import { offeredMechanisms } from '../protocols/smtp-capabilities.ts';

/** Asks a verified server what it can do, and quits. */
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
    return wayOf(offeredMechanisms(reply.lines), false);
  },
  async pop3(lines, server, signal) {
    await lines.write('CAPA\r\n', signal);
    const list: Buffer[] = [];
    const { is } = await readAnswer(lines, server, signal);
    if (is === 'ok') await readAnswerLines(lines, server, signal, (line) => void list.push(line));
    await lines.write('QUIT\r\n', signal);
    const { user, mechanisms } = offeredByCapa(list);
    return wayOf(mechanisms, user);
  },
  async nntp(lines, server, signal) {
    await lines.write('CAPABILITIES\r\n', signal);
    const { code } = await readNntpAnswer(lines, server, signal);
    const list = code === 101 ? await readNntpLines(lines, server, signal) : [];
    await lines.write('QUIT\r\n', signal);
    const { user, mechanisms } = offeredByCapabilities(list);
    return wayOf(mechanisms, user);
  },
};
