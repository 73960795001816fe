import { expect, test } from 'vitest';
import type { RelayRow } from '../proxy/contract/index.ts';
import type { Log, SessionRecord } from '../proxy/log/log.ts';
import { logEvents } from '../proxy/log-events.ts';
import { createStateStore } from '../proxy/state/store.ts';
import { told } from './support/findings.ts';

test('one line for each session and each refusal, with what was learned in between', () => {
  const lines: unknown[] = [];
  const log = {
    session: (record: object) => lines.push(['session', record]),
    refusal: (record: object) => lines.push(['refusal', record]),
    info: (subject: string) => lines.push(['info', subject]),
    warn: (subject: string) => lines.push(['warn', subject]),
  } as unknown as Log;
  const state = createStateStore({ version: '', startedAt: '', paused: false, questionsDropped: 0, warnings: [] });
  let clock = 1000;
  const hear = logEvents(log, state, () => new Date(clock));
  const about = { time: '', relay: 'r', session: 's1' };
  hear({ ...about, event: 'session-opened' });
  hear({
    ...about,
    event: 'session-verified',
    protocol: 'imap',
    tlsVersion: 'TLSv1.3',
    cipher: 'TLS_AES_128_GCM_SHA256',
    fingerprint: 'ab',
    trust: 'verified',
  });
  clock = 3500;
  hear({ ...about, event: 'session-closed', bytesUp: 1, bytesDown: 2, ending: 'clean', truncated: false });
  hear({ ...about, event: 'refused', reason: 'upstream-timeout', ...told({ code: 'server-timeout' }) });
  hear({
    time: '',
    event: 'relay-failed',
    relay: 'r',
    address: '127.0.0.1',
    port: 1,
    reason: 'address-in-use',
    ...told({ code: 'port-in-use', facts: {} }),
  });
  expect(lines).toMatchObject([
    [
      'session',
      {
        session: 's1',
        relay: 'r',
        ending: 'clean',
        tlsVersion: 'TLSv1.3',
        trust: 'verified',
        bytesUp: 1,
        bytesDown: 2,
        milliseconds: 2500,
      },
    ],
    ['refusal', { relay: 'r', session: 's1', reason: 'upstream-timeout' }],
    ['warn', 'relay-failed'],
  ]);
});

test('a session is called by the protocol that it was opened with, whatever has become of its relay', () => {
  const records: SessionRecord[] = [];
  const log = { session: (record: SessionRecord) => void records.push(record) } as unknown as Log;
  const state = createStateStore({ version: '', startedAt: '', paused: false, questionsDropped: 0, warnings: [] });
  const hear = logEvents(log, state, () => new Date());
  const open = (relay: string) => hear({ time: '', event: 'session-opened', relay, session: relay });
  const close = (relay: string) =>
    hear({
      ...{ time: '', event: 'session-closed', relay, session: relay, bytesUp: 0, bytesDown: 0 },
      ...{ ending: 'stopped', truncated: false },
    });
  const called = (name: string, protocol: RelayRow['protocol']) =>
    state.set('relays', name, { name, protocol } as RelayRow);
  called('removed', 'nntp');
  called('changed', 'nntp');
  called('stays', 'pop3');
  for (const relay of ['removed', 'changed', 'stays']) open(relay);
  state.remove('relays', 'removed');
  called('changed', 'imap');
  for (const relay of ['removed', 'changed', 'stays', 'never seen']) close(relay);
  expect(records.map(({ relay, protocol }) => [relay, protocol])).toEqual([
    ['removed', 'nntp'],
    ['changed', 'nntp'],
    ['stays', 'pop3'],
    ['never seen', null],
  ]);
});
