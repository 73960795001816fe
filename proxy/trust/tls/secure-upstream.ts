import { isIP, type Socket } from 'node:net';
import tls from 'node:tls';
import { domainToASCII } from 'node:url';
import type { Finding, UpstreamProtection } from '../../contract/index.ts';
import { Refused } from '../../net/refused.ts';
import type { Revocations, TrustDesk } from '../decisions/trust-desk.ts';
import type { JudgedPath } from '../judging/judge.ts';
import { handshakeRefusal, oversizedHandshake } from './handshake-failure.ts';
import { judgePresented } from './judge-presented.ts';
import type { ConnectionContext } from './tls-context.ts';
import { minDhBits, requireSafe } from './tls-policy.ts';

export { createTlsContexts, knowsPostQuantumGroups, type TlsContext } from './tls-context.ts';

/** The intended server, and on whose behalf. */
export interface TrustSubject {
  account: string;
  relay: string;
  /** The configured server: what the certificate has to be for. */
  server: string;
  port: number;
}

/** The part of a desk that decides about a certificate: all that is needed to secure a connection. */
export interface DecidingDesk extends Pick<TrustDesk, 'decide' | 'now' | 'hold'> {
  readonly revocations: Pick<Revocations, 'complete' | 'met'> | null;
}

/** A person may decide about the server's certificate: the question is in the state under this id. */
export class CertificateQuestioned extends Error {
  override readonly name = 'CertificateQuestioned';
  readonly questionId: string;
  readonly finding: Finding;

  /** @param finding what to say when nobody decides in time */
  constructor(questionId: string, finding: Finding) {
    super(finding.code);
    this.questionId = questionId;
    this.finding = finding;
  }
}

let verified: (socket: tls.TLSSocket, protection: UpstreamProtection, withdrawn: AbortSignal) => VerifiedSocket;

/**
 * A TLS connection to a server whose identity was verified, or that a person has decided to trust. Only
 * {@link secureUpstream} can make one.
 */
export class VerifiedSocket {
  readonly #socket: tls.TLSSocket;
  readonly protection: UpstreamProtection;
  /** Aborts with an `EndedFromOutside` when the trust is withdrawn. By then the connection has been destroyed. */
  readonly withdrawn: AbortSignal;

  private constructor(socket: tls.TLSSocket, protection: UpstreamProtection, withdrawn: AbortSignal) {
    this.#socket = socket;
    this.protection = protection;
    this.withdrawn = withdrawn;
  }

  static {
    verified = (socket, protection, withdrawn) => new VerifiedSocket(socket, protection, withdrawn);
  }

  /** Paused: what the server has sent since the handshake is unread. */
  get socket(): tls.TLSSocket {
    return this.#socket;
  }
}

/**
 * The most bytes that may arrive before the handshake ends. Honest servers' certificates take less than 10 KiB, a chain
 * with large post-quantum keys less than 64 KiB.
 */
const maxHandshakeBytes = 256 * 1024;

/** How often that is checked, in milliseconds: data that arrives meanwhile is read and dropped. */
const watchMilliseconds = 100;

/**
 * Performs the TLS handshake and verifies the server. The only way upstream: both TLS modes come through here.
 *
 * No application byte is written and none is read before the verdict. On any failure the transport is destroyed.
 *
 * @param transport connected, with nothing unread: anything unread would be taken for part of the handshake
 * @param signal ends the attempt with its own reason
 * @throws {Refused} by policy, or because the handshake failed
 * @throws {CertificateQuestioned} when a person may decide
 * @throws the signal's reason
 */
export async function secureUpstream(
  transport: Socket,
  subject: TrustSubject,
  context: ConnectionContext,
  desk: DecidingDesk,
  signal: AbortSignal,
): Promise<VerifiedSocket> {
  let socket: tls.TLSSocket | null = null;
  try {
    signal.throwIfAborted();
    const handshake = await shakeHands(transport, subject.server, context, signal);
    socket = handshake.socket;
    const protocol = socket.getProtocol();
    const cipher = socket.getCipher();
    requireSafe({ protocol, cipher, ephemeral: socket.getEphemeralKeyInfo() }, subject.server);

    const now = desk.now();
    const presentation = {
      server: subject.server,
      staple: handshake.staple,
      now: now.getTime(),
    };
    const judgement = await judgePresented(socket, presentation, context.roots, desk.revocations);
    signal.throwIfAborted();
    const verdict = desk.decide(subject, judgement);
    if (judgement.path.length > 0 && judgement.problems.every((problem) => problem === 'revoked')) {
      desk.revocations?.met(subject, judgement, transport.remoteAddress);
    }
    if (verdict.kind === 'refuse') {
      throw new Refused(verdict.reason, verdict.finding, { server: subject.server, port: subject.port });
    }
    if (verdict.kind === 'ask') throw new CertificateQuestioned(verdict.id, verdict.finding);
    signal.throwIfAborted();
    if (socket.destroyed) throw closedMeanwhile(subject.server);
    const protection: UpstreamProtection = {
      tlsVersion: protocol ?? '',
      cipher: cipher.standardName ?? cipher.name,
      certificate: judgement.certificate,
      trust: verdict.trust,
      // The time of the judgement: revocations found after it concern this connection, too.
      verifiedAt: now.toISOString(),
    };
    return verified(socket, protection, holdWhileTrusted(socket, protection, judgement, desk));
  } catch (error) {
    socket?.destroy();
    transport.destroy();
    throw error;
  }
}

