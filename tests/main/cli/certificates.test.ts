import { expect, test } from 'vitest';
import { certificatesLines } from '../../../main/cli/certificates.ts';
import { statusLines } from '../../../main/cli/status.ts';
import { questions } from '../../renderer/support/fake-certificates.ts';
import { ago, busyStore } from '../../renderer/support/fake-state.ts';

test('what may be an attack stands first, then what has changed, then first meetings; in the status, too', () => {
  const store = busyStore();
  for (const kind of ['expired', 'changed', 'stranger', 'alarm'] as const)
    store.set('questions', questions[kind].id, questions[kind]);
  const all = certificatesLines(store.snapshot(), ' --data-dir /srv/mail');
  expect(all[0]).toMatch(/^ALARM, account Work: the connection to smtp\.example\.org may be intercepted\./);
  for (const lines of [all, statusLines(store.snapshot(), 1)]) {
    const asked = lines.flatMap((line) => /^ {2}(\S+) port .*, asked /.exec(line)?.[1] ?? []);
    const inOrder = [questions.alarm, questions.changed, questions.expired, questions.stranger];
    expect(asked).toEqual(inOrder.map(({ host }) => host));
  }
});

test('an alarm that the person has answered is not over: it stands first all the same', () => {
  const store = busyStore();
  const { account, host, port, problems, certificate } = questions.alarm;
  const decision = 'reject' as const;
  store.set('servers', 'a1', { id: 'a1', account, host, port, certificate, lastVerifiedAt: ago(9000) });
  store.set('decisions', 'd1', { id: 'd1', account, host, port, decision, problems, certificate, decidedAt: ago(1) });
  const [first] = certificatesLines(store.snapshot(), '');
  expect(first).toContain('You rejected what it shows');
  store.remove('decisions', 'd1');
  expect(certificatesLines(store.snapshot(), '').join('\n')).not.toContain('ALARM');
});

test('a certificate that was rejected as another one than before is listed as that', () => {
  const store = busyStore();
  const { account, host, port, certificate } = questions.changed;
  const problems = ['self-signed' as const];
  const row = { id: 'd1', account, host, port, decision: 'reject' as const, problems, certificate, decidedAt: ago(1) };
  store.set('decisions', 'd1', { ...row, changed: true });
  const listed = (id: string) => certificatesLines(store.snapshot(), '').find((line) => line.includes(`  ${id}  `));
  expect(listed('d1')).toContain(': rejected because changed, self-signed');
  store.set('decisions', 'd1', row);
  expect(listed('d1')).toContain(': rejected because self-signed');
});
