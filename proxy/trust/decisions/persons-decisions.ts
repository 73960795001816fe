import {
  type CertificateDecision,
  type CertificateProblem,
  type CertificateQuestion,
  type DecidedAs,
  type Endpoint,
  type ForgottenWith,
  isSameServer,
  type KnownServer,
  noSuchQuestion,
  type Offer,
  type Remembering,
  type UntimedEvent,
} from '../../contract/index.ts';
import { CommandFailed } from '../../state/command-failed.ts';
import type { Judgement } from '../judging/judge.ts';
import type { LiveGrounds } from './live-grounds.ts';
import type { PendingQuestions } from './pending-questions.ts';
import {
  type Assessment,
  assess,
  bindingId,
  isAt,
  isReplacedBy,
  isTrust,
  type Place,
  placeOf,
  serverId,
} from './trust-history.ts';
import type { TrustStore } from './trust-store.ts';
import { type UnsavedChange, unsavedMessage } from './unsaved-words.ts';

/** `unsaved`: it is in force, but only until Postern stops, and why: a sentence. */
export type Decided = CertificateDecision & { unsaved?: string };

/** What a person decides about a server, and what that changes: in force at once, kept, and taken back. */
export interface PersonsDecisions {
  /**
   * Accepts the certificate of a pending question. In force at once; resolves when it is on disk too, or could not be
   * written, which it says, and is a warning in the state.
   *
   * @throws {CommandFailed} `not-pending` or `not-offered`; `failed` when it ended trust in another certificate, and that
   *   could not be saved
   */
  approve(id: string, remember: Remembering): Promise<Decided>;
  /**
   * Rejects it until the decision is forgotten.
   *
   * @throws {CommandFailed} `not-pending`; `failed` when it is in force but could not be saved
   */
  reject(id: string): Promise<CertificateDecision>;
  /**
   * Decides at another port of the same server and account as was decided here, about the same certificate with the
   * same problems. An existing decision there stands.
   *
   * @throws {CommandFailed} as `approve` and `reject`
   */
  repeat(decided: CertificateDecision, port: number): Promise<void>;
  /**
   * Forgets a decision (ending the sessions that rest on it), a verified server with what was rejected there, or a pending
   * question.
   *
   * @param gone what it is forgotten with, where nobody asked for that alone
   * @throws {CommandFailed} `not-found`; `failed` when it is in force but could not be saved
   */
  forget(id: string, gone?: ForgottenWith): Promise<'decision' | 'server' | 'question'>;
  /**
   * Adjusts to the configured accounts. Decisions made for an account go with it, or to its new name, and nobody is
   * asked about servers that nobody uses.
   *
   * @param servers the servers of every account that is configured now
   * @param gone accounts that are no longer configured
   * @param renamed the new names by the old
   */
  settle(servers: readonly Place[], gone: ReadonlySet<string>, renamed: ReadonlyMap<string, string>): void;
}

/** The same for the desk, which also puts an end to decisions that are no longer needed. */
export interface DecisionsInForce extends PersonsDecisions {
  /** What may be decided about a certificate here, by what was seen of the server before. */
  assessAt(place: Place, judgement: Pick<Judgement, 'certificate' | 'problems'>): Assessment;
  /** The decisions to trust a certificate here. */
  trustedAt(place: Place): CertificateDecision[];
  /** The history of a server has changed: what its pending questions offer may have changed, too. */
  reassess(server: Endpoint): void;
  /** Ends a decision that the server has made unnecessary, and the sessions that rest on it. */
  retire(row: CertificateDecision): void;
  /**
   * Ends the sessions that rest on a decision that would not be open now, whatever the account: the decision itself
   * retires when its certificate is next met.
   */
  endOutdated(server: Endpoint): void;
}

export interface DecisionsContext {
  store: TrustStore;
  pending: PendingQuestions;
  grounds: LiveGrounds;
  emit: (event: UntimedEvent) => void;
  now: () => Date;
}

