import { type RunnerTask, TestRunner } from 'vitest';
import { writeNotRun } from './needs.ts';

/**
 * Vitest's own runner with one addition: outside continuous integration, a test that stopped at something which this
 * machine does not have (`needs.ts`) counts as skipped, and what was missing is recorded for `npm test` to report.
 */
export default class Runner extends TestRunner {
  override onAfterRunTask(test: RunnerTask): void {
    super.onAfterRunTask(test);
    excuse(test);
  }

  override async onAfterRunSuite(suite: Parameters<TestRunner['onAfterRunSuite']>[0]): Promise<void> {
    await super.onAfterRunSuite(suite);
    excuse(suite);
  }
}

function excuse(task: RunnerTask): void {
  const [first] = task.result?.errors ?? [];
  if (process.env.CI || first?.name !== 'NotHere' || !task.result) return;
  const { need } = first as unknown as { need: string };
  task.mode = 'skip';
  task.result = { ...task.result, state: 'skip', errors: [] };
  writeNotRun({ need, file: task.file.name, tests: countOf(task) });
}

function countOf(task: RunnerTask): number {
  return task.type === 'suite' ? task.tasks.reduce((sum, child) => sum + countOf(child), 0) : 1;
}