/** Makes sure that nothing more is sent to a server from which trust was withdrawn, whatever the callers are doing. */
function holdWhileTrusted(
  socket: tls.TLSSocket,
  { certificate, trust }: UpstreamProtection,
  { path }: JudgedPath,
  desk: DecidingDesk,
): AbortSignal {
  const { withdrawn, release } = desk.hold({
    fingerprint: certificate.fingerprint,
    anchor: path.at(-1) ?? null,
    decision: trust.kind === 'trusted-by-you' ? trust.decision : null,
  });
  socket.once('close', release);
  withdrawn.throwIfAborted();
  withdrawn.addEventListener('abort', () => socket.destroy(), { once: true });
  return withdrawn;
}

/**
 * How much Node may decrypt beyond what is read while a session holds the server back: one record, and the rest of a
 * read.
 */
const readAheadBytes = 16 * 1024;

interface Handshake {
  socket: tls.TLSSocket;
  staple: Buffer | null;
}

function shakeHands(
  transport: Socket,
  server: string,
  context: ConnectionContext,
  signal: AbortSignal,
): Promise<Handshake> {
  return new Promise((resolve, reject) => {
    // A server that greets at once makes the socket read before TLS does.
    const before = transport.bytesRead - transport.readableLength;
    const received = () => transport.bytesRead - before;
    const address = isIP(server) !== 0;
    // One of Node's own sockets, with a handle: TLS reads and writes below JavaScript.
    const options: tls.ConnectionOptions & { highWaterMark: number } = {
      socket: transport,
      host: server,
      // RFC 6066 §3: an address is never sent as a server name.
      servername: address ? '' : domainToASCII(server.replace(/\.$/, '')),
      secureContext: context.secureContext(),
      minDHSize: minDhBits,
      requestOCSP: true,
      highWaterMark: readAheadBytes,
      // The verdict is ours, and comes later: the library reports one fault and hides the others.
      rejectUnauthorized: false,
    };
    const socket = tls.connect(options);
    // `--tls-keylog` in NODE_OPTIONS listens here and would write the keys to a file.
    socket.removeAllListeners('keylog');
    let staple: Buffer | null = null;
    // The library bounds what it keeps; what it reads and drops is bounded here.
    const watch = setInterval(() => {
      if (received() > maxHandshakeBytes) abandon(oversizedHandshake(server));
    }, watchMilliseconds);

    let settled = false;
    const settle = (outcome: () => void) => {
      if (settled) return;
      settled = true;
      clearInterval(watch);
      signal.removeEventListener('abort', onAbort);
      socket.off('secureConnect', onSecure).off('error', onError).off('close', onClose).off('OCSPResponse', onStaple);
      transport.off('end', onClose);
      // Later failures are reported by 'close', or to the listeners added by then.
      socket.on('error', () => {});
      transport.on('error', () => {});
      outcome();
    };
    const abandon = (why: unknown) =>
      settle(() => {
        socket.destroy();
        reject(why);
      });
    const fail = (code: string, cause?: unknown) =>
      abandon(handshakeRefusal(server, { code, received: received(), begunInPlaintext: before > 0 }, cause));
    const onAbort = () => abandon(signal.reason);
    const onSecure = () => settle(() => resolve({ socket, staple }));
    const onError = (error: Error) => fail(codeOf(error), error);
    const onClose = () => fail('ECONNRESET');
    const onStaple = (response: Buffer | null) => {
      staple = response;
    };
    signal.addEventListener('abort', onAbort, { once: true });
    socket.once('secureConnect', onSecure).once('error', onError).once('close', onClose).on('OCSPResponse', onStaple);
    // An end that was read before TLS began is not read again.
    if (transport.readableEnded) onClose();
    else transport.once('end', onClose);
  });
}

function codeOf(error: Error | string): string {
  return typeof error === 'string' ? error : ((error as NodeJS.ErrnoException).code ?? error.name);
}

function closedMeanwhile(server: string): Refused {
  return new Refused('upstream-closed', { code: 'server-closed' }, { server });
}
