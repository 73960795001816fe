import { spawnSync } from 'node:child_process';
import { cpSync, existsSync, mkdirSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { scratchDirectory } from './support/clean-up.ts';
import { circles, importsOf, importsOfFloors, repositoryFiles, root, textOf } from './support/sources.ts';

// What DESIGN, STYLE and the lockfile promise about the sources themselves.

const files = repositoryFiles();
const modules = files.filter((file) => /^(?:main|proxy|renderer)\/.*\.tsx?$/.test(file));

/** From the top down: a layer only imports its own modules and those of the layers below it. */
const layers = [
  'main',
  'proxy',
  'check',
  'practice',
  'diagnostics',
  'oauth',
  'discovery',
  'session',
  'dialects',
  'gate',
  'sasl',
  'protocols',
  'care',
  'trust',
  'net',
  'vault',
  'config',
  'state',
  'log',
  'diagnosis',
  'contract',
];

/** The layer of a module: `proxy` is the layer of the files directly in proxy/. */
function layerOf(file: string): string {
  const [top = '', folder = '', ...rest] = file.split('/');
  return top === 'proxy' && rest.length > 0 ? folder : top;
}

/** The rooms of proxy/trust/, in the same order: no file is outside them. */
const trustRooms = ['tls', 'revocation', 'decisions', 'judging', 'x509'];

describe('layers', () => {
  test('imports are found in every form', () => {
    const text = [
      "import { a } from './a.ts';",
      "import type { B } from '../b/b.ts';",
      "import './c.ts';",
      "export * from './d.ts';",
      "import {\n  e,\n  type F,\n} from './e.ts';",
      "const g = await import('./g.ts');",
      "// import { no } from './comment.ts';",
      "import net from 'node:net';",
    ].join('\n');
    expect(importsOf('proxy/net/x.ts', text).sort()).toEqual([
      'node:net',
      'proxy/b/b.ts',
      'proxy/net/a.ts',
      'proxy/net/c.ts',
      'proxy/net/d.ts',
      'proxy/net/e.ts',
      'proxy/net/g.ts',
    ]);
  });

  test('arrows point only downward', () => {
    const upward = modules
      .filter((file) => !file.startsWith('renderer/'))
      .flatMap((file) =>
        importsOf(file)
          .filter((target) => /^(?:main|proxy|renderer|tests|bench|scripts)\//.test(target))
          .filter((target) => {
            const from = layers.indexOf(layerOf(file));
            const to = layers.indexOf(layerOf(target));
            return from < 0 || to < 0 || to < from;
          })
          .map((target) => `${file} -> ${target}`),
      );
    expect(upward).toEqual([]);
  });

  test('the rooms of trust/ import their own files and those of rooms below', () => {
    const roomOf = (file: string) => trustRooms.indexOf(file.split('/').at(-2) ?? '');
    const own = modules.filter((file) => file.startsWith('proxy/trust/'));
    expect(own.filter((file) => file.split('/').length !== 4 || roomOf(file) < 0)).toEqual([]);
    const upward = own.flatMap((file) =>
      importsOf(file)
        .filter((target) => target.startsWith('proxy/trust/') && roomOf(target) < roomOf(file))
        .map((target) => `${file} -> ${target}`),
    );
    expect(upward).toEqual([]);
  });

  test('no files import each other in a circle', () => {
    const example = { a: ['b', 'node:fs'], b: ['c', 'd'], c: ['a'], d: ['d2'], d2: [], e: ['e'] };
    expect(circles(new Map(Object.entries(example)))).toEqual([['a', 'b', 'c'], ['e']]);
    expect(circles(new Map(modules.map((file) => [file, importsOf(file)])))).toEqual([]);
  });

  test('nor do folders: what puts the files below it together stands above them, and what they share, below', () => {
    const example = {
      'a/index': ['a/x/one', 'a/shared', 'node:fs'],
      'a/shared': [],
      'a/x/one': ['a/shared', 'a/x/two'],
      'a/x/two': [],
    };
    const floorsOf = (modules: Record<string, string[]>) => importsOfFloors(new Map(Object.entries(modules)));
    expect([...floorsOf(example)]).toEqual([
      ['a/^', ['a/x/^', 'a']],
      ['a', []],
      ['a/x/^', ['a']],
    ]);
    expect(circles(floorsOf(example))).toEqual([]);
    expect(circles(floorsOf({ ...example, 'a/shared': ['a/x/two'] }))).toEqual([['a', 'a/x/^']]);
    expect(circles(floorsOf({ 'a/1': ['b/1'], 'b/1': [], 'b/2': ['a/2'], 'a/2': [] }))).toEqual([['a/^', 'b/^']]);
    expect(circles(importsOfFloors(new Map(modules.map((file) => [file, importsOf(file)]))))).toEqual([]);
  });

  test('the window imports nothing of ours but the contract', () => {
    const others = modules
      .filter((file) => file.startsWith('renderer/'))
      .flatMap((file) =>
        importsOf(file)
          .filter((target) => /^(?:main|proxy|tests|bench|scripts)\//.test(target))
          .filter((target) => !target.startsWith('proxy/contract/'))
          .map((target) => `${file} -> ${target}`),
      );
    expect(others).toEqual([]);
  });

  // What each part must not know about. The core runs without Electron and without HTTP; parsers are pure.
  test.each([
    ['proxy/', /^(?:electron.*|node:http|node:https|node:http2|react.*)$/],
    ['proxy/protocols/', /^node:/],
    ['proxy/dialects/', /^node:(?:net|tls|fs|dns|child_process)/],
    ['proxy/contract/', /^(?!zod$|proxy\/contract\/)/],
    ['renderer/', /^(?:node:|electron)/],
  ])('%s does not import %s', (folder, banned) => {
    const found = modules
      .filter((file) => file.startsWith(folder) && !file.endsWith('.config.ts'))
      .flatMap((file) =>
        importsOf(file)
          .filter((target) => banned.test(target))
          .map((target) => `${file} -> ${target}`),
      );
    expect(found).toEqual([]);
  });

  test('TLS to a server is opened in one place, and taken from devices in another, which has no way to open any', () => {
    const opens = modules.filter((file) => /\b(?:tls|nodeTls)\.connect\(/.test(textOf(file)));
    expect(opens).toEqual(['proxy/trust/tls/secure-upstream.ts']);
    const wraps = modules.filter((file) => /new (?:tls\.)?TLSSocket\(/.test(textOf(file)));
    expect(wraps).toEqual(['proxy/net/local-tls.ts']);
    const made = textOf('proxy/net/local-tls.ts').match(/TLSSocket\([^)]*\)/g) ?? [];
    expect(made.filter((each) => !each.includes('isServer: true'))).toEqual([]);
  });

  test('111: TLS below 1.2 is in one file, and nothing that reaches a server knows it', () => {
    const old = modules.filter((file) => /Version: .*'TLSv1(?:\.1)?'|SECLEVEL/.test(textOf(file)));
    expect(old).toEqual(['proxy/net/local-tls.ts']);
    const users = modules.filter((file) => importsOf(file).includes('proxy/net/local-tls.ts'));
    expect(users).toEqual([
      'proxy/local-certificate.ts',
      'proxy/session/client-side.ts',
      'proxy/session/doorkeeper.ts',
      'proxy/session/relay.ts',
      'proxy/session/screen-caller.ts',
      'proxy/session/session.ts',
      'proxy/session/splice.ts',
    ]);
  });
});

/** Source files of the core without a test of the same name, and the test that covers them. */
const shownElsewhere: Record<string, string> = {
  'proxy/log/levels.ts': 'tests/log/logger.test.ts',
  'proxy/check/clock-suspected.ts': 'tests/check/check.test.ts',
  'proxy/check/greeting.ts': 'tests/check/check.test.ts',
  'proxy/check/line-conversation.ts': 'tests/check/servers.test.ts',
  'proxy/check/look-closer.ts': 'tests/end-to-end/diagnosis.test.ts',
  'proxy/check/outcome.ts': 'tests/check/check.test.ts',
  'proxy/check/imap-client.ts': 'tests/check/servers.test.ts',
  'proxy/check/ldap-client.ts': 'tests/end-to-end/address-book.test.ts',
  'proxy/check/nntp-client.ts': 'tests/check/servers.test.ts',
  'proxy/check/pop3-client.ts': 'tests/check/servers.test.ts',
  'proxy/check/relay-check.ts': 'tests/check/check.test.ts',
  'proxy/check/sign-in.ts': 'tests/check/servers.test.ts',
  'proxy/check/smtp-client.ts': 'tests/check/servers.test.ts',
  'proxy/check/steps.ts': 'tests/check/check.test.ts',
  'proxy/dialects/capability-talk.ts': 'tests/dialects/sign-in.test.ts',
  'proxy/dialects/conversation.ts': 'tests/dialects/sign-in.test.ts',
  'proxy/dialects/dialect.ts': 'tests/session/refusals.test.ts',
  'proxy/dialects/front.ts': 'tests/dialects/sign-in-for-program.test.ts',
  'proxy/dialects/grammar.ts': 'tests/dialects/sign-in.test.ts',
  'proxy/dialects/greeting.ts': 'tests/end-to-end/diagnosis.test.ts',
  'proxy/diagnosis/of-reasons.ts': 'tests/diagnosis/catalogue.test.ts',
  'proxy/dialects/imap/front.ts': 'tests/dialects/sign-in-for-program.test.ts',
  'proxy/dialects/imap/table.ts': 'tests/dialects/imap/grammar.test.ts',
  'proxy/dialects/imap/talk.ts': 'tests/dialects/imap/grammar.test.ts',
  'proxy/dialects/ldap/front.ts': 'tests/dialects/ldap/grammar.test.ts',
  'proxy/dialects/ldap/referrals.ts': 'tests/dialects/ldap/watch.test.ts',
  'proxy/dialects/ldap/table.ts': 'tests/dialects/ldap/grammar.test.ts',
  'proxy/dialects/ldap/talk.ts': 'tests/dialects/ldap/grammar.test.ts',
  'proxy/dialects/own-client.ts': 'tests/oauth/try-token.test.ts',
  'proxy/dialects/pass-through.ts': 'tests/dialects/sign-in.test.ts',
  'proxy/dialects/sign-in-upstream.ts': 'tests/dialects/sign-in-for-program.test.ts',
  'proxy/dialects/local-tls-offer.ts': 'tests/threats/device-tls.test.ts',
  'proxy/dialects/nntp/front.ts': 'tests/dialects/sign-in-for-program.test.ts',
  'proxy/dialects/nntp/table.ts': 'tests/dialects/nntp/grammar.test.ts',
  'proxy/dialects/nntp/talk.ts': 'tests/dialects/nntp/grammar.test.ts',
  'proxy/dialects/pop3/front.ts': 'tests/dialects/sign-in-for-program.test.ts',
  'proxy/dialects/pop3/table.ts': 'tests/dialects/pop3/grammar.test.ts',
  'proxy/dialects/pop3/talk.ts': 'tests/dialects/pop3/grammar.test.ts',
  'proxy/dialects/smtp/front.ts': 'tests/dialects/sign-in-for-program.test.ts',
  'proxy/dialects/smtp/message-command.ts': 'tests/dialects/smtp/bounded.test.ts',
  'proxy/dialects/smtp/server-race.ts': 'tests/dialects/smtp/carry.test.ts',
  'proxy/dialects/smtp/table.ts': 'tests/dialects/smtp/grammar.test.ts',
  'proxy/dialects/smtp/talk.ts': 'tests/dialects/smtp/grammar.test.ts',
  'proxy/dialects/without-program.ts': 'tests/oauth/try-token.test.ts',
  'proxy/dialects/index.ts': 'tests/session/refusals.test.ts',
  'proxy/discovery/autoconfig.ts': 'tests/discovery/discover.test.ts',
  'proxy/discovery/inquiry.ts': 'tests/discovery/discover.test.ts',
  'proxy/discovery/search.ts': 'tests/discovery/discover.test.ts',
  'proxy/discovery/verified-page.ts': 'tests/discovery/discover.test.ts',
  'proxy/net/drained.ts': 'tests/net/line-channel.test.ts',
  'proxy/net/ended-from-outside.ts': 'tests/session/ending.test.ts',
  'proxy/net/download.ts': 'tests/main/download.test.ts',
  'proxy/net/handed-sockets.ts': 'tests/end-to-end/service-manager.test.ts',
  'proxy/net/refused.ts': 'tests/session/refusals.test.ts',
  'proxy/session/client-side.ts': 'tests/threats/device-tls.test.ts',
  'proxy/protocols/ldap-operations.ts': 'tests/protocols/ldap-message.test.ts',
  'proxy/protocols/ldap-writer.ts': 'tests/protocols/ldap-message.test.ts',
  'proxy/session/connect-upstream.ts': 'tests/session/refusals.test.ts',
  'proxy/session/failed-listener.ts': 'tests/session/refusals.test.ts',
  'proxy/session/first-request.ts': 'tests/session/directory-refusals.test.ts',
  'proxy/session/offers-tls.ts': 'tests/session/known-port.test.ts',
  'proxy/session/reach-upstream.ts': 'tests/session/questions.test.ts',
  'proxy/session/relay-listeners.ts': 'tests/session/relay.test.ts',
  'proxy/session/screen-caller.ts': 'tests/session/doorkeeper.test.ts',
  'proxy/session/session.ts': 'tests/session/refusals.test.ts',
  'proxy/session/relay-row.ts': 'tests/session/relay.test.ts',
  'proxy/session/relays.ts': 'tests/session/relay.test.ts',
  'proxy/session/upstream-target.ts': 'tests/session/relay.test.ts',
  'proxy/trust/tls/judge-presented.ts': 'tests/trust/tls/secure-upstream.test.ts',
  'proxy/configuration-changes.ts': 'tests/index.test.ts',
  'proxy/authority-commands.ts': 'tests/renderer/window-settings.test.ts',
  'proxy/changed-by-hand.ts': 'tests/threats/local.test.ts',
  'proxy/configuring.ts': 'tests/commands.test.ts',
  'proxy/rename-server.ts': 'tests/renderer/window-certificates.test.ts',
  'proxy/dependencies.ts': 'tests/index.test.ts',
  'proxy/trust/x509/policies.ts': 'tests/trust/judging/demanded-policy.test.ts',
  'proxy/trust/decisions/forgetting.ts': 'tests/trust/decisions/trust-desk.test.ts',
  'proxy/trust/decisions/kept-decisions.ts': 'tests/trust/decisions/trust-desk.test.ts',
  'proxy/trust/decisions/persons-decisions.ts': 'tests/trust/decisions/trust-desk.test.ts',
  'proxy/trust/decisions/rows.ts': 'tests/trust/decisions/trust-store.test.ts',
  'proxy/trust/decisions/undecided-words.ts': 'tests/trust/decisions/trust-desk.test.ts',
  'proxy/trust/decisions/unsaved-words.ts': 'tests/trust/decisions/trust-desk.test.ts',
  'proxy/trust/decisions/verified-servers.ts': 'tests/trust/decisions/trust-desk.test.ts',
  'proxy/state/command-failed.ts': 'tests/session/questions.test.ts',
  'proxy/consent-commands.ts': 'tests/end-to-end/consent.test.ts',
  'proxy/on-demand.ts': 'tests/index.test.ts',
  'proxy/net/http-exchange.ts': 'tests/main/http-exchange.test.ts',
  'proxy/oauth/consent-by-device.ts': 'tests/oauth/consents.test.ts',
  'proxy/oauth/explain.ts': 'tests/oauth/access-tokens.test.ts',
  'proxy/oauth/failures.ts': 'tests/oauth/issuer.test.ts',
  'proxy/oauth/issuer-memory.ts': 'tests/oauth/access-tokens.test.ts',
  'proxy/oauth/judged-fetch.ts': 'tests/oauth/issuer.test.ts',
  'proxy/oauth/late-oauth.ts': 'tests/end-to-end/consent.test.ts',
  'proxy/oauth/return-address.ts': 'tests/main/return-address.test.ts',
  'proxy/oauth/token-endpoint.ts': 'tests/oauth/consent-by-browser.test.ts',
};

// `engines` in package.json promises Node 20; these came with 21 and 22.
const newerThanPromised =
  /\b(?:Map|Object)\.groupBy\(|\bPromise\.(?:withResolvers|try)\(|\bArray\.fromAsync\(|\bRegExp\.escape\(|\bIterator\.from\(|\.(?:values|keys|entries)\(\)\s*\.(?:map|filter|find|some|every|take|drop|toArray|flatMap|reduce|forEach)\(/;

test('the core and its commands use nothing that the oldest promised Node does not have', () => {
  const core = modules.filter((file) => !file.startsWith('renderer/'));
  expect(core.filter((file) => newerThanPromised.test(textOf(file)))).toEqual([]);
});

test('every source file of the core has a test of the same name', () => {
  const without = modules
    .filter((file) => file.startsWith('proxy/') && !file.startsWith('proxy/contract/'))
    .filter((file) => !existsSync(join(root, file.replace(/^proxy\//, 'tests/').replace(/\.ts$/, '.test.ts'))));
  expect(without).toEqual(Object.keys(shownElsewhere).sort());
  expect(Object.values(shownElsewhere).filter((file) => !existsSync(join(root, file)))).toEqual([]);
});

describe('the linter refuses, and says what to do instead', () => {
  // Biome reads the rules from a copy: an example inside the repository would itself be an error.
  const directory = scratchDirectory('lint');
  const { vcs: _, ...configuration } = JSON.parse(textOf('biome.json'));
  writeFileSync(join(directory, 'biome.json'), JSON.stringify(configuration));
  cpSync(join(root, 'scripts/lint'), join(directory, 'scripts/lint'), { recursive: true });

  function lint(file: string, text: string): string {
    mkdirSync(dirname(join(directory, file)), { recursive: true });
    writeFileSync(join(directory, file), text);
    const biome = join(root, 'node_modules/@biomejs/biome/bin/biome');
    const { stdout, stderr } = spawnSync(process.execPath, [biome, 'lint', '--reporter=github', file], {
      cwd: directory,
      encoding: 'utf8',
    });
    return `${stdout}${stderr}`;
  }

  const useTls = 'call secureUpstream(), which returns a VerifiedSocket or throws';
  const verification = 'pass what you know to secureUpstream() instead';
  const words = "leave through the command line's output module";
  test.each([
    ['tls.connect', "import * as tls from 'node:tls';\nexport const s = tls.connect({});\n", useTls],
    ['an imported connect', "import { connect } from 'node:tls';\nexport const s = connect({});\n", useTls],
    ['a TLSSocket', "import tls from 'node:tls';\nexport const s = (x) => new tls.TLSSocket(x);\n", useTls],
    ['rejectUnauthorized', 'export const o = { rejectUnauthorized: false };\n', verification],
    ['"rejectUnauthorized"', "export const o = { 'rejectUnauthorized': false };\n", verification],
    ['rejectUnauthorized set later', 'export const f = (o) => {\n  o.rejectUnauthorized = false;\n};\n', verification],
    ['checkServerIdentity', 'export const o = { checkServerIdentity() {} };\n', verification],
    ['console', "console.log('x');\n", words],
    ['process.stdout', "process.stdout.write('x');\n", words],
  ])('%s', (_, text, message) => {
    expect(lint('proxy/net/example.ts', text)).toContain(message);
  });

  test('a session for resumption, even in the home of TLS', () => {
    const text = "import * as tls from 'node:tls';\nexport const s = (session) => tls.connect({ session: session });\n";
    expect(lint('proxy/trust/tls/secure-upstream.ts', text)).toContain('A resumed TLS session reports');
    expect(lint('proxy/trust/tls/secure-upstream.ts', text)).not.toContain(useTls);
  });

  test('and lets honest code pass', () => {
    const text = "import type { TLSSocket } from 'node:tls';\nexport const f = (s: TLSSocket) => ({ session: s });\n";
    expect(lint('proxy/net/example.ts', text)).not.toContain('::error');
  });
});

describe('the packages', () => {
  interface Entry {
    version: string;
    resolved?: string;
    integrity?: string;
    optional?: boolean;
    hasInstallScript?: boolean;
    optionalDependencies?: Record<string, string>;
  }
  const { packages } = JSON.parse(textOf('package-lock.json')) as { packages: Record<string, Entry> };
  const manifest = JSON.parse(textOf('package.json'));
  const entries = Object.entries(packages).filter(([place]) => place !== '');
  const nameOf = (place: string) => place.slice(place.lastIndexOf('node_modules/') + 'node_modules/'.length);

  test('the lockfile names no registry, and has a hash for all that is not one platform only', () => {
    expect(entries.filter(([, { resolved }]) => resolved !== undefined).map(([place]) => place)).toEqual([]);
    const unhashed = entries.filter(([, { integrity, optional }]) => !integrity && !optional);
    expect(unhashed.map(([place]) => place)).toEqual([]);
  });

  test('the lockfile is complete for every platform (node scripts/complete-lockfile.mjs)', () => {
    const known = new Set(entries.map(([place]) => nameOf(place)));
    const missing = entries.flatMap(([, { optionalDependencies = {} }]) =>
      Object.keys(optionalDependencies).filter((name) => !known.has(name)),
    );
    expect(missing).toEqual([]);
  });

  test('versions are exact', () => {
    const all = Object.entries({ ...manifest.dependencies, ...manifest.devDependencies });
    expect(all.filter(([, version]) => !/^\d+\.\d+\.\d+$/.test(String(version)))).toEqual([]);
  });

  test('scripts of packages run at installation only where that was decided', () => {
    const scripted = entries.filter(([, { hasInstallScript }]) => hasInstallScript).map(([place]) => nameOf(place));
    const undecided = scripted.filter((name) => name !== 'fsevents' && manifest.allowScripts[name] === undefined);
    expect(undecided).toEqual([]);
    const allowed = Object.keys(manifest.allowScripts).filter((name) => manifest.allowScripts[name]);
    expect(allowed.sort()).toEqual(['esbuild', 'node']);
  });

  test('each runtime dependency says in docs/dependencies.md why it is there', () => {
    const text = textOf('docs/dependencies.md');
    const unexplained = Object.keys(manifest.dependencies).filter(
      (name) => !new RegExp(`^\\| \`${name}\` +\\|`, 'm').test(text),
    );
    expect(unexplained).toEqual([]);
  });
});

describe('the texts of the repository', () => {
  const texts = files.filter((file) =>
    /(?:\.(?:[cm]?[jt]sx?|json|md|html|css|sh|yml|txt|grit|py)|run|install-peers)$/.test(file),
  );

  test('name no place on a machine of ours', () => {
    // Assembled here so that this file does not name them either.
    const places = new RegExp(`(?:^|[^\\w.-])/(?:${['work', 'root', 'Users'].join('|')})/[\\w.]`, 'm');
    expect(texts.filter((file) => places.test(textOf(file)))).toEqual([]);
  });

  test('leave nothing to do', () => {
    const words = ['TO', 'FIX', 'X'].map((start, index) => start + ['DO', 'ME', 'XX'][index]);
    const marks = new RegExp(`\\b(?:${words.join('|')})\\b|@ts-${'ignore'}`);
    expect(texts.filter((file) => file !== 'package-lock.json' && marks.test(textOf(file)))).toEqual([]);
  });
});
