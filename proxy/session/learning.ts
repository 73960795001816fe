import type { SessionReport } from './report.ts';
import type { Admitted } from './screen-caller.ts';
import type { Wariness } from './wariness.ts';

/** Wraps a session report to update wariness and silent-dial accounting. */
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
      // Only clients that leave without speaking keep the charge; other endings release it.
      if (ending !== 'clean' && ending !== 'client-reset' && ending !== 'refused') dial?.giveBack();
      report.closed(ending, bytesUp, bytesDown);
    },
  };
}
