import { closeSync, openSync, readSync } from 'node:fs';
import { note } from './bulk.ts';
import type { Mailbox } from './dovecot.ts';
import type { Runner } from './relays.ts';
import { measure, type Stage } from './stage.ts';
import { median, type Rows } from './statistics.ts';

/** A whole mailbox fetched from Dovecot, and a message of 50 MB sent. */
export async function runMail(
  stage: Stage,
  runners: Runner[],
  rows: Rows,
  mailbox: Mailbox | null,
  messageBytes: number,
): Promise<void> {
  for (const runner of runners) {
    const authority = runner.name === 'direct TLS' ? stage.authorityPem : null;
    const fetchAt = mailbox && runner.port('mailbox');
    if (mailbox && fetchAt) {
      const { user, password } = mailbox;
      const order = { kind: 'fetch' as const, port: fetchAt, authority, user, password };
      note(
        rows,
        { id: 'fetch', title: 'a Dovecot mailbox fetched over IMAP' },
        runner,
        await measure(stage, runner, order),
      );
    }
    const port = runner.port('send');
    if (port === null) continue;
    const order = { kind: 'send' as const, port, authority, bytes: messageBytes };
    note(rows, { id: 'send', title: 'a message of 50 MB sent over SMTP' }, runner, await measure(stage, runner, order));
  }
}

const setUps = [
  { route: 'implicit', title: 'implicit TLS, 0 ms', count: 30 },
  { route: 'starttls', title: 'STARTTLS, 0 ms', count: 30 },
  { route: 'implicit-40', title: 'implicit TLS, 40 ms', count: 5 },
  { route: 'starttls-40', title: 'STARTTLS, 40 ms', count: 5 },
];

/**
 * The second session of a burst on a slow line, and the ones after it, where the relay keeps a spare connection.
 *
 * @param spares Postern with the setting `spareConnections`
 */
export async function runSpares(stage: Stage, spares: Runner, rows: Rows): Promise<void> {
  const port = spares.port('implicit-40');
  if (port === null) return;
  // A spare takes about 125 ms to be ready, including the QUIT of the session before it.
  const { samples } = await stage.order({ kind: 'set-up', port, authority: null, count: 6, together: 1, pause: 300 });
  const later = (name: string) => median((samples[name] ?? []).slice(1));
  rows
    .of('greeting-spare-40', 'implicit TLS, 40 ms, from a spare: connect to greeting', 'ms')
    .add('Postern', later('greeting'));
  rows
    .of('signed-in-spare-40', 'implicit TLS, 40 ms, from a spare: connect to signed in', 'ms')
    .add('Postern', later('signed in'));
}

/**
 * The time to the greeting without asking the kernel whose program connects, to show what asking costs.
 *
 * @param anyUser Postern without the setting `ownUserOnly`
 */
export async function runAnyUser(stage: Stage, anyUser: Runner, rows: Rows): Promise<void> {
  const port = anyUser.port('implicit');
  if (port === null) return;
  const { samples } = await stage.order({ kind: 'set-up', port, authority: null, count: 30, together: 1 });
  rows
    .of('greeting-any-user', 'implicit TLS, 0 ms, without asking whose program it is: connect to greeting', 'ms')
    .add('Postern', median(samples.greeting ?? []));
}

/** What Postern reads at a time, at most (`proxy/net/socket-table.ts`). */
const page = Buffer.allocUnsafeSlow(64 * 1024);

/**
 * The time to the greeting while the kernel's list holds many sockets of others, as on a busy server: Postern reads it to
 * learn who connects.
 *
 * @param connections each is two sockets
 */
export async function runCrowded(stage: Stage, runners: Runner[], rows: Rows, connections: number): Promise<void> {
  const crowd = { kind: 'hold' as const, port: stage.server.plain };
  await stage.order({ ...crowd, count: connections });
  for (const runner of runners) {
    const port = runner.port('implicit');
    if (port === null) continue;
    const authority = runner.name === 'direct TLS' ? stage.authorityPem : null;
    const { samples } = await stage.order({ kind: 'set-up', port, authority, count: 30, together: 1 });
    const title = `implicit TLS, 0 ms, among ${2 * connections} other sockets: connect to greeting`;
    rows.of('greeting-crowded', title, 'ms').add(runner.name, median(samples.greeting ?? []));
  }
  const list = openSync('/proc/net/tcp', 'r');
  const from = performance.now();
  while (readSync(list, page) > 0);
  closeSync(list);
  rows
    .of('list-crowded', `the kernel’s list of ${2 * connections} sockets, read once`, 'ms')
    .add('Node alone', performance.now() - from);
  await stage.order({ ...crowd, count: 0 });
}

/** Client connect to greeting and to signed in; the round trip of a command; sessions in a second. */
export async function runSetUp(stage: Stage, runners: Runner[], rows: Rows): Promise<void> {
  for (const { route, title, count } of setUps) {
    for (const runner of runners) {
      const port = runner.port(route);
      if (port === null) continue;
      const authority = runner.name === 'direct TLS' ? stage.authorityPem : null;
      const { samples } = await stage.order({ kind: 'set-up', port, authority, count, together: 1 });
      rows
        .of(`greeting-${route}`, `${title}: connect to greeting`, 'ms')
        .add(runner.name, median(samples.greeting ?? []));
      rows
        .of(`signed-in-${route}`, `${title}: connect to signed in`, 'ms')
        .add(runner.name, median(samples['signed in'] ?? []));
    }
  }
  for (const runner of runners) {
    const port = runner.port('implicit');
    if (port === null) continue;
    const authority = runner.name === 'direct TLS' ? stage.authorityPem : null;
    const { samples } = await stage.order({ kind: 'round-trips', port, authority, count: 2000 });
    const microseconds = median(samples['round trip'] ?? []) * 1000;
    rows.of('round-trip', "an interactive command's round trip", 'µs').add(runner.name, microseconds);
    const count = 100;
    const { outcome, relayCpu } = await measure(stage, runner, { kind: 'set-up', port, authority, count, together: 8 });
    rows
      .of('sessions', 'sessions in a second, eight at once', '1/s')
      .add(runner.name, (count * 1000) / outcome.milliseconds);
    if (runner.pid === null) continue;
    rows
      .of('session-cpu', 'CPU for a session, from connect to its end', 'ms')
      .add(runner.name, (relayCpu.all * 1000) / count);
  }
}
