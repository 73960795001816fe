/**
 * One connection's life, top to bottom: a client has passed screening; the server is dialled, secured and verified; the
 * greeting; the sign-in; the raw phase; the end. A failure before the raw phase is reported to the mail program in its
 * own protocol.
 */

import type { Socket } from 'node:net';
import { domainToASCII } from 'node:url';
import type { Referrals, SessionEnding, SessionPhase } from '../contract/index.ts';
import type { SubmissionBounds } from '../dialects/bounds.ts';
import type { LocalTlsStep, SignInOutcome, Trace, WatchStep } from '../dialects/dialect.ts';
import type { OwnSignIn } from '../dialects/front.ts';
import { protocolText } from '../dialects/words.ts';
import { EndedFromOutside, type OutsideEnding } from '../net/ended-from-outside.ts';
import type { LineChannel } from '../net/line-channel.ts';
import { type AcceptTls, resetConnection, tlsVersionOf } from '../net/local-tls.ts';
import { Refused } from '../net/refused.ts';
import type { VerifiedSocket } from '../trust/tls/secure-upstream.ts';
import { clientGone, watchClient } from './admission.ts';
import { closeGently } from './close-gently.ts';
import type { ReadyUpstream, UpstreamTarget } from './connect-upstream.ts';
import { endingOf } from './ending.ts';
import { type Doing, type Grace, whileItMoves } from './grace.ts';
import { type ReachContext, reachUpstream } from './reach-upstream.ts';
import type { SessionReport } from './report.ts';
import type { Spare } from './spare.ts';
import { splice } from './splice.ts';
import { Stage } from './stage.ts';

/** RFC 5321 §4.5.3.2.7 requires at least 5 minutes, RFC 1939 §3 10, RFC 3501 §5.4 30: one limit for all. */
const clientIdleMilliseconds = 30 * 60_000;

/** A connection that a device has left open takes up one of its places: no longer than RFC 5321 requires. */
const deviceIdleMilliseconds = 5 * 60_000;

/**
 * The server's time for a whole answer within the sign-in, as a multiple of the connect timeout: servers slow down
 * guessing on purpose.
 */
const replyTimesConnectTimeout = 4;

/**
 * How long a program that speaks first is waited for when it is to be refused (milliseconds): one that gets an answer in
 * place of a goodbye can show the words.
 */
const requestMilliseconds = 1_000;

/** What a session may use of the core around it. */
export interface SessionContext extends Omit<ReachContext, 'trace'> {
  /** Present where Postern signs in for the mail program. */
  own?: OwnSignIn | undefined;
  /** Present on a relay for devices. */
  bounds?: SubmissionBounds | undefined;
  /** Makes the program's connection one in TLS, where it may ask for that. */
  acceptTls?: AcceptTls | undefined;
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
  /** The client's connection; replaced by the TLS socket after the handshake. */
  let client = accepted;
  const ended = new AbortController();
  const stage = new Stage();
  let phase: SessionPhase = 'connecting';
  /** The mail program's last line has no answer yet. */
  let asked = false;

  accepted.on('error', () => {
    // 'close' follows, which is enough: the mail program has left.
  });
  accepted.once('close', () => ended.abort(clientGone));
  if (accepted.destroyed) ended.abort(clientGone);

  const write = context.trace(report.id);
  const trace: Trace = (direction, line) => {
    asked = direction === 'client' || direction === 'to-server';
    write(direction, line);
  };
  function enter(next: SessionPhase): void {
    phase = next;
    report.phase(next);
  }

  /** A mail program is answered in ASCII, so a name is given in the form in which it goes over the wire. */
  const asciiPlace = { server: domainToASCII(target.server) || target.server, port: target.port };
  const note = (refused: Refused) => report.refused(refused.at(target));
  const say = (refused: Refused) => protocolText(refused.at(asciiPlace).message);

  async function live(): Promise<void> {
    const { ending, lastWords, fault } = await relay().catch(endAfter);
    stage.over();
    lines.detach();
    await closeGently(client, lastWords);
    report.closed(ending, client.bytesRead, client.bytesWritten);
    if (ending === 'fault') throw fault;
  }

  /** Server, greeting, sign-in, raw phase. */
  async function relay(): Promise<End> {
    const upstream = await untilRaw();
    if (!upstream) return { ending: 'clean' };
    enter('signed-in');
    spare.prepare();
    stage.spliced();
    ended.signal.throwIfAborted();
    const leftovers = { fromClient: lines.detach(), fromUpstream: upstream.lines.detach() };
    const ending = await splice(client, upstream.verified, leftovers, target.dialect.watch?.(watchStep()));
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
    enter('signing-in');
    await lines.write(upstream.greeting.text, ended.signal);
    stage.greeted();
    if (upstream.greeting.next === 'sign-in' && (await signIn(upstream)) === 'closed') return null;
    return { verified: upstream.verified, lines: upstream.lines };
  }

