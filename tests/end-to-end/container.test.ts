/** The container, built and run as deploy/container says, and the manifests next to it. */
import { execFileSync } from 'node:child_process';
import {
  chmodSync,
  chownSync,
  copyFileSync,
  existsSync,
  mkdirSync,
  readFileSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { expect, test } from 'vitest';
import { parseConfiguration } from '../../proxy/config/load.ts';
import { atEnd, scratchDirectory } from '../support/clean-up.ts';
import { startFakeUpstream } from '../support/fake-upstream.ts';
import { checkCompose, checkManifests, type Manifest } from '../support/manifests.ts';
import { needProgram, needRoot } from '../support/needs.ts';
import { createAuthority, issue, writeFiles } from '../support/pki.ts';
import { freePort } from '../support/ports.ts';
import { runProgram } from '../support/programs.ts';
import { RawClient } from '../support/raw-client.ts';
import { until } from '../support/service.ts';
import { root } from '../support/sources.ts';

const user = 10_001;
const yaml = createRequire(import.meta.url)('js-yaml') as {
  load(text: string): unknown;
  loadAll(text: string): unknown[];
};

/** What a container needs to run Node: the program, and its libraries from this Debian's packages. */
function baseRoot(): string {
  const folder = scratchDirectory('base');
  const node = execFileSync('readlink', ['-f', process.execPath], { encoding: 'utf8' }).trim();
  const libraries = execFileSync('ldd', [node], { encoding: 'utf8' }).match(/\/[^ ]+/g) ?? [];
  for (const file of libraries) {
    mkdirSync(join(folder, dirname(file)), { recursive: true });
    copyFileSync(file, join(folder, file));
  }
  mkdirSync(join(folder, 'usr/bin'), { recursive: true });
  copyFileSync(node, join(folder, 'usr/bin/node'));
  writeFileSync(join(folder, 'Containerfile'), 'FROM scratch\nENV PATH=/usr/bin\nCOPY . /\n');
  return folder;
}

test('it is built, runs as nobody in particular on a root that is read-only, serves, and stops in order', async () => {
  needRoot();
  for (const program of ['buildah', 'podman', 'runc']) needProgram(program);
  const storage = scratchDirectory('images');
  const place = ['--root', join(storage, 'root'), '--runroot', join(storage, 'run'), '--storage-driver', 'vfs'];
  // Without a running systemd, only this test runs the health check.
  const attempt = (program: string, ...words: string[]) =>
    runProgram(program, [...place, ...words], { env: { ...process.env, DISABLE_HC_SYSTEMD: 'true' } });
  const run = async (program: string, ...words: string[]) => {
    const ran = await attempt(program, ...words);
    if (ran.code !== 0) throw new Error(`${program} ${words.join(' ')}: ${ran.stderr}`);
    return ran.stdout.toString().trim();
  };
  const base = baseRoot();
  await run('buildah', 'bud', '--quiet', '--tag', 'base', '--file', join(base, 'Containerfile'), base);
  const folder = join(root, 'deploy/container');
  const context = ['--ignorefile', join(folder, 'ignore'), '--file', join(folder, 'Containerfile'), root];
  const build = ['--quiet', '--format', 'docker', '--build-arg', 'NODE=localhost/base', '--tag', 'postern'];
  await run('buildah', 'bud', ...build, ...context);

  const identity = issue(createAuthority(), { names: ['localhost'] });
  const upstream = await startFakeUpstream({ protocol: 'imap', tls: 'implicit', identity });
  const [mail, metrics] = [await freePort(), await freePort()];
  const [config, state] = [scratchDirectory('config'), scratchDirectory('state')];
  for (const folder of [config, state]) chmodSync(folder, 0o755);
  copyFileSync(writeFiles(scratchDirectory('authority'), identity).root, join(config, 'root.pem'));
  chmodSync(join(config, 'root.pem'), 0o644);
  chownSync(state, user, user);
  const relay = { name: 'imap', protocol: 'imap', tls: 'implicit', server: 'localhost', address: '127.0.0.1' };
  writeFileSync(
    join(config, 'config.json'),
    JSON.stringify({
      version: 1,
      accounts: [{ name: 'Work', relays: [{ ...relay, listen: `127.0.0.1:${mail}`, port: upstream.port }] }],
      certificateAuthorities: ['root.pem'],
      settings: { ownUserOnly: false },
    }),
    { mode: 0o644 },
  );
  // The limits of this shell: a container inside a container may not raise any.
  const limits = ['--ulimit', 'nofile=1024:1024', '--ulimit', 'nproc=1024:1024'];
  const start = (network: string, place: string, ...words: string[]) =>
    run(
      'podman',
      ...['--runtime', 'runc', 'run', '--detach', '--network', network, ...limits],
      ...['--read-only', '--read-only-tmpfs=false', '--cap-drop', 'all', '--security-opt', 'no-new-privileges'],
      ...['--volume', `${config}:/config:ro`, '--volume', `${place}:/state`, 'localhost/postern', ...words],
    );
  const id = await start(
    'host',
    state,
    ...['run', '--no-window', '--config', '/config/config.json', '--state', '/state'],
    ...['--metrics', `127.0.0.1:${metrics}`],
  );
  atEnd(() => run('podman', '--runtime', 'runc', 'rm', '--force', id));
  await until(
    () =>
      fetch(`http://127.0.0.1:${metrics}/healthz`).then(
        ({ ok }) => ok,
        () => false,
      ),
    'it is healthy',
  );
  // Also the image with its own command, on a loopback of its own; and a container that does not serve its health.
  const health = async (...words: string[]) => {
    const own = scratchDirectory('own-state');
    chownSync(own, user, user);
    const one = await start('none', own, ...words);
    atEnd(() => run('podman', '--runtime', 'runc', 'rm', '--force', one));
    return () => attempt('podman', '--runtime', 'runc', 'healthcheck', 'run', one).then(({ code }) => code);
  };
  const ofTheImage = await health();
  await until(async () => (await ofTheImage()) === 0, 'the health check of the image says so');
  const silent = await health('run', '--no-window', '--config', '/config/config.json', '--state', '/state');
  expect(await silent()).toBe(1);
  const client = await RawClient.connect(mail);
  expect(await client.line()).toMatch(/^\* OK/);
  expect((await client.imap('a LOGIN user secret')).at(-1)).toMatch(/^a OK/);
  client.finish();
  expect(statSync(join(state, 'control.json')).uid).toBe(user);
  await run('podman', '--runtime', 'runc', 'stop', '--time', '20', id);
  expect(await run('podman', 'inspect', '--format', '{{.State.ExitCode}}', id)).toBe('0');
  expect(existsSync(join(state, 'control.json'))).toBe(false);
});

test('the manifests for Kubernetes fit together, and their configuration is sound', async () => {
  const manifests = yaml.loadAll(readFileSync(join(root, 'deploy/kubernetes/postern.yaml'), 'utf8')) as Manifest[];
  expect(await checkManifests(manifests)).toBe('');
  const one = (kind: string) => manifests.find((manifest) => manifest.kind === kind) as Manifest;
  const configuration = await parseConfiguration(one('ConfigMap').data?.['config.json'] ?? '', 'config.json');
  const { replicas, selector, template } = one('Deployment').spec;
  const [container] = template.spec.containers;
  expect(template.spec.securityContext).toMatchObject({ runAsNonRoot: true, runAsUser: user });
  expect(container.securityContext).toMatchObject({
    ...{ readOnlyRootFilesystem: true, allowPrivilegeEscalation: false },
    capabilities: { drop: ['ALL'] },
  });
  expect(container.readinessProbe.httpGet.path).toBe('/healthz');
  expect(container.livenessProbe.httpGet.path).toBe('/healthz/live');
  const ports = new Map(container.ports.map((port: { name: string; containerPort: number }) => [port.name, port]));
  expect(ports.get('imap')).toMatchObject({ containerPort: 1143 });
  expect(configuration.accounts[0]?.relays[0]?.listen).toBe('0.0.0.0:1143');
  expect(configuration.settings.certificateDecisionSeconds).toBe(0);
  expect(selector.matchLabels).toEqual(template.metadata.labels);
  for (const chosen of [one('PodDisruptionBudget').spec.selector, one('NetworkPolicy').spec.podSelector]) {
    expect(chosen.matchLabels).toEqual(template.metadata.labels);
  }
  expect(one('PodDisruptionBudget').spec.minAvailable).toBeLessThan(replicas);
  const named = one('NetworkPolicy').spec.ingress.flatMap((rule: { ports: { port: string }[] }) => rule.ports);
  expect(named.every(({ port }: { port: string }) => ports.has(port))).toBe(true);
});

test('the Compose file runs it as the image does, and HAProxy takes its configuration', async () => {
  const file = yaml.load(readFileSync(join(root, 'deploy/container/compose.yaml'), 'utf8')) as {
    services: Record<string, { ports?: string[] }>;
  };
  expect(checkCompose(file)).toEqual([]);
  const { services } = file;
  expect(services.postern).toMatchObject({ read_only: true, cap_drop: ['ALL'], user: `${user}:${user}` });
  const published = Object.values(services).flatMap(({ ports = [] }) => ports);
  expect(published.every((port) => port.startsWith('127.0.0.1:'))).toBe(true);
  const checked = await runProgram('haproxy', ['-c', '-f', join(root, 'deploy/haproxy/haproxy.cfg')]);
  expect(checked.code).toBe(0);
  // Compose starts HAProxy before Postern can be found: without these options, it would not look again.
  expect(readFileSync(join(root, 'deploy/haproxy/haproxy.cfg'), 'utf8')).toMatch(
    /\n {2}server postern-1 postern:1143 resolvers containers\n$/,
  );
});

test('the schemas find a field that is spelt wrongly, one of another type, and one that is missing', async () => {
  const deployment = (changed: object, container: object = {}) => ({
    ...{ apiVersion: 'apps/v1', kind: 'Deployment', metadata: { name: 'x' } },
    spec: {
      selector: { matchLabels: { app: 'x' } },
      template: { spec: { containers: [{ name: 'x', image: 'x', ...container }] } },
      ...changed,
    },
  });
  expect(await checkManifests([deployment({})])).toBe('');
  const found = await checkManifests([
    deployment({}, { redinessProbe: {} }),
    deployment({ replicas: '3' }),
    deployment({ selector: undefined }),
  ]);
  expect(found).toContain("'\"redinessProbe\"' does not exist in type 'Container'");
  expect(found).toContain("Type 'string' is not assignable to type 'number'");
  expect(found).toContain("Property 'selector' is missing");
  expect(checkCompose({ services: { x: { image: 'x' } } })).toEqual([]);
  expect(checkCompose({ services: { x: { image: 'x', read_onl: true } } })).toEqual([
    '/services/x must NOT have additional properties',
  ]);
  expect(checkCompose({ services: { x: { image: 5 } } })).toEqual(['/services/x/image must be string']);
});
