import type { Socket } from 'node:net';
import type { CareMemory } from '../care/memory.ts';
import type { Finding, TlsMode } from '../contract/index.ts';
import { isGreetingOfAnother } from '../diagnosis/greeting.ts';
import { orOffline } from '../diagnosis/offline.ts';
import { afterSuccess } from '../diagnosis/worked-before.ts';
import type { Dialect, Greeting, LocalTlsOffer, Trace } from '../dialects/dialect.ts';
import { type Deadline, startDeadline } from '../net/deadline.ts';
import { dial, type Resolve } from '../net/dial.ts';
import { EndedFromOutside } from '../net/ended-from-outside.ts';
import { LineChannel } from '../net/line-channel.ts';
import { Refused } from '../net/refused.ts';
import {
  type DecidingDesk,
  knowsPostQuantumGroups,
  secureUpstream,
  type TlsContext,
  type VerifiedSocket,
} from '../trust/tls/secure-upstream.ts';
import { type HelloAttempt, helloFor, rememberHello, withEitherHello } from './client-hello.ts';
import { byKnownPort } from './known-port.ts';
import { whoSpeaks } from './who-speaks.ts';

/**
 * A server that has begun to greet may hold back the rest on purpose (Postfix's postscreen: 6 seconds; tarpits: half a
 * minute): from then on the attempt's deadline is multiplied by this.
 */
const slowGreetingTimes = 3;

/** Timeout of the extra probe that only improves the error message, in milliseconds. */
const lookMilliseconds = 3_000;

/** Everything that an attempt to reach the server needs. */
export interface UpstreamTarget {
  relay: string;
  account: string;
  /** The name that the certificate must carry. */
  server: string;
  /** What is dialled: the server itself unless the configuration names another address. */
  address: string;
  port: number;
  tls: TlsMode;
  dialect: Dialect;
  /** True where Postern signs in for the mail program. */
  own?: boolean;
  /** Present where the mail program may ask for TLS with Postern. */
  localTls?: LocalTlsOffer | undefined;
  /** The TLS context in force: it may change while the relay runs. */
  tlsContext(): TlsContext;
}

export interface AttemptContext {
  desk: DecidingDesk;
  resolve: Resolve;
  connectTimeoutMilliseconds: number;
  trace: Trace;
  /** Ends the attempt when the person asks that no connections be made. */
  pausing?: AbortSignal;
  /** What is remembered about servers; absent while a new account's servers are looked for. */
  memory?: Pick<CareMemory, 'offeredTls' | 'modes' | 'sawTls' | 'needs' | 'sawNeeds' | 'lastVerified'>;
}

/** A server that has been verified and has greeted. */
export interface ReadyUpstream {
  verified: VerifiedSocket;
  lines: LineChannel;
  greeting: Greeting<unknown>;
}

/**
 * Reaches a server, from the dial to the greeting inside TLS, under one deadline.
 *
 * @throws Refused; CertificateQuestioned when a person may decide; or the signal's reason. The connection is destroyed then.
 */
export async function connectUpstream(
  target: UpstreamTarget,
  context: AttemptContext,
  signal: AbortSignal,
): Promise<ReadyUpstream> {
  const { memory, connectTimeoutMilliseconds: timeout } = context;
  const now = () => context.desk.now().getTime();
  const deadline = startDeadline(timeout, target.server, signal);
  if (context.pausing) deadline.heed(context.pausing);
  const only = memory && knowsPostQuantumGroups() ? helloFor(target, memory, now()) : 'usual';
  try {
    if (only === 'one-packet' || !knowsPostQuantumGroups()) {
      return await attempt(target, context, deadline, { hello: only, signal: deadline.signal });
    }
    const { result, needed } = await withEitherHello<ReadyUpstream>({
      attempt: (one) =>
        attempt(target, context, one.hello === 'usual' ? deadline : { ...deadline, waitFor: () => {} }, one),
      dispose: ({ verified }) => verified.socket.destroy(),
      timeout,
      signal: deadline.signal,
    });
    if (memory) rememberHello(target, needed, memory, now());
    return result;
  } catch (error) {
    if (error instanceof EndedFromOutside && error.why === 'certificate-revoked') {
      const finding = { code: 'certificate-revoked', facts: { problems: ['revoked'] } } as const;
      throw new Refused('certificate-revoked', finding, target);
    }
    if (!(error instanceof Refused)) throw error;
    // The attempt may have ended because its time was up: a look gets its own.
    const stillWanted = AbortSignal.any([signal, ...(context.pausing ? [context.pausing] : [])]);
    const found = await lookAgain(error, target, context, stillWanted);
    const workedAt = memory?.lastVerified(target)?.verifiedAt ?? null;
    const finding = afterSuccess(await orOffline(found, target.server, workedAt !== null), workedAt);
    const { server, port, dialect } = target;
    throw new Refused(error.reason, finding, { server, port, protocol: dialect.protocol }, { cause: error });
  } finally {
    deadline.clear();
  }
}

