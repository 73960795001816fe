import { once } from 'node:events';
import { mkdirSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { type CoreClient, connectCore } from '../../main/http/client.ts';
import type { ConfigurationInput, Snapshot } from '../../proxy/contract/index.ts';
import { atEnd, scratchDirectory } from '../support/clean-up.ts';
import { type FakeUpstream, type FakeUpstreamOptions, startFakeUpstream } from '../support/fake-upstream.ts';
import type { LineProtocol } from '../support/line-protocols.ts';
import { leaveOut } from '../support/needs.ts';
import { createAuthority, type Identity, issue } from '../support/pki.ts';
import { type Postern, startPostern } from '../support/postern.ts';
import { openFiles } from '../support/process-files.ts';
import { RawClient } from '../support/raw-client.ts';
import { until } from '../support/service.ts';

type RelayInput = ConfigurationInput['accounts'][number]['relays'][number];

/** Trusted by the products of these tests, in addition to the public authorities. */
export const authority = createAuthority();
/** What an honest server presents. */
export const honest = issue(authority, { names: ['localhost'] });

/** Present in every text from a hostile server: nobody may ever see it. */
export const mark = 'Xq7Zmark';
/** The user and password of every mail program here: only their intended recipient may learn them. */
export const user = 'user';
export const password = 'kanarienvogel-7f3a';

/** The address of this process's servers: one of their own, so that the usual mail ports are free there. */
const serverAddress = `127.77.${(process.pid >> 8) & 255}.${process.pid & 255 || 1}`;
/** RFC 6409, 8314, 4642: where a mail program might look for another way in. */
const mailPorts = [25, 110, 119, 143, 465, 563, 587, 993, 995];
/** Connections to any of them. */
let elsewhere = 0;
let decoys: Promise<void> | null = null;

/** Listens on the usual mail ports at the address of the scenes' servers, where the system allows ports below 1024. */
async function watchMailPorts(): Promise<void> {
  if (process.getuid?.() !== 0) {
    leaveOut('root', 'a watch over the usual ports of mail beside hostile servers');
    return;
  }
  for (const port of mailPorts) {
    const server = createServer((socket) => {
      elsewhere += 1;
      socket.destroy();
    });
    server.listen({ port, host: serverAddress, exclusive: true });
    await once(server, 'listening');
    atEnd(() => void server.close());
  }
}

/** One relay of the product, with its server, in an account of its own, so that no history of another case matters. */
export interface Scene {
  /** Begins with the number of the case. Also the name of the account. */
  name: string;
  upstream: Partial<FakeUpstreamOptions> & Pick<FakeUpstreamOptions, 'protocol' | 'tls'>;
  relay?: Partial<RelayInput>;
}

/** The built product with the relays of many scenes. */
export interface Stage {
  postern: Postern;
  core: CoreClient;
  /** Of the product's process. */
  pid: number;
  /** The scene's relay: its name in events and state, its port, its server. */
  on(scene: Scene): { relay: string; account: string; port: number; upstream: FakeUpstream; scene: Scene };
  snapshot(): Promise<Snapshot>;
  /** How many connections were made to mail ports of the servers other than the configured ones. */
  triedElsewhere(): number;
  /** Waits until no session is open, and returns what the process then holds: file descriptors by kind. */
  atRest(): Promise<{ sockets: number; files: number }>;
  stop(): Promise<void>;
}

/** Starts the servers of all scenes, and the product in front of them. */
export async function openStage(
  scenes: readonly Scene[],
  settings: ConfigurationInput['settings'] = {},
  more: { certificateAuthorities?: Identity[]; env?: NodeJS.ProcessEnv; dataDirectory?: string } = {},
): Promise<Stage> {
  const names = new Set(scenes.map(({ name }) => name));
  if (names.size !== scenes.length)
    throw new Error(
      `two scenes have one name: ${scenes.map(({ name }) => name).find((name, at, all) => all.indexOf(name) !== at)}`,
    );
  // A scene that is named as one of news has to be one: the table of cases goes by the names.
  const misnamed = scenes.find(({ name, upstream }) => /\bnntp\b/.test(name) && upstream.protocol !== 'nntp');
  if (misnamed) throw new Error(`${misnamed.name}: it is played in ${misnamed.upstream.protocol}`);
  const upstreams = new Map<Scene, FakeUpstream>();
  decoys ??= watchMailPorts();
  await decoys;
  for (const scene of scenes) {
    const base = { identity: honest, users: { [user]: password }, host: serverAddress };
    upstreams.set(scene, await startFakeUpstream({ ...base, ...scene.upstream }));
  }
  const relayOf = (scene: Scene) => `relay ${scenes.indexOf(scene)}`;
  const accountOf = (scene: Scene) => `${scenes.indexOf(scene)} ${scene.name}`.slice(0, 100);
  const dataDirectory = more.dataDirectory ?? join(scratchDirectory('threats'), 'data');
  mkdirSync(dataDirectory, { recursive: true, mode: 0o700 });
  const roots = [authority, ...(more.certificateAuthorities ?? [])];
  roots.forEach((root, index) => {
    writeFileSync(join(dataDirectory, `root-${index}.pem`), root.certPem, { mode: 0o600 });
  });
  const configuration: ConfigurationInput = {
    version: 1,
    accounts: scenes.map((scene) => ({
      name: accountOf(scene),
      relays: [
        {
          name: relayOf(scene),
          protocol: scene.upstream.protocol,
          tls: scene.upstream.tls,
          port: upstreams.get(scene)?.port ?? 1,
          server: 'localhost',
          // A scene with a server of its own has it at the usual address.
          address: scene.relay?.port === undefined ? serverAddress : '127.0.0.1',
          listen: '127.0.0.1:0',
          ...scene.relay,
        },
      ],
    })),
    certificateAuthorities: roots.map((_root, index) => `root-${index}.pem`),
    settings: { certificateDecisionSeconds: 0, ...settings },
  };
  const postern = await startPostern({
    configuration,
    dataDirectory,
    ...(more.env === undefined ? {} : { env: more.env }),
  });
  const core = await connectCore(dataDirectory);
  atEnd(() => core.close());
  const takeSnapshot = (): Promise<Snapshot> =>
    new Promise((resolve, reject) => {
      const end = core.subscribe((message) => {
        if (message.kind === 'snapshot') resolve(message.snapshot);
        if (message.kind === 'core') reject(new Error('the core has gone'));
        setImmediate(() => end());
      });
    });
  // One after another: each uses a stream of its own, and the product serves a limited number of them.
  let taken: Promise<unknown> = Promise.resolve();
  const snapshot = (): Promise<Snapshot> => {
    const next = taken.then(takeSnapshot);
    taken = next.catch(() => undefined);
    return next;
  };
  return {
    postern,
    core,
    pid: core.pid,
    on(scene) {
      const upstream = upstreams.get(scene);
      if (!upstream) throw new Error(`no such scene: ${scene.name}`);
      const relay = relayOf(scene);
      return { relay, account: accountOf(scene), port: postern.port(relay), upstream, scene };
    },
    snapshot,
    triedElsewhere: () => elsewhere,
    async atRest() {
      await until(
        async () => Object.keys((await snapshot()).tables.sessions).length === 0,
        'every session of the product is over',
      );
      return openFiles(core.pid);
    },
    async stop() {
      core.close();
      await postern.stop();
    },
  };
}

/**
 * What the product holds, once every session is over, beside the listener of each relay: sockets for HTTP on loopback with our own
 * connection, what the process needs for itself, and, for a moment, connections that are being closed.
 */
export async function socketsBesideListeners(stage: Stage): Promise<number> {
  const { sockets } = await stage.atRest();
  return sockets - Object.keys((await stage.snapshot()).tables.relays).length;
}

/** The protocol of a scene that is named as one of news, or another where it is not. */
export const protocolOf = (name: string, otherwise: LineProtocol): LineProtocol =>
  /\bnntp\b/.test(name) ? 'nntp' : otherwise;

/** How the product says "not now" instead of a greeting. */
export const toldAtGreeting: Record<LineProtocol, RegExp> = {
  smtp: /^421 4\.7\.0 Postern: [\x20-\x7e]{15,}$/,
  imap: /^\* BYE (?:\[UNAVAILABLE\] )?Postern: [\x20-\x7e]{15,}$/,
  pop3: /^-ERR \[SYS\/TEMP\] Postern: [\x20-\x7e]{15,}$/,
  nntp: /^400 Postern: [\x20-\x7e]{15,}$/,
};

/** The same once the mail program has sent a command of the sign-in: POP3's USER may have been accepted before. */
export const toldAtSignIn: Record<LineProtocol, RegExp> = {
  smtp: /^454 4\.7\.0 Postern: [\x20-\x7e]{15,}\r\n$/,
  imap: /^a NO \[UNAVAILABLE\] Postern: [\x20-\x7e]{15,}\r\n\* BYE Postern: [\x20-\x7e]{15,}\r\n$/,
  pop3: /^-ERR \[SYS\/TEMP\] Postern: [\x20-\x7e]{15,}\r\n$/,
  nntp: /^400 Postern: [\x20-\x7e]{15,}\r\n$/,
};

/** What makes a mail or news program discard its password: never said by the product (RFC 4954 §6). */
export const blamesThePassword = /^535|^481|\b5\.7\.8\b|\[AUTHENTICATIONFAILED\]|\[AUTH\]/m;

export const welcome: Record<LineProtocol, RegExp> = {
  smtp: /^220(?: |$)/,
  imap: /^\* OK/i,
  pop3: /^\+OK/,
  nntp: /^20[01](?: |$)/,
};

/** Everything that a mail program might send at once, secrets included, without waiting for a greeting. */
export const impatience: Record<LineProtocol, string> = {
  smtp: `EHLO me\r\nAUTH PLAIN ${Buffer.from(`\0${user}\0${password}`).toString('base64')}\r\nMAIL FROM:<a@example.org>\r\n`,
  imap: `a LOGIN ${user} ${password}\r\nb SELECT INBOX\r\n`,
  pop3: `USER ${user}\r\nPASS ${password}\r\nLIST\r\n`,
  nntp: `AUTHINFO USER ${user}\r\nAUTHINFO PASS ${password}\r\nGROUP misc.test\r\n`,
};

/** Signs in as mail programs do and expects to succeed. */
export async function signIn(client: RawClient, protocol: LineProtocol): Promise<void> {
  const expectLine = async (pattern: RegExp, said: Promise<string>) => {
    const line = await said;
    if (!pattern.test(line)) throw new Error(`expected ${pattern}, got ${line}`);
  };
  switch (protocol) {
    case 'smtp': {
      await expectLine(
        /^250/,
        client.smtp('EHLO me').then((lines) => lines.at(-1) ?? ''),
      );
      const blob = Buffer.from(`\0${user}\0${password}`).toString('base64');
      return expectLine(
        /^235/,
        client.smtp(`AUTH PLAIN ${blob}`).then(([line = '']) => line),
      );
    }
    case 'imap':
      return expectLine(
        /^a1 OK/,
        client.imap(`a1 LOGIN ${user} ${password}`).then((lines) => lines.at(-1) ?? ''),
      );
    case 'pop3':
      await expectLine(/^\+OK/, client.pop3(`USER ${user}`));
      return expectLine(/^\+OK/, client.pop3(`PASS ${password}`));
    case 'nntp':
      await expectLine(/^381/, client.pop3(`AUTHINFO USER ${user}`));
      return expectLine(/^281/, client.pop3(`AUTHINFO PASS ${password}`));
  }
}

/** A session without any fault: greeted, verified, signed in. */
export async function expectHonest(stage: Stage, scene: Scene): Promise<RawClient> {
  const { port } = stage.on(scene);
  const client = await RawClient.connect(port);
  const lines = scene.upstream.protocol === 'smtp' ? await client.smtpReply() : [await client.line()];
  const greeting = lines.at(-1) ?? '';
  if (!welcome[scene.upstream.protocol].test(greeting)) throw new Error(`${scene.name}: not welcome: ${greeting}`);
  await signIn(client, scene.upstream.protocol);
  return client;
}
