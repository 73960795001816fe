/**
 * One connection's life, top to bottom: a client has passed screening; the server is dialled, secured and verified; the
 * greeting; the sign-in; the raw phase; the end. A failure before the raw phase is reported to the mail program in its
 * own protocol.
 */

import type { Socket } from 'node:net';
import { domainToASCII } from 'node:url';
import type { Referrals, SessionEnding } from '../contract/index.ts';
import type { SubmissionBounds } from '../dialects/bounds.ts';
import type { SignInOutcome, Trace, WatchStep } from '../dialects/dialect.ts';
import type { OwnSignIn } from '../dialects/front.ts';
import { protocolText, refusalWords } from '../dialects/words.ts';
import { EndedFromOutside, type OutsideEnding } from '../net/ended-from-outside.ts';
import type { LineChannel } from '../net/line-channel.ts';
import type { AcceptTls } from '../net/local-tls.ts';
import { Refused } from '../net/refused.ts';
import type { VerifiedSocket } from '../trust/tls/secure-upstream.ts';
import { clientGone, watchClient } from './admission.ts';
import { ClientSide } from './client-side.ts';
import { closeGently } from './close-gently.ts';
import type { ReadyUpstream, UpstreamTarget } from './connect-upstream.ts';
import { endingOf } from './ending.ts';
import { hearRequest } from './first-request.ts';
import { type Doing, doingAt, type Grace, whileItMoves } from './grace.ts';
import { type ReachContext, reachUpstream } from './reach-upstream.ts';
import type { SessionReport } from './report.ts';
import { signInTimes } from './sign-in-times.ts';
import type { Spare } from './spare.ts';
import { splice } from './splice.ts';
import { Stage, type StageName } from './stage.ts';

/** The dialect has a command to answer, and says itself why the session ends. */
const answeredByDialect: readonly StageName[] = ['greeted', 'asked', 'submitting'];

/** What a session may use of the core around it. */
export interface SessionContext extends Omit<ReachContext, 'trace'> {
  /** Present where Postern signs in for the mail program. */
  own?: OwnSignIn | undefined;
  /** Present on a relay for devices. */
  bounds?: SubmissionBounds | undefined;
  /** Makes the program's connection one in TLS, where it may ask for that. */
  acceptTls?: AcceptTls | undefined;
  /** What a command that the mail program is told needs to reach this Postern. */
  commandOptions?: string;
  /** What becomes of referrals to servers without TLS. */
  referrals?: Referrals | undefined;
  /** Creates the trace of one session; its lines contain no secret. */
  trace(session: string): Trace;
}

/** A running session, seen from outside. */
export interface Session {
  readonly id: string;
  /** Resolves when the session is over and its sockets are closed. Rejects only for an unexpected internal error. */
  readonly over: Promise<void>;
  /** Updates the byte counts in the state. */
  measure(): void;
  /** Ends it at once: with a message in the protocol before the raw phase, with a reset in it. */
  end(why: OutsideEnding): void;
  /** Lets it go on while it makes progress, within the given time, then ends it as `stopped`. */
  finish(grace: Grace): Promise<void>;
}

/** How a session ended, and the final message in the mail program's protocol; none where it has been sent. */
interface End {
  ending: SessionEnding;
  lastWords?: string;
  /** The cause, if it is an unexpected internal error. */
  fault?: unknown;
}

/**
 * Starts the life of one accepted connection.
 *
 * @param accepted half-open allowed
 * @param lines what it sends
 * @param spare the relay's connection that may already be waiting
 */
