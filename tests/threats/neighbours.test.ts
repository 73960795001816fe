/** More attempts by other programs on this computer. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { type AddressInfo, createServer } from 'node:net';
import { beforeAll, describe, expect, test } from 'vitest';
import { needRoot } from '../support/needs.ts';
import { startPostern } from '../support/postern.ts';
import { RawClient } from '../support/raw-client.ts';
import { expectHonest, openStage, type Scene, type Stage } from './stage.ts';

const hasty: Scene = {
  name: '67: a server that lets in whom it knows by the line alone',
  upstream: { protocol: 'imap', tls: 'implicit', inside: { greeting: '* PREAUTH welcome\r\n' } },
};
const sending: Scene = {
  name: '67: a server that takes mail from this computer',
  upstream: { protocol: 'smtp', tls: 'implicit' },
};
const posting: Scene = {
  name: '67: a server that takes articles from this computer, nntp',
  upstream: { protocol: 'nntp', tls: 'implicit' },
};

let stage: Stage;
beforeAll(async () => {
  stage = await openStage([hasty, sending, posting]);
});

/** Runs a program as another user, and waits for it to end. */
async function asNobody(script: string): Promise<void> {
  needRoot();
  const other = spawn('python3', ['-c', script], { uid: 65_534, gid: 65_534, stdio: 'inherit' });
  const [code] = await once(other, 'close');
  expect(code).toBe(0);
}

describe('67: imap, smtp and nntp: a program of another user that is gone before anyone looks', () => {
  const commands = {
    imap: 'a STORE 1:* +FLAGS (\\\\Deleted)\\r\\nb EXPUNGE\\r\\n',
    smtp: 'MAIL FROM:<evil@example.org>\\r\\nRCPT TO:<all@example.org>\\r\\nDATA\\r\\nx\\r\\n.\\r\\n',
    nntp: 'POST\\r\\nFrom: evil@example.org\\r\\nNewsgroups: misc.test\\r\\n\\r\\nx\\r\\n.\\r\\n',
  };
  const endings = {
    'an orderly end': 's.close()',
    'an end of its side': 's.shutdown(socket.SHUT_WR); s.close()',
    'a reset': "s.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack('ii', 1, 0)); s.close()",
  };
  const cases = [hasty, sending, posting].flatMap((scene) =>
    Object.keys(endings).map((ending) => [scene, ending] as const),
  );

  test.each(cases.map(([scene, ending]) => [scene.upstream.protocol, ending, scene] as const))(
    '%s, %s: nothing of it is passed on',
    async (_protocol, ending, scene) => {
      const { port, relay, upstream } = stage.on(scene);
      const from = upstream.connections.length;
      const since = stage.postern.events.length;
      // For a while Postern does not look: the system accepts the connection in its place.
      process.kill(stage.pid, 'SIGSTOP');
      try {
        await asNobody(
          `import socket, struct\ns = socket.create_connection(("127.0.0.1", ${port}))\ns.sendall(b"${commands[scene.upstream.protocol as keyof typeof commands]}")\n${endings[ending as keyof typeof endings]}`,
        );
      } finally {
        process.kill(stage.pid, 'SIGCONT');
      }
      // A reset discards what was sent before it, so there is nothing to refuse.
      if (ending !== 'a reset') {
        const { reason } = await stage.postern.event('refused', (event) => event.relay === relay, since);
        expect(reason).toBe('client-other-user');
      }
      (await expectHonest(stage, sending)).finish();
      await stage.atRest();
      // No connection to the server was made for it: there is only the honest one made above.
      expect(upstream.connections.length - from).toBe(scene === sending ? 1 : 0);
      for (const connection of upstream.connections.slice(from)) {
        expect(connection.inside().toString('latin1')).not.toMatch(/EXPUNGE|evil@/);
      }
    },
  );
});

test('honest: 67: our own program of smtp or nntp that connects while nobody looks, and stays, is let in', async () => {
  process.kill(stage.pid, 'SIGSTOP');
  const [mail, news] = await Promise.all(
    [sending, posting].map((scene) => RawClient.connect(stage.on(scene).port)),
  ).finally(() => process.kill(stage.pid, 'SIGCONT'));
  if (!mail || !news) throw new Error('not connected');
  expect(await mail.line()).toMatch(/^220 /);
  expect(await mail.smtp('EHLO me')).toEqual(expect.arrayContaining([expect.stringMatching(/^250/)]));
  expect(await news.line()).toMatch(/^200 /);
  expect(await news.pop3('DATE')).toMatch(/^111/);
  for (const client of [mail, news]) {
    client.finish();
    await client.ended;
  }
  for (const scene of [sending, posting]) (await expectHonest(stage, scene)).finish();
});

// Whoever holds the port at every address holds it at this one too: nothing else may pass for Postern.
test.each([
  ['0.0.0.0', '127.0.0.1'],
  ['::', '127.0.0.1'],
  ['::', '[::1]'],
])(
  '69: a port that another program holds at %s is not shared at %s: told, and had once it is free',
  async (host, ours) => {
    const holder = createServer().listen({ port: 0, host });
    await once(holder, 'listening');
    const { port } = holder.address() as AddressInfo;
    const relay = { name: 'r', protocol: 'imap', server: 'localhost', port: 993, tls: 'implicit' } as const;
    const postern = await startPostern({
      configuration: { version: 1, accounts: [{ name: 'A', relays: [{ ...relay, listen: `${ours}:${port}` }] }] },
    });
    expect(await postern.event('relay-failed')).toMatchObject({ relay: 'r', port, reason: 'address-in-use' });
    holder.close();
    expect(await postern.event('listening')).toMatchObject({ port });
    await postern.stop();
  },
);
