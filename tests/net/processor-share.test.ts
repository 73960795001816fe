import { expect, test } from 'vitest';
import { createProcessorShare } from '../../proxy/net/processor-share.ts';

test('what fits into the burst does not wait; beyond it the share counts', async () => {
  const share = createProcessorShare(0.5, 20);
  await share.turn();
  share.took(20);
  const began = performance.now();
  await share.turn();
  share.took(40);
  await share.turn();
  // 60 ms of work, 20 of them at once: the other 40 take 80 ms. Timers may be a millisecond early.
  expect(performance.now() - began).toBeGreaterThanOrEqual(40 / 0.5 - 2);
});
