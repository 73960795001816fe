import { existsSync, readdirSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { beforeAll, describe, expect, test } from 'vitest';
import { relayTo, startCore } from '../support/core.ts';
import { type FakeUpstream, startFakeUpstream } from '../support/fake-upstream.ts';
import { createAuthority, type Identity, issue } from '../support/pki.ts';
import { RawClient } from '../support/raw-client.ts';

let authority: Identity;
let server: FakeUpstream;
beforeAll(async () => {
  authority = createAuthority();
  const identity = issue(authority, { names: ['localhost'] });
  server = await startFakeUpstream({ protocol: 'imap', tls: 'implicit', identity });
});

const withoutAuthority = () =>
  startCore({ relays: [relayTo({ port: server.port, protocol: 'imap', tls: 'implicit' })] });

const stored = (directory: string) => readdirSync(directory).filter((name) => name.startsWith('authority-'));

describe('an authority that somebody brings along', () => {
  test('is looked at first, then trusted, kept privately, and taken out again with what rests on it', async () => {
    const { proxy, dataDirectory, port, event } = await withoutAuthority();
    const { commands } = proxy;
    expect(await (await RawClient.connect(port('relay'))).line()).toMatch(/^\* BYE/);

    const { certificates } = await commands.readAuthority({ pem: authority.certPem });
    expect(certificates).toMatchObject([{ fingerprint: authority.fingerprint }]);
    expect(await commands.authorities({})).toEqual({ authorities: [] });

    await commands.addAuthority({ pem: authority.certPem });
    const { authorities } = await commands.authorities({});
    const [listed] = authorities;
    expect(authorities).toEqual([{ file: expect.stringMatching(/^authority-[0-9a-f]{16}\.pem$/), certificates }]);
    if (process.platform !== 'win32') {
      expect(statSync(join(dataDirectory, listed?.file ?? '')).mode & 0o777).toBe(0o600);
    }
    const client = await RawClient.connect(port('relay'));
    expect(await client.line()).toMatch(/^\* OK/);
    expect(JSON.parse(readFileSync(join(dataDirectory, 'config.json'), 'utf8'))).toMatchObject({
      certificateAuthorities: [listed?.file],
    });

    await commands.removeAuthority({ file: listed?.file ?? '' });
    expect(await client.ended).toBeDefined();
    await event('session-closed', ({ ending }) => ending === 'authority-removed');
    expect(stored(dataDirectory)).toEqual([]);
    expect(await commands.authorities({})).toEqual({ authorities: [] });
  });

  test('is there once, and a file of somebody else is left where it is', async () => {
    const { proxy, dataDirectory } = await startCore({ relays: [], authority });
    const { commands } = proxy;
    await commands.addAuthority({ pem: authority.certPem });
    await expect(commands.addAuthority({ pem: `\n${authority.certPem}` })).rejects.toMatchObject({
      code: 'bad-input',
      message: 'This authority is there already.',
    });
    await commands.removeAuthority({ file: 'root.pem' });
    expect(existsSync(join(dataDirectory, 'root.pem'))).toBe(true);
    expect((await commands.authorities({})).authorities).toHaveLength(1);
    await expect(commands.removeAuthority({ file: 'root.pem' })).rejects.toMatchObject({ code: 'not-found' });
  });

  test('brings nothing but certificates: a key in the same file stays outside', async () => {
    const { proxy, dataDirectory } = await withoutAuthority();
    await proxy.commands.addAuthority({ pem: `${authority.keyPem}\n${authority.certPem}` });
    for (const file of stored(dataDirectory)) {
      expect(readFileSync(join(dataDirectory, file), 'utf8')).not.toContain('PRIVATE KEY');
    }
    expect(stored(dataDirectory)).toHaveLength(1);
  });

  test.each<[string, () => string, RegExp]>([
    ['a server’s certificate', () => issue(authority, { names: ['a.example'] }).certPem, /certificate of an authority/],
    ['a key', () => authority.keyPem, /a private key in/],
    ['anything', () => 'hello', /certificate in PEM form/],
  ])('is refused when it is %s, and nothing is written', async (_, pem, words) => {
    const { proxy, dataDirectory } = await withoutAuthority();
    for (const command of ['readAuthority', 'addAuthority'] as const) {
      await expect(proxy.commands[command]({ pem: pem() })).rejects.toMatchObject({
        code: 'bad-input',
        message: expect.stringMatching(words),
      });
    }
    expect(stored(dataDirectory)).toEqual([]);
    expect(existsSync(join(dataDirectory, 'config.json'))).toBe(false);
  });
});
