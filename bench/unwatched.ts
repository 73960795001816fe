import type { Runner } from './relays.ts';
import { measure, type Stage } from './stage.ts';
import { median, type Rows } from './statistics.ts';

/**
 * What a session costs without Postern's wait at the door, and then without asking whose program it is: a program that
 * sends its first command along with the connection has shown what it is, and is not watched.
 *
 * @param anyUser Postern without the setting `ownUserOnly`
 */
export async function runUnwatched(stage: Stage, runners: Runner[], anyUser: Runner, rows: Rows): Promise<void> {
  const speakingFirst = { kind: 'set-up' as const, authority: null, speaksFirst: true };
  for (const runner of runners) {
    const port = runner.port('implicit');
    if (port === null || runner.pid === null) continue;
    const { samples } = await stage.order({ ...speakingFirst, port, count: 30, together: 1 });
    rows
      .of('greeting-unwatched', 'implicit TLS, 0 ms, a program that speaks first: connect to greeting', 'ms')
      .add(runner.name, median(samples.greeting ?? []));
    const { perSecond, cpu } = await manyAtOnce(stage, runner, port);
    rows
      .of('sessions-unwatched', 'sessions in a second, eight at once, of programs that speak first', '1/s')
      .add(runner.name, perSecond);
    rows.of('session-cpu-unwatched', 'CPU for a session of a program that speaks first', 'ms').add(runner.name, cpu);
  }
  const port = anyUser.port('implicit');
  if (port === null) return;
  const { cpu } = await manyAtOnce(stage, anyUser, port);
  rows
    .of('session-cpu-unasked', 'CPU for a session of a program that speaks first, without asking whose it is', 'ms')
    .add('Postern', cpu);

  async function manyAtOnce(at: Stage, runner: Runner, atPort: number) {
    const count = 200;
    const { outcome, relayCpu } = await measure(at, runner, { ...speakingFirst, port: atPort, count, together: 8 });
    return { perSecond: (count * 1000) / outcome.milliseconds, cpu: (relayCpu.all * 1000) / count };
  }
}
