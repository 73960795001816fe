import type { RefusalReason } from '../contract/index.ts';
import type { Refused } from '../net/refused.ts';
import type { StateStore } from '../state/store.ts';
import { announceRefusal, countRefusal, type EmitEvent, type ReportedRelay } from './report.ts';

/** How many of one kind are reported singly; later ones are reported together at the end of the minute. */
const toldSingly = 5;
const periodMilliseconds = 60_000;

/**
 * Reports clients that were rejected before they had a session, in such a way that a flood of them does not fill the
 * log.
 */
export interface TurnedAway {
  note(refusal: Refused): void;
  /** Reports what has not been reported yet. */
  end(): void;
}

/** @param milliseconds how long the period is */
export function tellTurnedAway(
  relay: ReportedRelay,
  state: StateStore,
  emit: EmitEvent,
  now: () => Date,
  milliseconds = periodMilliseconds,
): TurnedAway {
  const kinds = new Map<RefusalReason, { refusal: Refused; told: number; more: number }>();
  let timer: NodeJS.Timeout | null = null;

  function end(): void {
    if (timer) clearTimeout(timer);
    timer = null;
    for (const { refusal, more } of kinds.values()) {
      if (more > 0) announceRefusal(relay, refusal, emit, { times: more });
    }
    kinds.clear();
  }

  return {
    note(refusal) {
      countRefusal(relay, refusal, state, now);
      timer ??= setTimeout(end, milliseconds).unref();
      const { told, more } = kinds.get(refusal.reason) ?? { told: 0, more: 0 };
      const single = told < toldSingly;
      kinds.set(refusal.reason, { refusal, told: told + 1, more: single ? 0 : more + 1 });
      if (single) announceRefusal(relay, refusal, emit);
    },
    end,
  };
}
