import {
  type CertificateProblem,
  type Diagnosis,
  diagnose,
  type FailedAt,
  type Finding,
  type RefusalReason,
  refusalText,
} from '../contract/index.ts';

/**
 * A refusal, whatever it is due to (policy, the network, a server's misbehaviour): the one error that a session turns
 * into words for the mail program, a row in the state and an event. It carries the finding; its words are in the
 * catalogue (`contract/words/`). Its message contains no text from the server and no secret.
 */
export class Refused extends Error {
  override readonly name = 'Refused';
  readonly reason: RefusalReason;
  readonly finding: Finding;
  /** The server, as far as it is known. */
  readonly place: Partial<FailedAt>;

  /** @param at the server, where it is already known; a session fills it in */
  constructor(reason: RefusalReason, finding: Finding, at: Partial<FailedAt> = {}, options?: ErrorOptions) {
    super(refusalText(finding, at), options);
    this.reason = reason;
    this.finding = finding;
    this.place = {
      ...(at.server === undefined ? {} : { server: at.server }),
      ...(at.port === undefined ? {} : { port: at.port }),
      ...(at.protocol === undefined ? {} : { protocol: at.protocol }),
    };
  }

  /** Of a certificate: everything that is wrong with it. */
  get problems(): readonly CertificateProblem[] {
    const { problems = [] } = (this.finding.facts ?? {}) as { problems?: readonly CertificateProblem[] };
    return problems;
  }

  /** The message for a person. */
  get diagnosis(): Diagnosis {
    return diagnose(this.finding, this.place);
  }

  /** The message with what its commands need to reach this Postern. @param options see `diagnose` */
  messageWith(options: string): string {
    return refusalText(this.finding, this.place, options);
  }

  /** The same refusal, for this server. */
  at(place: FailedAt): Refused {
    const { protocol } = this.place;
    return new Refused(this.reason, this.finding, { ...(protocol && { protocol }), ...place }, { cause: this });
  }
}
