import type { Protocol } from '../contract/index.ts';
import { randomTag, readImapResponse, signInBudget } from '../dialects/imap/responses.ts';
import { readAnswer as readNntpAnswer, readAnswerLines as readNntpLines } from '../dialects/nntp/answers.ts';
import { readAnswer, readAnswerLines } from '../dialects/pop3/answers.ts';
import { readReply } from '../dialects/smtp/replies.ts';
import type { LineChannel } from '../net/line-channel.ts';
import { capabilitiesIn, mechanismsIn } from '../protocols/imap-capabilities.ts';
import { offeredByCapabilities } from '../protocols/nntp-capabilities.ts';
import { offeredByCapa } from '../protocols/pop3-capabilities.ts';
import { offeredMechanisms } from '../protocols/smtp-capabilities.ts';
import { fittingWays } from '../sasl/choice.ts';

/** How a server took a token. `reply`: its own words, for recognition only. */
export type TokenTaken = { kind: 'taken' } | { kind: 'refused'; reply: string } | { kind: 'not-offered' };

/** Who signs in, where, with what. */
export interface TokenSignIn {
  lines: LineChannel;
  server: string;
  port: number;
  user: string;
  token: string;
  signal: AbortSignal;
}

/** One turn of the server in a SASL exchange. */
interface Turn {
  is: 'challenge' | 'accepted' | 'refused';
  reply: string;
}

/**
 * Signs in once with a token over a verified connection that has been greeted, checks that there is a mailbox, and
 * quits.
 */
export const signInByToken: Record<Protocol, (signIn: TokenSignIn) => Promise<TokenTaken>> = {
  async imap(signIn) {
    const { lines, server, signal } = signIn;
    const budget = signInBudget();
    let tag = '';
    let capabilities: readonly string[] = [];
    const send = async (command: string) => {
      tag = randomTag();
      await lines.write(`${tag} ${command}\r\n`, signal);
    };
    const next = async (): Promise<Turn> => {
      for (;;) {
        const { line, is } = await readImapResponse(lines, server, budget, signal);
        capabilities = capabilitiesIn(line) ?? capabilities;
        const reply = line.toString('utf8');
        if (is.kind === 'continuation') return { is: 'challenge', reply };
        if (is.kind !== 'status' || (is.tag !== tag && is.status !== 'BYE')) continue;
        return { is: is.status === 'OK' ? 'accepted' : 'refused', reply };
      }
    };
    await send('CAPABILITY');
    await next();
    const taken = await exchange(signIn, mechanismsIn(capabilities), (name) => send(`AUTHENTICATE ${name}`), next);
    if (taken.kind !== 'taken') return taken;
    // Some accept anybody's token, and then refuse the mailbox.
    await send('EXAMINE INBOX');
    return opened(await next());
  },
  async pop3(signIn) {
    const { lines, server, signal } = signIn;
    const next = async (): Promise<Turn> => {
      const { is, line } = await readAnswer(lines, server, signal);
      const reply = line.toString('utf8');
      return { is: is === 'continue' ? 'challenge' : is === 'ok' ? 'accepted' : 'refused', reply };
    };
    await lines.write('CAPA\r\n', signal);
    const list: Buffer[] = [];
    if ((await next()).is === 'accepted') {
      await readAnswerLines(lines, server, signal, (line) => void list.push(line));
    }
    const { mechanisms } = offeredByCapa(list);
    const taken = await exchange(signIn, mechanisms, (name) => lines.write(`AUTH ${name}\r\n`, signal), next);
    if (taken.kind !== 'taken') return taken;
    await lines.write('STAT\r\n', signal);
    return opened(await next());
  },
  async smtp(signIn) {
    const { lines, server, signal } = signIn;
    await lines.write('EHLO [127.0.0.1]\r\n', signal);
    const mechanisms = offeredMechanisms((await readReply(lines, server, signal)).lines);
    const next = async (): Promise<Turn> => {
      const { code, lines: said } = await readReply(lines, server, signal);
      const reply = Buffer.concat(said).toString('utf8');
      return { is: code === 334 ? 'challenge' : code === 235 ? 'accepted' : 'refused', reply };
    };
    return exchange(signIn, mechanisms, (name) => lines.write(`AUTH ${name}\r\n`, signal), next);
  },
  async nntp(signIn) {
    const { lines, server, signal } = signIn;
    await lines.write('CAPABILITIES\r\n', signal);
    const { code: listed } = await readNntpAnswer(lines, server, signal);
    const { mechanisms } = offeredByCapabilities(listed === 101 ? await readNntpLines(lines, server, signal) : []);
    const next = async (): Promise<Turn> => {
      const { code, line } = await readNntpAnswer(lines, server, signal);
      const is = code === 383 ? 'challenge' : code === 281 || code === 283 ? 'accepted' : 'refused';
      return { is, reply: line.toString('utf8') };
    };
    return exchange(signIn, mechanisms, (name) => lines.write(`AUTHINFO SASL ${name}\r\n`, signal), next);
  },
};

/** The server's answer about the mailbox after a sign-in that it has accepted. */
function opened({ is, reply }: Turn): TokenTaken {
  return is === 'accepted' ? { kind: 'taken' } : { kind: 'refused', reply };
}

async function exchange(
  { lines, server, port, user, token, signal }: TokenSignIn,
  mechanisms: readonly string[],
  begin: (mechanism: string) => Promise<void>,
  next: () => Promise<Turn>,
): Promise<TokenTaken> {
  const [way] = fittingWays({ kind: 'token', user, token }, { mechanisms, command: false }, { server, port });
  if (way === undefined || way === 'command') return { kind: 'not-offered' };
  const say = (text: Buffer | null) => lines.write(`${text?.toString('base64') ?? '*'}\r\n`, signal);
  await begin(way.name);
  // Without SASL-IR, or where a line may have only 512 octets: the token is sent once the server asks.
  let turn = await next();
  if (turn.is === 'challenge') {
    await say(way.initial);
    turn = await next();
  }
  // A refusal in the form of a challenge, which must be answered in turn.
  if (turn.is === 'challenge') {
    await say(await way.answer(Buffer.alloc(0)));
    turn = await next();
  }
  return turn.is === 'accepted' ? { kind: 'taken' } : { kind: 'refused', reply: turn.reply };
}