  /** Reaches the server, and makes its connection the session's: the two end together. The mail program is watched meanwhile. */
  async function secureOwnUpstream(): Promise<ReadyUpstream> {
    const watch = watchClient(lines, ended.signal);
    try {
      const ready = await reachUpstream(target, { ...context, trace }, spare, { phase: enter }, watch.signal);
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
    // From the greeting on, the dialect has sent the message: only it knows which command is waiting.
    const said = stage.name === 'greeted' || stage.name === 'submitting';
    if (error instanceof Refused) {
      report.refused(error.at(target));
      if (said) return { ending: 'refused' };
      await hearRequest();
      return { ending: 'refused', lastWords: refusing(say(error)) };
    }
    const { ending, words } = endingOf(error);
    if (stage.name === 'spliced') resetConnection(client);
    return { ending, fault: error, ...(words === null || said ? {} : { lastWords: refusing(words) }) };
  }

  /** A message in place of the greeting, or of the answer to the program's request. */
  function refusing(message: string): string {
    return target.dialect.refuseGreeting(message, lines.peek());
  }

  /** A program that speaks first is refused by the number of its request, so that is read first. */
  async function hearRequest(): Promise<void> {
    const { asksFirst } = target.dialect;
    if (!asksFirst || stage.name === 'spliced') return;
    const late = AbortSignal.any([ended.signal, AbortSignal.timeout(requestMilliseconds)]);
    while (!asksFirst(lines.peek()) && !lines.ended && !late.aborted) {
      await lines.arrival(late, lines.buffered).catch(() => undefined);
    }
  }

  function watchStep(): WatchStep {
    return { server: asciiPlace.server, referrals: context.referrals, own: context.own !== undefined, note };
  }

  function signIn(upstream: ReadyUpstream): Promise<SignInOutcome> {
    return target.dialect.signIn(
      {
        client: lines,
        upstream: upstream.lines,
        server: asciiPlace.server,
        signal: ended.signal,
        clientIdleMilliseconds: context.bounds ? deviceIdleMilliseconds : clientIdleMilliseconds,
        replyMilliseconds: context.connectTimeoutMilliseconds * replyTimesConnectTimeout,
        trace,
        own: context.own,
        bounds: context.bounds,
        localTls: localTls(),
        referrals: context.referrals,
        signedIn() {
          enter('signed-in');
          spare.prepare();
          stage.submitting();
        },
        idWanted: context.memory?.needs(target).id === true,
        noteIdWanted: () => context.memory?.sawNeeds(target, { id: true }),
        wordsFor: (error) => endingOf(error).words,
        note,
      },
      upstream.greeting.knowledge,
    );
  }

  /** TLS with the mail program, where it may ask for it. */
  function localTls(): LocalTlsStep | undefined {
    const { acceptTls } = context;
    if (!acceptTls) return undefined;
    return {
      required: target.localTls === 'require',
      get secured() {
        return client !== accepted;
      },
      async secure(goAhead) {
        // RFC 3207 §4: bytes behind the request came in plaintext, and must not be taken for protected ones. Bytes
        // after this, but before the handshake, make that fail.
        if (lines.detach().length > 0 || accepted.readableLength > 0) {
          throw new Refused('plaintext-after-starttls', { code: 'device-plaintext-injected' });
        }
        accepted.write(goAhead, 'latin1');
        const secured = await acceptTls(accepted, ended.signal);
        client = secured;
        lines.attach(secured);
        report.localTls(tlsVersionOf(secured));
      },
    };
  }

  function doing(): Doing {
    switch (stage.name) {
      case 'connecting':
      case 'verified':
        return phase === 'waiting-for-decision' || context.pause.shut ? 'person' : 'reaching-server';
      case 'greeted':
        return asked ? 'asked' : 'greeted';
      case 'submitting':
      case 'spliced':
        return 'signed-in';
      case 'over':
        return 'over';
    }
  }

  const over = live().finally(() => stage.over());

  const session: Session = {
    id: report.id,
    over,
    measure: () => report.progress(client.bytesRead, client.bytesWritten),
    end(why) {
      ended.abort(new EndedFromOutside(why));
      if (stage.name !== 'spliced') return;
      stage.upstream?.socket.destroy();
      resetConnection(client);
    },
    async finish(grace) {
      const bytes = () => ({ from: client.bytesRead, to: client.bytesWritten });
      await whileItMoves({ doing, bytes, over }, grace);
      session.end('stopped');
      await over;
    },
  };
  return session;
}