export function createDecisions({ store, pending, grounds, emit, now }: DecisionsContext): DecisionsInForce {
  const { decisions, servers, questions } = store;

  /** A server's history is the whole computer's; only decisions belong to an account. */
  const decidedAt = (place: Place) => decisions.all().filter((row) => isAt(place, row));
  const trustedAt = (place: Place) => decidedAt(place).filter(isTrust);
  const assessAt = (place: Place, judgement: Pick<Judgement, 'certificate' | 'problems'>) =>
    assess(
      judgement.certificate,
      judgement.problems,
      servers.get(serverId(place)),
      decidedAt(place),
      store.memory.evidence(place),
    );

  function reassess(server: Endpoint): void {
    for (const question of questions.all().filter((row) => isSameServer(server, row))) {
      const { history, offers, changed } = assessAt(placeOf(question), question);
      questions.set({ ...question, history, offers, problems: withChanged(question.problems, changed) }, 'soon');
    }
  }

  function drop(
    { id, account, host }: CertificateDecision,
    as: Extract<DecidedAs, 'forgotten' | 'retired' | 'replaced'>,
    gone?: ForgottenWith,
  ): void {
    // The row is still there while the event is sent: its receivers can look up what it is about.
    emit({ event: 'certificate-decided', id, decision: as, account, host, ...(gone && { with: gone }) });
    decisions.remove(id, 'now');
  }

  const endSessions = (why: 'decision-forgotten' | 'decision-retired', { id }: CertificateDecision) =>
    grounds.withdraw(why, ({ decision }) => decision === id);

  function retire(row: CertificateDecision): void {
    drop(row, 'retired');
    endSessions('decision-retired', row);
  }

  function endOutdated(server: Endpoint): void {
    for (const row of decisions.all().filter((decided) => isTrust(decided) && isSameServer(server, decided))) {
      if (!assessAt(placeOf(row), row).offers.includes(row.decision)) endSessions('decision-retired', row);
    }
  }

  /**
   * Puts a decision in force, in place of what it replaces, and resolves when it is kept: to null, or to what a restart makes of
   * trust that could not be. @throws {CommandFailed} `failed`
   */
  async function enforce(row: CertificateDecision): Promise<string | null> {
    const { id, decision, account, host } = row;
    decisions.set(row, 'now');
    emit({ event: 'certificate-decided', id, decision, account, host });
    // A server has one certificate at a time: a person who trusts the new one does not expect the old one to be
    // accepted.
    const replaced = trustedAt(placeOf(row)).filter((other) => isReplacedBy(other, row));
    for (const former of replaced) {
      drop(former, 'replaced');
      endSessions('decision-forgotten', former);
    }
    if (replaced.some(isKept)) await keep('replaced');
    if (decision === 'reject') await keep('rejected');
    const unsaved = await store.flush();
    // What holds until Postern stops is not stored.
    return unsaved && decision === 'always' ? unsavedMessage('approved', unsaved) : null;
  }

  /** Resolves when the change is on disk. @throws {CommandFailed} `failed`, saying what a restart would bring back */
  async function keep(change: UnsavedChange): Promise<void> {
    const withdrawal = change === 'trust' || change === 'replaced';
    const unsaved = await (withdrawal ? store.flushWithdrawal() : store.flush());
    if (unsaved) throw new CommandFailed('failed', unsavedMessage(change, unsaved));
  }

  function decide(id: string, decision: CertificateDecision['decision']): Promise<Decided> {
    const question = questions.get(id);
    if (!question) throw new CommandFailed('not-pending', settledMessage(decisions.get(id), servers.get(id)));
    if (!question.offers.includes(decision)) throw new CommandFailed('not-offered', decidedMessage(question));
    const { account, host, port, certificate } = question;
    const problems = withChanged(question.problems, false);
    const row: CertificateDecision = {
      ...{ id, account, host, port, decision, problems, certificate },
      decidedAt: now().toISOString(),
      ...(question.problems.includes('changed') ? { changed: true } : {}),
      ...(question.provedAgainAt === undefined ? {} : { shownAt: question.askedAt }),
    };
    questions.remove(id, 'soon');
    const rows = [row, ...beside(question, row)];
    const kept = Promise.all(rows.map(enforce));
    pending.settle(id, decision === 'reject' ? 'rejected' : 'approved');
    for (const each of rows) reassess(placeOf(each));
    return kept.then((each) => {
      const unsaved = each.find((message) => message !== null);
      return unsaved ? { ...row, unsaved } : row;
    });
  }

  /** The same decision for the other ports that the question named, but for those where it is not open any more. */
  function beside({ alsoAtPorts = [] }: CertificateQuestion, row: CertificateDecision): CertificateDecision[] {
    const at = alsoAtPorts.map((port) => ({ ...placeOf(row), port })).filter((place) => isOpenAt(place, row));
    return at.map((place) => ({ ...row, id: idAt(place, row), port: place.port }));
  }

  const idAt = (place: Place, { certificate, problems }: CertificateDecision) =>
    bindingId(place, certificate.fingerprint, problems);

  function isOpenAt(place: Place, row: CertificateDecision): boolean {
    return !decisions.get(idAt(place, row)) && assessAt(place, row).offers.includes(row.decision);
  }

  return {
    assessAt,
    trustedAt,
    reassess,
    retire,
    endOutdated,
    approve: async (id, remember) => decide(id, remember),
    reject: async (id) => decide(id, 'reject'),
    async repeat(decided, port) {
      const id = idAt({ ...placeOf(decided), port }, decided);
      if (decisions.get(id)) return;
      if (questions.get(id)) {
        await decide(id, decided.decision);
        return;
      }
      await enforce({ ...decided, id, port });
    },
    async forget(id, gone) {
      const decision = decisions.get(id);
      if (decision) {
        drop(decision, 'forgotten', gone);
        reassess(placeOf(decision));
        endSessions('decision-forgotten', decision);
        if (isKept(decision)) await keep('trust');
        else if (!isTrust(decision)) await keep('rejection');
        return 'decision';
      }
      const server = servers.get(id);
      if (server) {
        servers.remove(id, 'now');
        // What was rejected in an alarm was rejected for what was known of the server; a new server has no decisions.
        const rejected = decisions.all().filter((row) => isSameServer(placeOf(server), row) && !isTrust(row));
        for (const row of rejected) drop(row, 'forgotten', gone);
        reassess(placeOf(server));
        await keep('server');
        return 'server';
      }
      const question = questions.get(id);
      if (!question) throw new CommandFailed('not-found', 'There is no decision, server or question with this id.');
      const { account, host } = question;
      const event = { event: 'certificate-decided', id, decision: 'forgotten', account, host } as const;
      emit({ ...event, of: 'question', ...(gone && { with: gone }) });
      questions.remove(id, 'now');
      pending.settle(id, 'undecided');
      await keep('question');
      return 'question';
    },
    settle(servers, gone, renamed) {
      const moved = decisions.all().filter((row) => gone.has(row.account) || renamed.has(row.account));
      for (const row of moved) {
        const account = renamed.get(row.account);
        if (account !== undefined) {
          decisions.remove(row.id, 'soon');
          const id = idAt({ ...placeOf(row), account }, row);
          decisions.set({ ...row, id, account }, 'soon');
        } else drop(row, 'forgotten', 'account');
      }
      // Not awaited; a failure shows as a warning in the state.
      if (moved.some(isKept)) void store.flushWithdrawal();
      for (const row of questions.all().filter((question) => !servers.some((place) => isAt(place, question)))) {
        questions.remove(row.id, 'soon');
        pending.settle(row.id, 'undecided');
      }
    },
  };
}

