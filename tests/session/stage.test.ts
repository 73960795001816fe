import { describe, expect, test } from 'vitest';
import { IllegalStep, Stage, type StageName, stages, steps } from '../../proxy/session/stage.ts';
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

/** Takes the step to this stage. */
function step(stage: Stage, to: StageName): void {
  if (to === 'connecting') throw new IllegalStep('No session begins twice.');
  if (to === 'verified') stage.verified(connection().upstream);
  else stage[to]();
}

/** The two paths from the first stage to the last: raw bytes, or messages that are read. */
const ways = (['submitting', 'spliced'] as const).map((left) => stages.filter((name) => name !== left));

/** A session that has reached this stage by legal steps. */
function reached(name: StageName): Stage {
  const stage = new Stage();
  if (name === 'over') stage.over();
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
    const legal = steps[from].includes(to) || (from === 'over' && to === 'over');
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
    const next = ways.flatMap((way) => (way.includes(name) ? [way[way.indexOf(name) + 1] ?? 'over', 'over'] : []));
    expect(new Set(steps[name])).toEqual(new Set(name === 'over' ? [] : next));
  }
});

test('the connection of the server is the session’s from its verdict to its end, and ends with it', () => {
  const stage = new Stage();
  const { upstream, destroyed } = connection();
  expect(stage.upstream).toBeNull();
  stage.verified(upstream);
  stage.greeted();
  stage.spliced();
  expect(stage.upstream).toBe(upstream);
  expect(destroyed()).toBe(0);
  stage.over();
  expect(stage.upstream).toBeNull();
  expect(destroyed()).toBe(1);
  stage.over();
  expect(destroyed()).toBe(1);
});
