import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { scratchDirectory } from '../support/clean-up.ts';
import { fetchWithPython, sendWithPython } from '../support/mail-programs.ts';
import { mailUsers, startMailSystem } from '../support/mail-system.ts';
import { countDelivered, serverName } from '../support/mail-users.ts';
import { nameOf, smallMessages } from '../support/messages.ts';
import { freePort } from '../support/ports.ts';
import { startPostern } from '../support/postern.ts';
import { accepts, startService, until } from '../support/service.ts';

// Someone who uses stunnel switches over: the same file, the same ports, the same mail program.

test('what worked through stunnel works through Postern after the import, and the mail program notices nothing', async () => {
  const users = mailUsers('ada');
  const system = await startMailSystem(Object.values(users));
  const [imap, pop3, smtp] = [await freePort(), await freePort(), await freePort()];
  const directory = scratchDirectory('stunnel');
  const file = join(directory, 'stunnel.conf');
  const service = (name: string, here: number, there: number, more = '') =>
    `[${name}]\naccept = 127.0.0.1:${here}\nconnect = 127.0.0.1:${there}\ncheckHost = ${serverName}\n${more}`;
  writeFileSync(
    file,
    [
      `foreground = yes\npid =\ndebug = warning\nclient = yes\nverifyChain = yes\nCAfile = ${system.authorityFile}\n`,
      service('imap', imap, system.port('imap', 'implicit')),
      service('pop3', pop3, system.port('pop3', 'starttls'), 'protocol = pop3\n'),
      service('smtp', smtp, system.port('smtp', 'starttls'), 'protocol = smtp\n'),
    ].join('\n'),
  );
  const mail = async (from: number) => {
    await sendWithPython(smtp, users.ada, smallMessages(from).slice(from - 1));
    await until(() => countDelivered(system.dovecot.store, users.ada) === from, `${from} messages are delivered`);
    for (const [protocol, port] of [
      ['imap', imap],
      ['pop3', pop3],
    ] as const) {
      const fetched = await fetchWithPython(protocol, port, users.ada);
      expect(fetched.map(nameOf).sort()).toEqual(
        smallMessages(from)
          .map(({ name }) => name)
          .sort(),
      );
    }
  };

  const stunnel = await startService('stunnel4', [file], { isReady: () => accepts(smtp) });
  await mail(1);
  await stunnel.stop();

  const postern = await startPostern({ configuration: { version: 1, accounts: [] } });
  const { code, stdout } = await postern.command('import', file, '--yes');
  expect(code).toBe(0);
  expect(stdout.toString()).not.toContain('not carried');
  await mail(2);
  const verified = postern.events.flatMap((event) => (event.event === 'session-verified' ? [event] : []));
  expect(verified.map(({ trust }) => trust)).toEqual(['verified', 'verified', 'verified']);
  expect(await postern.stop()).toBe(0);
});