/** `changed` comes last, and only where it applies. */
export function withChanged(problems: readonly CertificateProblem[], changed: boolean): CertificateProblem[] {
  const others = problems.filter((problem) => problem !== 'changed');
  return changed ? [...others, 'changed'] : others;
}

/** Whether trust outlives a restart, and would come back with it. */
function isKept({ decision }: CertificateDecision): boolean {
  return decision === 'always';
}

/** Why there is nothing to decide under an id. */
function settledMessage(decision: CertificateDecision | undefined, server: KnownServer | undefined): string {
  if (decision) {
    const was = decision.decision === 'reject' ? 'rejected' : 'trusted';
    return `The certificate of ${decision.host} is ${was} already, by your decision. To decide anew, forget that decision; the next connection asks again.`;
  }
  if (server)
    return `${server.host} proved who it is, so there is nothing to decide. The id of a question is wanted here.`;
  return noSuchQuestion;
}

const ways: Record<Offer, string> = {
  always: 'trusted always ("approve")',
  once: 'trusted until Postern stops ("approve --once")',
  reject: 'rejected ("reject")',
};

/** Why the requested decision is not open. */
function decidedMessage({ host: server, history, offers }: CertificateQuestion): string {
  return history.kind === 'verified-then-failing'
    ? `${server} was verified before, so this certificate can only be rejected. If you know why it changed, forget the server first.`
    : `That is not on offer for this certificate of ${server}: it can be ${offers.map((offer) => ways[offer]).join(', or ')}.`;
}
