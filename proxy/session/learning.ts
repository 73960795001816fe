import type { SessionReport } from './report.ts';
import type { Admitted } from './screen-caller.ts';
import type { Wariness } from './wariness.ts';

/** Passes a report on, and learns from it who connects to the relays. */
export function learning(report: SessionReport, wariness: Wariness, { dial }: Admitted): SessionReport {
  return {
    ...report,
    phase(phase) {
      if (phase === 'signed-in') dial?.giveBack();
      report.phase(phase);
    },
    verified(protection) {
      wariness.honest();
      report.verified(protection);
    },
    refused(refusal) {
      if (refusal.reason === 'client-not-mail') {
        wariness.foreign();
        dial?.take();
      } else dial?.giveBack();
      report.refused(refusal);
    },
    closed(ending, bytesUp, bytesDown) {
      // Whoever hangs up without a word has had the server dialled for nothing; the other ends are not its own.
      if (ending !== 'clean' && ending !== 'client-reset' && ending !== 'refused') dial?.giveBack();
      report.closed(ending, bytesUp, bytesDown);
    },
  };
}
