import { describe, expect, test } from 'vitest';
import type { SessionPhase } from '../../proxy/contract/index.ts';
import { IllegalStep, Stage, type StageName, steps } from '../../proxy/session/stage.ts';
import type { VerifiedSocket } from '../../proxy/trust/tls/secure-upstream.ts';

/** A server's connection that only records whether it was ended. */
function connection() {
  let destroyed = 0;
  const socket = {
    destroy() {
      destroyed += 1;
    },
  };
  return { upstream: { socket } as unknown as VerifiedSocket, destroyed: () => destroyed };
}

const stages = Object.keys(steps) as StageName[];

/** Takes the step to this stage. */
function step(stage: Stage, to: StageName): void {
  if (to === 'verified') stage.verified(connection().upstream);
  else if (to === 'over') stage.over();
  else stage.enter(to);
}

/** The two paths from the first stage to the last: raw bytes, or messages that are read. */
const ways = (['submitting', 'spliced'] as const).map((left) =>
  stages.filter((name) => name !== left && name !== 'waiting-for-decision'),
);

/** Steps that lead back, and to what is left that way. */
const asides: readonly [StageName, StageName][] = [
  ['connecting', 'waiting-for-decision'],
  ['waiting-for-decision', 'connecting'],
  ['asked', 'greeted'],
  // A session may have no sign-in, and one may end with the server's last answer.
  ['greeted', 'submitting'],
  ['greeted', 'spliced'],
];

/** A session that has reached this stage by legal steps. */
function reached(name: StageName): Stage {
  const stage = new Stage(() => undefined);
  if (name === 'over' || name === 'waiting-for-decision') step(stage, name);
  else {
    const way = ways.find((names) => names.includes(name)) ?? [];
    for (const next of way.slice(1, way.indexOf(name) + 1)) step(stage, next);
  }
  expect(stage.name).toBe(name);
  return stage;
}

describe.each(stages)('from %s', (from) => {
  test.each(stages)('to %s', (to) => {
    const stage = reached(from);
    const legal = (steps[from] as readonly StageName[]).includes(to) || (from === 'over' && to === 'over');
    if (legal) {
      step(stage, to);
      expect(stage.name).toBe(to);
    } else {
      expect(() => step(stage, to)).toThrow(IllegalStep);
      expect(stage.name).toBe(from);
    }
  });
});

test('each way leads through its stages, in order, and ends from each', () => {
  for (const name of stages) {
    const onward = ways.flatMap((way) => (way.includes(name) ? [way[way.indexOf(name) + 1] ?? 'over'] : []));
    const aside = asides.flatMap(([from, to]) => (from === name ? [to] : []));
    expect(new Set(steps[name])).toEqual(new Set(name === 'over' ? [] : [...onward, ...aside, 'over']));
  }
});

test('people are shown a phase when it is another one, and none of a session that is over', () => {
  const shown: SessionPhase[] = [];
  const stage = new Stage((phase) => shown.push(phase));
  stage.enter('waiting-for-decision');
  stage.enter('connecting');
  stage.verified(connection().upstream);
  stage.enter('greeting');
  stage.enter('greeted');
  stage.line(true);
  stage.enter('submitting');
  stage.over();
  expect(shown).toEqual(['waiting-for-decision', 'connecting', 'signing-in', 'signed-in']);
});

test('a line decides whether an answer is due, between the greeting and the end of the sign-in alone', () => {
  for (const name of stages) {
    for (const due of [true, false]) {
      const stage = reached(name);
      stage.line(due);
      stage.line(due);
      const signingIn = name === 'greeted' || name === 'asked';
      expect(stage.name).toBe(signingIn ? (due ? 'asked' : 'greeted') : name);
    }
  }
});

test('the connection of the server is the session’s from its verdict to its end, and ends with it', () => {
  const stage = new Stage(() => undefined);
  const { upstream, destroyed } = connection();
  expect(stage.upstream).toBeNull();
  stage.verified(upstream);
  stage.enter('greeting');
  stage.enter('greeted');
  stage.enter('spliced');
  expect(stage.upstream).toBe(upstream);
  expect(destroyed()).toBe(0);
  stage.over();
  expect(stage.upstream).toBeNull();
  expect(destroyed()).toBe(1);
  stage.over();
  expect(destroyed()).toBe(1);
});
