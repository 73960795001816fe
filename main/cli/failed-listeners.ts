import { isDeepStrictEqual } from 'node:util';
import { type DiagnosisCode, listed } from '../../proxy/contract/index.ts';

/** Why an address and port of a relay cannot be listened on: an event, or a listener's row. */
export interface FailedListener {
  code: DiagnosisCode;
  facts: Record<string, unknown>;
}

/** Where the address itself is at fault, each is a failure of its own. */
const sameAtEach: ReadonlySet<DiagnosisCode> = new Set(['port-in-use', 'port-not-permitted', 'listening-failed']);

/**
 * Says once what is wrong at both addresses of a bare port: 127.0.0.1 and ::1 fail for the same reason.
 *
 * @param failures of one relay
 */
export function joinedFailures<F extends FailedListener>(failures: readonly F[]): F[] {
  const joined: F[] = [];
  for (const failure of failures) {
    const at = joined.findIndex((each) => isSame(each, failure));
    const same = joined[at];
    if (!same) joined.push(failure);
    else joined[at] = { ...same, facts: { ...same.facts, address: listed(addresses(same, failure).sort()) } };
  }
  return joined;
}

function isSame(one: FailedListener, other: FailedListener): boolean {
  if (one.code !== other.code || !sameAtEach.has(one.code)) return false;
  const [{ address: _, freePort: _free, ...facts }, { address: __, freePort: __free, ...others }] = [one, other].map(
    (each) => each.facts,
  ) as [Record<string, unknown>, Record<string, unknown>];
  return isDeepStrictEqual(facts, others);
}

function addresses(...failures: FailedListener[]): string[] {
  return failures.map(({ facts }) => String(facts.address));
}
