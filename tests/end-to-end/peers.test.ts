import { expect, test } from 'vitest';
import { scratchDirectory } from '../support/clean-up.ts';
import { startDovecot } from '../support/dovecot.ts';
import { countDelivered, serverName } from '../support/mail-users.ts';
import { createAuthority, issue, writeFiles } from '../support/pki.ts';
import { startPostfix } from '../support/postfix.ts';
import { mustRun, runProgram } from '../support/programs.ts';
import { until } from '../support/service.ts';

// The real servers by themselves, without Postern: a failure here is in what the tests rest on.
const alice = { address: 'alice@example.test', password: 'correct horse' };

test('Postfix takes a message and Dovecot hands it out over IMAP and POP3, all with TLS', async () => {
  const identity = issue(createAuthority(), { names: [serverName] });
  const { root } = writeFiles(scratchDirectory('peers'), identity);
  const dovecot = await startDovecot({ identity, users: [alice] });
  const postfix = await startPostfix({ identity, dovecot, users: [alice] });
  const curl = (...args: string[]) =>
    runProgram('curl', [
      ...['--silent', '--show-error', '--cacert', root, '--ssl-reqd', '--user', `${alice.address}:${alice.password}`],
      ...Object.values({ ...dovecot.ports, ...postfix.ports }).flatMap((port) => [
        '--resolve',
        `${serverName}:${port}:127.0.0.1`,
      ]),
      ...args,
    ]);
  const message = 'From: a@example.test\r\nSubject: hello\r\n\r\nThe body.\r\n';
  const send = (url: string) =>
    mustRun(
      'curl',
      [
        ...['--silent', '--show-error', '--cacert', root, '--ssl-reqd', '--user', `${alice.address}:${alice.password}`],
        ...['--resolve', `${serverName}:${new URL(url).port}:127.0.0.1`],
        ...['--mail-from', alice.address, '--mail-rcpt', alice.address, '--upload-file', '-', url],
      ],
      { input: message },
    );
  await send(`smtps://${serverName}:${postfix.ports.submissions}`);
  await send(`smtp://${serverName}:${postfix.ports.submission}`);
  await until(() => countDelivered(dovecot.store, alice) === 2, 'both messages are delivered');
  for (const url of [
    `imaps://${serverName}:${dovecot.ports.imaps}/INBOX/;UID=1`,
    `imap://${serverName}:${dovecot.ports.imap}/INBOX/;UID=2`,
    `pop3s://${serverName}:${dovecot.ports.pop3s}/1`,
    `pop3://${serverName}:${dovecot.ports.pop3}/2`,
  ]) {
    const { code, stdout, stderr } = await curl(url);
    expect({ code, stderr, url }).toEqual({ code: 0, stderr: '', url });
    expect(stdout.toString()).toContain('\r\n\r\nThe body.\r\n');
  }
});
