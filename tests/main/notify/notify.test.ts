/** What happens while the notifier is on its way. */
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import type { Headless } from '../../../main/headless.ts';
import { notifyPeople } from '../../../main/notify/notify.ts';
import type { RefusalRow } from '../../../proxy/contract/index.ts';
import { createStateStore } from '../../../proxy/state/store.ts';
import { atEnd, scratchDirectory } from '../../support/clean-up.ts';
import { until } from '../../support/service.ts';
import { refusedAt, relayRow } from '../desktop/support.ts';

test.each(['before', 'after'])(
  'a device that knocks %s the notes of an earlier run are read is told of',
  async (when) => {
    const state = createStateStore({ version: '', startedAt: '', paused: false, questionsDropped: 0, warnings: [] });
    state.set('relays', 'scans', relayRow('scans'));
    const knock = () => {
      const { diagnosis, ...refused } = refusedAt('2026-01-01T00:00:00.000Z', 'device-not-allowed');
      const facts = { from: '192.168.7.33', device: 'not-listed' };
      const lastRefusal = { ...refused, diagnosis: { ...diagnosis, code: 'device-not-allowed', facts } } as RefusalRow;
      state.patch('relays', 'scans', { lastRefusal });
    };
    const folder = scratchDirectory('notify');
    const out = join(folder, 'out');
    const command = ['/bin/sh', '-c', 'echo "$POSTERN_KIND" >> "$0"', out];
    const api = { command: async () => ({ ok: true, value: { notify: { command } } }) };
    const running = { state, api, configurationFile: join(folder, 'config.json') } as unknown as Headless;
    const complaints: string[] = [];
    const notifying = notifyPeople(running, folder, (line) => complaints.push(line));
    if (when === 'before') knock();
    const notifier = await notifying;
    atEnd(() => notifier.stopping());
    if (when === 'after') knock();
    await until(() => existsSync(join(folder, 'knocks.json')), 'it is noted');
    expect(readFileSync(out, 'utf8')).toBe('device\n');
    expect(complaints).toEqual([]);
  },
);
