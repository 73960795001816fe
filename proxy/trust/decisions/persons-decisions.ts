import {
  type CertificateDecision,
  type CertificateQuestion,
  type Endpoint,
  isSameServer,
  type Remembering,
} from '../../contract/index.ts';
import { CommandFailed } from '../../state/command-failed.ts';
import { createForgetting, type Forgetting } from './forgetting.ts';
import {
  createKeptDecisions,
  type DecisionsContext,
  isKept,
  type KeptDecisions,
  withChanged,
} from './kept-decisions.ts';
import { isReplacedBy, isTrust, type Place, placeOf } from './trust-history.ts';
import { notOfferedMessage, settledMessage } from './undecided-words.ts';
import { unsavedMessage } from './unsaved-words.ts';

/** `unsaved`: it is in force, but only until Postern stops, and why: a sentence. */
export type Decided = CertificateDecision & { unsaved?: string };

/** What a person decides about a server, and what that changes: in force at once, kept, and taken back. */
export interface PersonsDecisions extends Forgetting {
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
}

/** The same for the desk, which also puts an end to decisions that are no longer needed. */
export interface DecisionsInForce extends PersonsDecisions, Pick<KeptDecisions, 'assessAt' | 'trustedAt' | 'reassess'> {
  /** Ends a decision that the server has made unnecessary, and the sessions that rest on it. */
  retire(row: CertificateDecision): void;
  /**
   * Ends the sessions that rest on a decision that would not be open now, whatever the account: the decision itself
   * retires when its certificate is next met.
   */
  endOutdated(server: Endpoint): void;
}

export function createDecisions(context: DecisionsContext): DecisionsInForce {
  const { store, pending, emit, now } = context;
  const { decisions, servers, questions } = store;
  const kept = createKeptDecisions(context);
  const { assessAt, trustedAt, idAt, reassess, drop, endSessions, keep } = kept;

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

  function decide(id: string, decision: CertificateDecision['decision']): Promise<Decided> {
    const question = questions.get(id);
    if (!question) throw new CommandFailed('not-pending', settledMessage(decisions.get(id), servers.get(id)));
    if (!question.offers.includes(decision)) throw new CommandFailed('not-offered', notOfferedMessage(question));
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
    const saved = Promise.all(rows.map(enforce));
    pending.settle(id, decision === 'reject' ? 'rejected' : 'approved');
    for (const each of rows) reassess(placeOf(each));
    return saved.then((each) => {
      const unsaved = each.find((message) => message !== null);
      return unsaved ? { ...row, unsaved } : row;
    });
  }

  /** The same decision for the other ports that the question named, but for those where it is not open any more. */
  function beside({ alsoAtPorts = [] }: CertificateQuestion, row: CertificateDecision): CertificateDecision[] {
    const at = alsoAtPorts.map((port) => ({ ...placeOf(row), port })).filter((place) => isOpenAt(place, row));
    return at.map((place) => ({ ...row, id: idAt(place, row), port: place.port }));
  }

  function isOpenAt(place: Place, row: CertificateDecision): boolean {
    return !decisions.get(idAt(place, row)) && assessAt(place, row).offers.includes(row.decision);
  }

  return {
    ...createForgetting(context, kept),
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
  };
}
