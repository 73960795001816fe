import type {
  CertificateDecision,
  CertificateProblem,
  DecidedAs,
  Endpoint,
  ForgottenWith,
  UntimedEvent,
} from '../../contract/index.ts';
import { isSameServer } from '../../contract/index.ts';
import { CommandFailed } from '../../state/command-failed.ts';
import type { Judgement } from '../judging/judge.ts';
import type { LiveGrounds } from './live-grounds.ts';
import type { PendingQuestions } from './pending-questions.ts';
import { type Assessment, assess, bindingId, isAt, isTrust, type Place, placeOf, serverId } from './trust-history.ts';
import type { TrustStore } from './trust-store.ts';
import { type UnsavedChange, unsavedMessage } from './unsaved-words.ts';

export interface DecisionsContext {
  store: TrustStore;
  pending: PendingQuestions;
  grounds: LiveGrounds;
  emit: (event: UntimedEvent) => void;
  now: () => Date;
}

/** Decisions as they are kept: what they mean for a certificate, how one goes, and whether that is on disk. */
export interface KeptDecisions {
  /** What may be decided about a certificate here, by what was seen of the server before. */
  assessAt(place: Place, judgement: Pick<Judgement, 'certificate' | 'problems'>): Assessment;
  /** The decisions to trust a certificate here. */
  trustedAt(place: Place): CertificateDecision[];
  /** The id of the same decision at another place. */
  idAt(place: Place, row: CertificateDecision): string;
  /** The history of a server has changed: what its pending questions offer may have changed, too. */
  reassess(server: Endpoint): void;
  /** @param gone what it is forgotten with, where nobody asked for that alone */
  drop(
    row: CertificateDecision,
    as: Extract<DecidedAs, 'forgotten' | 'retired' | 'replaced'>,
    gone?: ForgottenWith,
  ): void;
  /** Ends the sessions that rest on a decision. */
  endSessions(why: 'decision-forgotten' | 'decision-retired', row: CertificateDecision): void;
  /** Resolves when the change is on disk. @throws {CommandFailed} `failed`, saying what a restart would bring back */
  keep(change: UnsavedChange): Promise<void>;
}

export function createKeptDecisions({ store, grounds, emit }: DecisionsContext): KeptDecisions {
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

  return {
    assessAt,
    trustedAt,
    idAt: (place, { certificate, problems }) => bindingId(place, certificate.fingerprint, problems),
    reassess,
    drop,
    endSessions: (why, { id }) => grounds.withdraw(why, ({ decision }) => decision === id),
    async keep(change) {
      const withdrawal = change === 'trust' || change === 'replaced';
      const unsaved = await (withdrawal ? store.flushWithdrawal() : store.flush());
      if (unsaved) throw new CommandFailed('failed', unsavedMessage(change, unsaved));
    },
  };
}

/** `changed` comes last, and only where it applies. */
export function withChanged(problems: readonly CertificateProblem[], changed: boolean): CertificateProblem[] {
  const others = problems.filter((problem) => problem !== 'changed');
  return changed ? [...others, 'changed'] : others;
}

/** Whether trust outlives a restart, and would come back with it. */
export function isKept({ decision }: CertificateDecision): boolean {
  return decision === 'always';
}
