import { EndedFromOutside } from '../net/ended-from-outside.ts';
import { Refused } from '../net/refused.ts';
import type { TrustDesk } from '../trust/decisions/trust-desk.ts';
import { CertificateQuestioned } from '../trust/tls/secure-upstream.ts';
import { type AttemptContext, connectUpstream, type ReadyUpstream, type UpstreamTarget } from './connect-upstream.ts';
import { Paused, type PauseGate } from './pause-gate.ts';
import type { Spare } from './spare.ts';
import type { Stage } from './stage.ts';

/** What a session may use to reach its server. */
export interface ReachContext extends Omit<AttemptContext, 'desk' | 'pausing'> {
  desk: TrustDesk;
  pause: PauseGate;
  /** How long a mail program is held while a question waits for the person, or Postern is paused. */
  decisionMilliseconds: number;
}

/**
 * Tries until the server is ready, the attempt fails, or the time to decide is up. An attempt that was ended by a pause
 * is repeated after it, and one that ended in a question, once a person has approved the certificate.
 *
 * @param spare the relay's connection that may already be waiting
 * @param stage enters and leaves `waiting-for-decision`
 * @throws Refused; `EndedFromOutside` when the time is up and Postern still paused; or the signal's reason
 */
export async function reachUpstream(
  target: UpstreamTarget,
  context: ReachContext,
  spare: Spare,
  stage: Pick<Stage, 'enter'>,
  signal: AbortSignal,
): Promise<ReadyUpstream> {
  // Not by the wall clock: it may jump while someone thinks.
  const decideBy = performance.now() + context.decisionMilliseconds;
  const left = () => decideBy - performance.now();
  for (;;) {
    try {
      if (!(await context.pause.opened(left(), signal))) throw new EndedFromOutside('paused');
      const { pausing } = context.pause;
      return spare.take(context.trace) ?? (await connectUpstream(target, { ...context, pausing }, signal));
    } catch (error) {
      if (error instanceof Paused) continue;
      if (!(error instanceof CertificateQuestioned)) throw error;
      stage.enter('waiting-for-decision');
      await untilApproved(error, target, context.desk, left(), signal);
      stage.enter('connecting');
    }
  }
}

/** Holds the mail program while a person decides. @throws Refused when the certificate was not approved in time */
async function untilApproved(
  question: CertificateQuestioned,
  target: UpstreamTarget,
  desk: TrustDesk,
  milliseconds: number,
  signal: AbortSignal,
): Promise<void> {
  const answer = await desk.waitForDecision(question.questionId, Math.max(0, milliseconds), signal);
  if (answer === 'approved') return;
  const undecided = new Refused('certificate-undecided', question.finding, target);
  if (answer !== 'rejected') throw undecided;
  const facts = { problems: undecided.problems, id: question.questionId };
  throw new Refused('certificate-rejected', { code: 'certificate-rejected', facts }, target);
}
