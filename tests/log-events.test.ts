import { expect, test } from 'vitest';
import type { RelayRow } from '../proxy/contract/index.ts';
import { createLog } from '../proxy/log/log.ts';
import { logEvents } from '../proxy/log-events.ts';
import { createStateStore } from '../proxy/state/store.ts';
import { told } from './support/findings.ts';

/** What stands in the log of a core that hears these events, without the time. */
function logOf() {
  const lines: string[] = [];
  const open = async () => ({ write: (line: string) => void lines.push(line), close: async () => undefined });
  const log = createLog({ directory: '', level: 'info', open });
  const state = createStateStore({ version: '', startedAt: '', paused: false, questionsDropped: 0, warnings: [] });
  const clock = { now: 1000 };
  const written = async () => {
    await log.close();
    return lines.map((line) => line.replace(/^\d{4}-\d\d-\d\dT[\d:.]+Z /, ''));
  };
  return { hear: logEvents(log, state, () => new Date(clock.now)), state, clock, written };
}

test('one line for each session and each refusal, with what was learned in between', async () => {
  const { hear, state, clock, written } = logOf();
  state.set('relays', 'work imap', { protocol: 'imap' } as RelayRow);
  const relay = 'work imap';
  const tls = { tlsVersion: 'TLSv1.3', cipher: 'TLS_AES_256_GCM_SHA384', fingerprint: 'ab' };
  const closed = { time: '', event: 'session-closed', relay, bytesUp: 12, bytesDown: 3456, truncated: false } as const;
  for (const session of ['s1', 's2']) hear({ time: '', event: 'session-opened', relay, session });
  hear({ time: '', event: 'session-verified', relay, session: 's1', protocol: 'imap', trust: 'verified', ...tls });
  clock.now = 2235;
  hear({ ...closed, session: 's1', ending: 'clean' });
  hear({ ...closed, session: 's2', ending: 'client-reset' });
  const refused = told({ code: 'server-timeout' });
  hear({ time: '', event: 'refused', relay: 'r', session: 's3', reason: 'upstream-timeout', ...refused });
  const failed = told({ code: 'port-in-use', facts: {} });
  const where = { relay: 'r', address: '127.0.0.1', port: 1 };
  hear({ time: '', event: 'relay-failed', ...where, reason: 'address-in-use', ...failed });
  hear({
    ...{ time: '', event: 'certificate-pending', relay, id: 'ab12', account: 'Work', host: 'mail.test', port: 993 },
    ...{ fingerprint: 'cd', problems: ['expired', 'name-mismatch'], offers: [] },
  });
  expect(await written()).toEqual([
    'info session relay="work imap" session=s1 protocol=imap ending=clean tls=TLSv1.3 cipher=TLS_AES_256_GCM_SHA384 trust=verified up=12 down=3456 seconds=1.235',
    'info session relay="work imap" session=s2 protocol=imap ending=client-reset up=12 down=3456 seconds=1.235',
    `warn refused relay=r session=s3 reason=upstream-timeout code=server-timeout message="${refused.message}"`,
    `warn relay-failed relay=r reason=address-in-use message="${failed.message}"`,
    'warn certificate-pending id=ab12 account=Work host=mail.test port=993 fingerprint=cd problems="expired,name-mismatch"',
  ]);
});

test('a session is called by the protocol that it was opened with, whatever has become of its relay', async () => {
  const { hear, state, written } = logOf();
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
  const lines = await written();
  expect(lines.map((line) => /relay=.* session=.*(?= ending=)/.exec(line)?.[0])).toEqual([
    'relay=removed session=removed protocol=nntp',
    'relay=changed session=changed protocol=nntp',
    'relay=stays session=stays protocol=pop3',
    'relay="never seen" session="never seen"',
  ]);
});