/** One connection, with one ClientHello. It is destroyed when anything fails. */
async function attempt(
  target: UpstreamTarget,
  context: AttemptContext,
  { waitFor, extend }: Pick<Deadline, 'waitFor' | 'extend'>,
  { hello, signal, helloSent }: Pick<HelloAttempt, 'hello' | 'signal'> & Partial<HelloAttempt>,
): Promise<ReadyUpstream> {
  let transport: Socket | undefined;
  try {
    waitFor('connection');
    const line = await dial(target, context.resolve, signal);
    transport = line;
    const step = {
      server: target.server,
      waitFor,
      greetingBegan() {
        waitFor('rest-of-greeting');
        extend(slowGreetingTimes);
      },
      localAddress: line.localAddress,
      trace: context.trace,
    };

    if (target.tls === 'starttls') {
      const plain = new LineChannel(line);
      await target.dialect.requestTls({ ...step, signal, upstream: plain });
      refuseInjection(plain.detach(), line, target.server);
      context.memory?.sawTls(target, 'starttls');
    }

    waitFor('tls-handshake');
    const before = line.bytesRead - line.readableLength;
    helloSent?.(() => line.bytesRead - before);
    const tls = target.tlsContext();
    const verified = await secureUpstream(
      line,
      { relay: target.relay, account: target.account, server: target.server, port: target.port },
      hello === 'usual' ? tls : tls.onePacket,
      context.desk,
      signal,
    );
    if (target.tls === 'implicit') context.memory?.sawTls(target, 'implicit');
    verified.socket.pause();
    const lines = new LineChannel(verified.socket);
    const greetingExpected = target.tls === 'implicit';
    const greeting = await target.dialect.greet({
      ...step,
      signal: AbortSignal.any([signal, verified.withdrawn]),
      upstream: lines,
      greetingExpected,
      own: target.own ?? false,
      localTls: target.localTls,
    });
    return { verified, lines, greeting };
  } catch (error) {
    transport?.destroy();
    throw error;
  }
}

/**
 * A better reason for a failure, from what is remembered about the port and from what answers there. Something without
 * TLS answered an attempt at TLS: a web page there means a network that requires a sign-in first, and says nothing
 * about the server; a separate connection shows what it was that answered. A server that was waited for in silence may itself
 * wait for TLS.
 *
 * @returns the original reason where there is no better one
 */
async function lookAgain(
  error: Refused,
  target: UpstreamTarget,
  { resolve, memory }: AttemptContext,
  signal: AbortSignal,
): Promise<Finding> {
  const soon = AbortSignal.any([signal, AbortSignal.timeout(lookMilliseconds)]);
  const isPlain = error.finding.code === 'port-wants-starttls';
  const spoken = isPlain ? await whoSpeaks(target, false, resolve, soon).catch(() => null) : null;
  if (spoken === 'http') return { code: 'captive-portal' };
  const known = { offeredAt: memory?.offeredTls(target) ?? null, modes: memory?.modes(target) ?? {} };
  const remembered = await byKnownPort(error, target, known, resolve, soon);
  const isAlarm = remembered?.code === 'encryption-vanished';
  if (!isAlarm && isGreetingOfAnother(spoken, target.dialect.protocol)) {
    return { code: 'wrong-protocol', facts: { spoken } };
  }
  if (remembered) return remembered;
  const { code, facts } = error.finding;
  const wasSilent = code === 'server-timeout' && facts?.step === 'plaintext-greeting';
  // Whoever only searches for servers tries both ways anyway.
  if (!wasSilent || !memory) return error.finding;
  const waited = await whoSpeaks(target, false, resolve, soon).catch(() => null);
  return waited === 'tls' ? { code: 'port-wants-implicit-tls' } : error.finding;
}

/**
 * Bytes after the go-ahead were put there in plaintext, to be taken for the server's once TLS is established ("Why TLS
 * Is Better Without STARTTLS", §4.2). Node's handshake would succeed over them.
 */
function refuseInjection(leftover: Buffer, transport: Socket, server: string): void {
  if (leftover.length === 0 && transport.readableLength === 0) return;
  throw new Refused('plaintext-after-starttls', { code: 'plaintext-injected' }, { server });
}
