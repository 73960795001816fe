/** The service under a running systemd: docs/service.md, with its commands exactly as printed, one after another. */
import { chmodSync, copyFileSync, cpSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { beforeAll, describe, expect, test } from 'vitest';
import { scratchDirectory } from '../support/clean-up.ts';
import { type FakeUpstream, startFakeUpstream } from '../support/fake-upstream.ts';
import { bootSystemd, type LiveSystemd } from '../support/live-systemd.ts';
import { createAuthority, issue, writeFiles } from '../support/pki.ts';
import { freePort } from '../support/ports.ts';
import { RawClient } from '../support/raw-client.ts';
import { until } from '../support/service.ts';
import { root } from '../support/sources.ts';

/** A loopback address that nobody else uses: its port 143 is free, and below 1024. */
const address = '127.143.0.7';
const socketUnits = ['', '@'].map((template) => `deploy/systemd/postern-work-imap${template}.socket`);
let systemd: LiveSystemd;
let upstream: FakeUpstream;
let configuration: { accounts: { name: string; relays: object[] }[] } & Record<string, unknown>;

/** The commands of one section of the page, without those that need a network, and without `sudo`. */
function commandsOf(heading: string, file = 'docs/service.md'): string[] {
  const page = readFileSync(join(root, file), 'utf8');
  const section = page.slice(page.indexOf(`\n${heading}\n`)).split(/\n#{2,3} /)[1] ?? '';
  return [...section.matchAll(/```sh\n(.*?)```/gs)].map(([, block = '']) =>
    block
      .replaceAll(/^npm ci && npm run build$/gm, '')
      .replaceAll(/\bsudo -u (\w+) /g, 'runuser -u $1 -- ')
      .replaceAll('sudo ', ''),
  );
}
/** Runs them where the clone is. */
const follow = (commands: string) => systemd.run(`cd /srv/clone\n${commands}`);
const show = async (property: string, unit = 'postern') =>
  (await systemd.run(`systemctl show --value --property=${property} ${unit}`)).trim();
/** Replaces the whole file at once, as a configuration manager does. */
const writeConfiguration = (next: object) =>
  systemd.run(
    `cat >/etc/postern/new <<'END'\n${JSON.stringify(next)}\nEND\nchmod 644 /etc/postern/new\nmv /etc/postern/new /etc/postern/config.json`,
  );
/** The journal of the service, by priority. */
const journal = async (...words: string[]) =>
  (await systemd.run(`journalctl --no-pager -u postern -o json ${words.join(' ')}`))
    .split('\n')
    .filter(Boolean)
    .map((line) => JSON.parse(line) as Record<string, string>);

async function signIn(host = address, port = 143): Promise<RawClient> {
  const client = await RawClient.connect(port, host);
  expect(await client.line()).toMatch(/^\* OK/);
  expect((await client.imap('a LOGIN user secret')).at(-1)).toMatch(/^a OK/);
  return client;
}

beforeAll(async () => {
  const identity = issue(createAuthority(), { names: ['localhost'] });
  upstream = await startFakeUpstream({ protocol: 'imap', tls: 'implicit', identity });
  systemd = await bootSystemd((folder) => {
    const clone = join(folder, 'srv/clone');
    for (const name of ['dist', 'package.json', 'deploy'])
      cpSync(join(root, name), join(clone, name), { recursive: true });
    for (const each of socketUnits) {
      const unit = readFileSync(join(root, each), 'utf8');
      const ours = unit.replace('127.0.0.1:143', `${address}:143`).replace(/^ListenStream=\[::1\].*\n/m, '');
      writeFileSync(join(clone, each), ours);
    }
    mkdirSync(join(folder, 'usr/bin'), { recursive: true });
    // It may be in a home directory, which the service cannot see.
    copyFileSync(process.execPath, join(folder, 'usr/bin/node'));
    mkdirSync(join(folder, 'etc/postern'), { recursive: true });
    copyFileSync(writeFiles(scratchDirectory('authority'), identity).root, join(folder, 'etc/postern/root.pem'));
    chmodSync(join(folder, 'etc/postern/root.pem'), 0o644);
  });
  const server = { server: 'localhost', address: '127.0.0.1', port: upstream.port };
  const kind = { protocol: 'imap', tls: 'implicit' };
  configuration = {
    version: 1,
    accounts: [
      {
        name: 'Work',
        relays: [
          { name: 'work-imap', ...kind, ...server, listen: `${address}:143` },
          { name: 'high-imap', ...kind, ...server, listen: `${address}:1143` },
          { name: 'gone-imap', ...kind, ...server, listen: `${address}:1144`, port: await freePort() },
        ],
      },
    ],
    certificateAuthorities: ['root.pem'],
    settings: { ownUserOnly: false },
  };
});

describe('a service, as the page says', () => {
  const [install = '', start = ''] = commandsOf('## As a systemd service');

  test('is installed, starts once every listener was tried, and says how it is', async () => {
    await follow(install);
    await writeConfiguration(configuration);
    const said = await follow(start);
    expect(said).toContain('work-imap');
    expect(await show('ActiveState')).toBe('active');
    // A port below 1024 needs the socket unit: the service has no right to it.
    expect(await show('StatusText')).toBe('2 of 3 relays listening');
    (await signIn(address, 1143)).finish();
  });

  test('a reload ends no session, takes effect as a whole, and refuses a mistake', async () => {
    const before = await signIn(address, 1143);
    const changed = structuredClone(configuration);
    changed.accounts[0]?.relays.push({
      ...changed.accounts[0].relays[1],
      name: 'more-imap',
      listen: `${address}:1145`,
    });
    await writeConfiguration(changed);
    await systemd.run('systemctl reload postern');
    await until(async () => (await show('StatusText')) === '3 of 4 relays listening', 'it is in effect');
    await writeConfiguration({ ...configuration, version: 7 });
    await systemd.run('systemctl reload postern');
    await until(
      async () => (await journal('-p', 'err')).some(({ MESSAGE = '' }) => MESSAGE.includes('NOT READ')),
      'it is refused',
    );
    (await signIn(address, 1145)).finish();
    expect((await before.imap('b NOOP')).at(-1)).toMatch(/^b OK/);
    before.finish();
    await writeConfiguration(configuration);
  });

  test('the journal has a priority for each line: what is refused is a warning, what is well is none', async () => {
    const client = await RawClient.connect(1144, address);
    expect(Buffer.from(await client.rest()).toString()).toContain('BYE');
    const warnings = async () => (await journal('-p', 'warning')).filter(({ PRIORITY }) => PRIORITY === '4');
    await until(async () => (await warnings()).length > 0, 'the journal has it');
    expect((await warnings()).at(-1)?.MESSAGE).toContain('gone-imap: refused.');
    const all = await journal('-p', 'notice');
    expect(all.filter(({ PRIORITY }) => PRIORITY === '5').map(({ MESSAGE }) => MESSAGE)).toContainEqual(
      expect.stringContaining('Ready.'),
    );
  });

  test('a process that no longer turns is killed and started anew', async () => {
    await systemd.run(
      'mkdir -p /etc/systemd/system/postern.service.d\nprintf "[Service]\\nWatchdogSec=3\\nTimeoutAbortSec=1\\n" >/etc/systemd/system/postern.service.d/soon.conf\nsystemctl daemon-reload && systemctl restart postern',
    );
    const pid = await show('MainPID');
    await systemd.run(`kill -STOP ${pid}`);
    await until(
      async () => (await show('NRestarts')) === '1' && (await show('ActiveState')) === 'active',
      'it runs again',
    );
    expect(await show('MainPID')).not.toBe(pid);
    (await signIn(address, 1143)).finish();
  });
});

describe('sockets of systemd, as the page says', () => {
  test('a port below 1024; and while the service is replaced nobody is turned away', async () => {
    const [socket = ''] = commandsOf('### Ports below 1024, and upgrades that lose no connection');
    await follow(socket);
    expect(await show('StatusText')).toBe('3 relays listening');
    const old = await signIn();
    const restarted = systemd.run('systemctl restart postern');
    await until(async () => (await show('ActiveState')) === 'deactivating', 'it stops');
    const between = await Promise.all([1, 2, 3].map(() => RawClient.connect(143, address)));
    expect((await old.imap('b NOOP')).at(-1)).toMatch(/^b OK/);
    old.finish();
    await restarted;
    for (const client of between) {
      expect(await client.line()).toMatch(/^\* OK/);
      client.finish();
    }
  });

  test('a restart under steady visitors loses none of them', async () => {
    const visit = async () => {
      const client = await signIn();
      expect((await client.imap('b NOOP')).at(-1)).toMatch(/^b OK/);
      client.finish();
    };
    const visits = [visit()];
    let replaced = false;
    const restarted = systemd.run('systemctl restart postern').finally(() => {
      replaced = true;
    });
    while (!replaced) {
      await new Promise((resolve) => setTimeout(resolve, 30));
      visits.push(visit());
    }
    await restarted;
    const lost = (await Promise.allSettled(visits)).filter(({ status }) => status === 'rejected');
    expect(lost).toEqual([]);
  });

  test('stopped, it ends in order and leaves nothing behind', async () => {
    await systemd.run('systemctl stop postern-work-imap.socket postern');
    expect(await show('Result')).toBe('success');
    expect(await systemd.run('systemctl is-failed postern || true')).toBe('inactive\n');
    expect(await systemd.run('ls /var/lib/postern')).not.toContain('control.json');
  });

  test('two processes share its port, as docs/scale.md says: both serve, and while one is away nobody is turned away', async () => {
    const [account] = configuration.accounts;
    await writeConfiguration({ ...configuration, accounts: [{ ...account, relays: account?.relays.slice(0, 1) }] });
    const [share = ''] = commandsOf('## More than one core', 'docs/scale.md');
    await follow(share);
    const sessions = async (name: string) => {
      const status = await follow(`runuser -u postern -- postern status --json --data-dir /var/lib/postern-${name}`);
      return JSON.parse(status).relays[0].sessionsTotal as number;
    };
    // Each connection goes to one of the two at random.
    await until(async () => {
      (await signIn()).finish();
      return (await sessions('1')) > 0 && (await sessions('2')) > 0;
    }, 'both have served');
    // Its socket stays: a connection assigned to it waits, and starts it again.
    await systemd.run('systemctl stop postern@1');
    await until(async () => {
      (await signIn()).finish();
      return (await show('ActiveState', 'postern@1')) === 'active';
    }, 'the other is back');
    await systemd.run('systemctl stop "postern-work-imap@*.socket" "postern@*.service"');
  });
});
