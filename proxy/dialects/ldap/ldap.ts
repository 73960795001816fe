import { randomInt } from 'node:crypto';
import { Refused } from '../../net/refused.ts';
import { readLdapHead, responseNameOnly } from '../../protocols/ldap-message.ts';
import { answerTo, code, op, startTlsOid } from '../../protocols/ldap-operations.ts';
import { shownAnswer, shownRequest } from '../../protocols/ldap-redaction.ts';
import { disconnectionNotice, ldapAnswer, startTlsRequest } from '../../protocols/ldap-writer.ts';
import { orLeft, send, upstreamMisspoke } from '../clock.ts';
import type { Dialect, PlaintextStep } from '../dialect.ts';
import { readGreeting, turnedAway } from '../greeting.ts';
import { signIn } from '../sign-in.ts';
import { signInForProgram } from '../sign-in-for-program.ts';
import { withoutProgram } from '../without-program.ts';
import { ourName, protocolText } from '../words.ts';
import { type LdapAnswer, readAnswer, wordsOf } from './answers.ts';
import { LdapFront } from './front.ts';
import { ldapGrammar } from './grammar.ts';
import { LdapTalk } from './talk.ts';
import { watchLdap } from './watch.ts';

/** Looking people up: LDAP (RFC 4511) with StartTLS (§4.14) and binds (RFC 4513). There is no greeting. */
export const ldap: Dialect<null> = {
  protocol: 'ldap',

  async requestTls(step) {
    const { server, upstream } = step;
    // The only request that a server sees in plaintext: nobody can answer it who has not seen it.
    const id = randomInt(1, 0x7fffffff);
    step.waitFor('starttls');
    // A server that speaks before it is asked speaks another protocol, or says goodbye; what it says grants nothing.
    if (upstream.buffered > 0) await readGreeting('ldap', step, () => spokenFirst(step));
    step.trace('to-server', `${shownRequest(op.extendedRequest, null)} StartTLS`);
    await send(step, startTlsRequest(id));
    const answer = await readGreeting('ldap', step, () => answerToStartTls(step));
    const { head, result, bytes } = answer;
    if (!result || head.op.tag !== op.extendedResponse) throw upstreamMisspoke(server, 'odd-start-tls');
    if (head.id === 0) throw turnedAway(server, wordsOf(answer), 'ldap', 'greeting');
    if (head.id !== id) throw upstreamMisspoke(server, 'unasked');
    if (result.code === code.success) {
      const name = responseNameOnly(bytes, result, head);
      const plain = result.referral === null && head.op.end === head.end;
      if (plain && (name === '' || name === startTlsOid)) return;
      throw upstreamMisspoke(server, 'odd-start-tls');
    }
    // "Not a request that I know" (RFC 4511 §4.12). Any other says that it knows, a referral included: that is not followed.
    throw result.code === code.protocolError
      ? new Refused('starttls-not-offered', { code: 'plaintext-only' }, { server })
      : new Refused('starttls-refused', { code: 'starttls-refused', facts: { reply: result.code } }, { server });
  },

  async greet() {
    return { text: Buffer.alloc(0), next: 'sign-in', knowledge: null };
  },

  signIn(step) {
    if (!step.own) return signIn(ldapGrammar, new LdapTalk(step), step);
    const front = new LdapFront(step);
    return signIn(ldapGrammar, front, step, signInForProgram(front, step.own));
  },

  ownClient: (alone) => new LdapFront(withoutProgram(alone)),

  refuseGreeting(message, said = Buffer.alloc(0)) {
    const words = `${ourName}: ${protocolText(message)}`;
    const asked = readLdapHead(said);
    const tag = typeof asked === 'string' ? undefined : answerTo(asked.op.tag);
    const bytes =
      typeof asked === 'string' || tag === undefined
        ? disconnectionNotice(code.unavailable, words)
        : ldapAnswer(asked.id, tag, code.unavailable, words);
    return bytes.toString('latin1');
  },

  asksFirst: (said) => readLdapHead(said) !== 'incomplete',

  watch: watchLdap,
};

async function spokenFirst(step: PlaintextStep): Promise<never> {
  refuseTls(step);
  throw upstreamMisspoke(step.server, 'unasked');
}

/** TLS from the first byte is another mode. */
function refuseTls({ upstream, server }: PlaintextStep): void {
  const first = upstream.peek()[0];
  if (first !== 0x15 && first !== 0x16) return;
  throw new Refused('upstream-protocol', { code: 'port-wants-implicit-tls' }, { server });
}

/** The answer in plaintext, where a closed connection is a refusal. */
async function answerToStartTls(step: PlaintextStep): Promise<LdapAnswer> {
  refuseTls(step);
  return orLeft(step.server, async () => {
    const answer = await readAnswer(step.upstream, step.server, step.signal);
    step.trace('server', shownAnswer(answer.head.op.tag, answer.result?.code ?? null));
    return answer;
  });
}
