import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { startCore } from './support/core.ts';

const servers = [{ protocol: 'imap', server: 'imap.example.org', port: 993, tls: 'implicit' }] as const;

test('whoever changes trust, accounts or connections leaves a line, and no secret in it', async () => {
  const core = await startCore({ accounts: [] });
  const { commands } = core.proxy;
  await commands.addAccount({
    name: 'Work',
    servers: [...servers],
    signIn: { kind: 'stored', user: 'ann@example.org' },
  });
  await commands.storePassword({ account: 'Work', password: 'correct horse battery' });
  const { password } = await commands.localPassword({ account: 'Work', replace: true });
  await commands.pause({});
  await commands.resume({});
  await commands.configuration({});
  await expect(commands.forget({ id: 'feedfacefeedface' })).rejects.toMatchObject({ code: 'not-found' });
  await expect(commands.renameServer({ id: 'feedfacefeedface' })).rejects.toMatchObject({ code: 'not-pending' });
  await commands.renameAccount({ account: 'Work', to: 'Home' });
  await commands.removeAccount({ account: 'Home' });
  await core.stop();
  const log = readFileSync(join(core.dataDirectory, 'logs', 'postern.log'), 'utf8');
  expect(log.split('\n').flatMap((line) => / info command (.*)$/.exec(line)?.[1] ?? [])).toEqual([
    'command=addAccount account=Work',
    'command=storePassword account=Work',
    'command=localPassword account=Work replaced=true',
    'command=pause',
    'command=resume',
    'command=forget id=feedfacefeedface failed=not-found',
    'command=renameServer id=feedfacefeedface failed=not-pending',
    'command=renameAccount account=Work to=Home',
    'command=removeAccount account=Home',
  ]);
  expect(log).not.toContain('battery');
  expect(log).not.toContain(password);
});
