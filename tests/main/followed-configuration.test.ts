import { statSync, utimesSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { followConfiguration } from '../../main/followed-configuration.ts';
import { configurationSchema } from '../../proxy/contract/index.ts';
import { atEnd, scratchDirectory } from '../support/clean-up.ts';
import { until } from '../support/service.ts';
import { fakeCore } from './http/ask.ts';

test('a change in place that keeps size and time is read, too', async () => {
  const file = join(scratchDirectory('followed'), 'config.json');
  writeFileSync(file, 'before');
  const when = new Date('2026-01-01T00:00:00Z');
  utimesSync(file, when, when);
  const before = statSync(file);
  const { api } = fakeCore({ configuration: async () => configurationSchema.parse({ version: 1, accounts: [] }) });
  let read = false;
  const reload = async () => {
    read = true;
  };
  atEnd((await followConfiguration({ api, reload }, file, 20)).end);
  // The last step of such a change. The first look may come at any time, and what it finds counts as known.
  await until(() => {
    utimesSync(file, when, when);
    return read;
  }, 'the file is read again');
  expect(statSync(file)).toMatchObject({ size: before.size, mtime: when, ino: before.ino });
});