export function startSession(
  accepted: Socket,
  lines: LineChannel,
  target: UpstreamTarget,
  context: SessionContext,
  report: SessionReport,
  spare: Spare,
): Session {
  const client = new ClientSide(accepted);
  const ended = new AbortController();
  const stage = new Stage((phase) => report.phase(phase));

  accepted.on('error', () => {
    // 'close' follows, which is enough: the mail program has left.
  });
  accepted.once('close', () => ended.abort(clientGone));
  if (accepted.destroyed) ended.abort(clientGone);

  const write = context.trace(report.id);
  const trace: Trace = (direction, line) => {
    stage.line(direction === 'client' || direction === 'to-server');
    write(direction, line);
  };

  /** A mail program is answered in ASCII, so a name is given in the form in which it goes over the wire. */
  const place = { server: target.server, port: target.port, protocol: target.dialect.protocol };
  const asciiPlace = { ...place, server: domainToASCII(target.server) || target.server };
  const note = (refused: Refused) => report.refused(refused.at(place));
  const say = (refused: Refused) => protocolText(refusalWords(refused.at(asciiPlace), context.commandOptions));

  async function live(): Promise<void> {
    const { ending, lastWords, fault } = await relay().catch(endAfter);
    stage.over();
    lines.detach();
    await closeGently(client.socket, lastWords);
    const { from, to } = client.bytes();
    report.closed(ending, from, to);
    if (ending === 'fault') throw fault;
  }

  /** Server, greeting, sign-in, raw phase. */
  async function relay(): Promise<End> {
    const upstream = await untilRaw();
    if (!upstream) return { ending: 'clean' };
    stage.enter('spliced');
    spare.prepare();
    ended.signal.throwIfAborted();
    const leftovers = { fromClient: lines.detach(), fromUpstream: upstream.lines.detach() };
    const ending = await splice(client.socket, upstream.verified, leftovers, target.dialect.watch?.(watchStep()));
    const reason: unknown = ended.signal.reason;
    return { ending: reason instanceof EndedFromOutside ? reason.why : ending };
  }

  /**
   * Up to the sign-in.
   *
   * @returns what the raw phase needs, and no more: it may last for days, and a greeting of a few bytes would keep all
   *   of the 64 KiB that Node has cut it from (`Buffer.poolSize`); null when the session is over
   */
  async function untilRaw(): Promise<Pick<ReadyUpstream, 'verified' | 'lines'> | null> {
    const upstream = await secureOwnUpstream();
    stage.enter('greeting');
    await lines.write(upstream.greeting.text, ended.signal);
    stage.enter('greeted');
    if (upstream.greeting.next === 'sign-in' && (await signIn(upstream)) === 'closed') return null;
    return { verified: upstream.verified, lines: upstream.lines };
  }

  /** Reaches the server, and makes its connection the session's: the two end together. The mail program is watched meanwhile. */
  async function secureOwnUpstream(): Promise<ReadyUpstream> {
    const watch = watchClient(lines, ended.signal);
    try {
      const ready = await reachUpstream(target, { ...context, trace }, spare, stage, watch.signal);
      stage.verified(ready.verified);
      endWithTrust(ready.verified);
      const revoked = context.desk.revokedMeanwhile(target.server, ready.verified.protection);
      if (revoked) throw revoked;
      await watch.conclude();
      report.verified(ready.verified.protection);
      return ready;
    } finally {
      watch.end();
    }
  }

  /** From the verdict to the last byte, the session ends when the trust it rests on is withdrawn. */
  function endWithTrust({ withdrawn }: VerifiedSocket): void {
    withdrawn.throwIfAborted();
    const onWithdrawn = () => session.end((withdrawn.reason as EndedFromOutside).why);
    withdrawn.addEventListener('abort', onWithdrawn, { once: true });
  }

  /** How an error ends the session. */
  async function endAfter(error: unknown): Promise<End> {
    const said = answeredByDialect.includes(stage.name);
    if (error instanceof Refused) {
      report.refused(error.at(place));
      if (said) return { ending: 'refused' };
      if (stage.name !== 'spliced') await hearRequest(target.dialect, lines, ended.signal);
      return { ending: 'refused', lastWords: refusing(say(error)) };
    }
    const { ending, words } = endingOf(error);
    if (stage.name === 'spliced') client.reset();
    return { ending, fault: error, ...(words === null || said ? {} : { lastWords: refusing(words) }) };
  }

  /** A message in place of the greeting, or of the answer to the program's request. */
  function refusing(message: string): string {
    return target.dialect.refuseGreeting(message, lines.peek());
  }

  function watchStep(): WatchStep {
    return { server: asciiPlace.server, referrals: context.referrals, own: context.own !== undefined, note };
  }

  function signIn(upstream: ReadyUpstream): Promise<SignInOutcome> {
    const { acceptTls } = context;
    return target.dialect.signIn(
      {
        client: lines,
        upstream: upstream.lines,
        server: asciiPlace.server,
        signal: ended.signal,
        ...signInTimes(context.bounds !== undefined, context.connectTimeoutMilliseconds),
        trace,
        own: context.own,
        bounds: context.bounds,
        localTls: acceptTls && client.localTls(acceptTls, target.localTls === 'require', lines, report, ended.signal),
        referrals: context.referrals,
        signedIn() {
          stage.enter('submitting');
          spare.prepare();
        },
        idWanted: context.memory?.needs(target).id === true,
        noteIdWanted: () => context.memory?.sawNeeds(target, { id: true }),
        commandOptions: context.commandOptions,
        wordsFor: (error) => endingOf(error).words,
        note,
      },
      upstream.greeting.knowledge,
    );
  }

  function doing(): Doing {
    const now = doingAt[stage.name];
    return now === 'reaching-server' && context.pause.shut ? 'person' : now;
  }

  const over = live().finally(() => stage.over());

  const session: Session = {
    id: report.id,
    over,
    measure() {
      const { from, to } = client.bytes();
      report.progress(from, to);
    },
    end(why) {
      ended.abort(new EndedFromOutside(why));
      if (stage.name !== 'spliced') return;
      stage.upstream?.socket.destroy();
      client.reset();
    },
    async finish(grace) {
      await whileItMoves({ doing, bytes: () => client.bytes(), over }, grace);
      session.end('stopped');
      await over;
    },
  };
  return session;
}
