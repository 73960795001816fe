import {
  type CertificateDecision,
  type CertificateQuestion,
  type KnownServer,
  noSuchQuestion,
  type Offer,
} from '../../contract/index.ts';

/** Why there is nothing to decide under an id. */
export function settledMessage(decision: CertificateDecision | undefined, server: KnownServer | undefined): string {
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
export function notOfferedMessage({ host: server, history, offers }: CertificateQuestion): string {
  return history.kind === 'verified-then-failing'
    ? `${server} was verified before, so this certificate can only be rejected. If you know why it changed, forget the server first.`
    : `That is not on offer for this certificate of ${server}: it can be ${offers.map((offer) => ways[offer]).join(', or ')}.`;
}
