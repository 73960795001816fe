import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { beforeAll, describe, expect, test } from 'vitest';
import { scratchDirectory } from '../../support/clean-up.ts';
import { createAuthority, issue, writeFiles } from '../../support/pki.ts';
import { startPostern } from '../../support/postern.ts';
import { runProgram } from '../../support/programs.ts';
import { root } from '../../support/sources.ts';

// "postern import", as a person runs it: the built command.

const files = scratchDirectory('import');
const stunnel = join(files, 'stunnel.conf');
const proxy = join(files, 'emailproxy.config');

beforeAll(() => {
  const { root: authority, certificate } = writeFiles(files, issue(createAuthority(), { names: ['mail.example.org'] }));
  writeFileSync(
    stunnel,
    `client = yes
debug = 7
[imap]
accept = 127.0.0.1:21143
connect = imap.example.org:993
verify = 2
CAfile = ${authority}
checkHost = imap.example.org
[smtp]
accept = 127.0.0.1:21587
connect = smtp.example.org:587
protocol = smtp
CAfile = missing.pem
verifyChain = yes
checkHost = smtp.example.org
cert = ${certificate}
key = nowhere.key
`,
  );
  writeFileSync(
    proxy,
    '[IMAP-21993]\nserver_address = imap.example.net\nserver_port = 993\n[ada@example.net]\nclient_secret = top-secret\n',
  );
});

async function run(directory: string, ...args: string[]) {
  const program = join(root, 'dist', 'main', 'cli.js');
  const ran = await runProgram(process.execPath, [program, ...args, '--data-dir', directory]);
  return { code: ran.code, stdout: ran.stdout.toString(), stderr: ran.stderr };
}

const configuration = (directory: string) => JSON.parse(readFileSync(join(directory, 'config.json'), 'utf8'));

test('shows everything, and writes nothing without a yes', async () => {
  const directory = scratchDirectory('data');
  const { code, stdout, stderr } = await run(directory, 'import', stunnel);
  expect(code).toBe(1);
  expect(stdout).toBe(`${stunnel} is a configuration of stunnel.

Account example.org
  imap   IMAP   127.0.0.1:21143   to imap.example.org:993   TLS
  smtp   SMTP   127.0.0.1:21587   to smtp.example.org:587   STARTTLS

Additional authorities to trust (for every account, not just one service)
  ${join(files, 'server-root.pem')}

What is different, or is not carried over:
  CAfile: not carried: expected a PEM file, found no file at "${join(files, 'missing.pem')}".
  [smtp] cert: not carried: expected a PEM file, found no file at "${join(files, 'nowhere.key')}".

`);
  expect(stderr).toBe('postern: nobody is there to ask; --yes adds them. Nothing was written.\n');
  expect(existsSync(join(directory, 'config.json'))).toBe(false);
});

test('adds what can be added, and keeps what is there', async () => {
  const directory = scratchDirectory('data');
  const { code, stdout } = await run(directory, 'import', stunnel, '--yes');
  expect(code).toBe(0);
  expect(stdout).toContain('Added. Stop stunnel before you start Postern: both listen on the same ports.\n');
  expect(stdout).toContain(`postern card example.org --data-dir ${directory}\n`);
  expect(configuration(directory)).toMatchObject({
    accounts: [
      {
        name: 'example.org',
        relays: [
          {
            ...{ name: 'imap', protocol: 'imap', listen: '127.0.0.1:21143' },
            ...{ server: 'imap.example.org', port: 993, tls: 'implicit' },
          },
          {
            ...{ name: 'smtp', protocol: 'smtp', listen: '127.0.0.1:21587' },
            ...{ server: 'smtp.example.org', port: 587, tls: 'starttls' },
          },
        ],
      },
    ],
    certificateAuthorities: [join(files, 'server-root.pem')],
  });
  expect((await run(directory, 'config', 'validate')).code).toBe(0);

  const second = await run(directory, 'import', proxy, '--yes', '--json');
  const report = JSON.parse(second.stdout);
  expect(report).toMatchObject({ program: 'Email OAuth 2.0 Proxy', written: true, certificateAuthorities: [] });
  expect(report.notes).toHaveLength(1);
  expect(second.stdout).not.toContain('top-secret');
  expect(configuration(directory).accounts.map(({ name }: { name: string }) => name)).toEqual([
    'example.org',
    'example.net',
  ]);

  const again = await run(directory, 'import', proxy, '--yes');
  expect([again.code, again.stderr]).toEqual([1, 'postern: there is nothing in it to add. Nothing was written.\n']);
  expect(again.stdout).toContain(
    '  [imap.example.net-imap]: left out: imap.example.net-imap listens on 21993 already.\n',
  );
  expect(configuration(directory).accounts).toHaveLength(2);
});

test('says what comes next where Postern will sign in: the consent, the local password, a try', async () => {
  const consents = join(files, 'consents.config');
  const section = '[alice@outlook.com]\ntoken_url = https://login.microsoftonline.com/consumers/oauth2/v2.0/token\n';
  const server = '[IMAP-21994]\nserver_address = outlook.office365.com\nserver_port = 993\n';
  writeFileSync(consents, `${server}${section}client_id = an-id\n`);
  const directory = scratchDirectory('data');
  const { code, stdout } = await run(directory, 'import', consents, '--yes');
  expect(code).toBe(0);
  const [{ name }] = configuration(directory).accounts;
  expect(stdout.slice(stdout.indexOf('Added.')).trimEnd().split('\n')).toEqual([
    'Added. Stop Email OAuth 2.0 Proxy before you start Postern: both listen on the same ports.',
    `Then sign in: postern accounts sign-in ${name} --data-dir ${directory}`,
    `In the mail program, type this in place of the password there: postern accounts local-password ${name} --data-dir ${directory}`,
    `To try them all the way, with nothing sent: postern check --data-dir ${directory}`,
    `To see what to type into your mail program: postern card ${name} --data-dir ${directory}`,
  ]);
});

test.each([
  ['n', 1, 'given up. Nothing was written.', false],
  ['', 0, 'Added. Stop Email OAuth 2.0 Proxy before you start Postern', true],
])('in a terminal it asks; the answer %j', async (answer, code, words, written) => {
  const directory = scratchDirectory('data');
  const line = [process.execPath, join(root, 'dist', 'main', 'cli.js'), 'import', proxy, '--data-dir', directory];
  const ran = await runProgram('script', ['-qec', line.map((word) => `'${word}'`).join(' '), '/dev/null'], {
    input: `${answer}\n`,
  });
  expect([ran.code, existsSync(join(directory, 'config.json'))]).toEqual([code, written]);
  expect(ran.stdout.toString()).toContain('Add this? [Y/n] ');
  expect(ran.stdout.toString()).toContain(words);
});

test('a running Postern listens there at once', async () => {
  const postern = await startPostern({ configuration: { version: 1, accounts: [] } });
  const imported = await postern.command('import', proxy, '--yes');
  expect(imported).toMatchObject({ code: 0 });
  expect(imported.stdout.toString()).toContain('Added. Stop Email OAuth 2.0 Proxy now: both listen on the same ports');
  const { stdout } = await postern.command('status', '--json');
  const status = JSON.parse(stdout.toString());
  expect(JSON.stringify(status)).toContain('imap.example.net-imap');
  await postern.stop();
});

describe('what cannot be understood is refused, with nothing written', () => {
  test.each<[string, string, string]>([
    ['nonsense', 'hello\n', 'expected a client configuration of stunnel or of Email OAuth 2.0 Proxy, found neither'],
    [
      'half a line',
      '[imap]\nclient = yes\naccept\n',
      'line 3: expected "[section]" or "option = value", found neither',
    ],
    [
      'a port that is none',
      '[imap]\nclient = yes\naccept = 1143\nconnect = imap.example.org:0\n',
      '[imap] connect: expected a port from 1 to 65535, found "0"',
    ],
    [
      'a server that is none',
      '[imap]\nclient = yes\naccept = 1143\nconnect = imap/x:993\n',
      'accounts[0].relays[0].server: expected the server\'s host name or IP address alone, found "imap/x"; no scheme, port, path or user name',
    ],
  ])('%s', async (_, text, words) => {
    const directory = scratchDirectory('data');
    const file = join(directory, 'odd.conf');
    writeFileSync(file, text);
    const stderr = `${file} cannot be used:\n  ${words}\n`;
    expect(await run(directory, 'import', file, '--yes')).toEqual({ code: 2, stdout: '', stderr });
    expect(existsSync(join(directory, 'config.json'))).toBe(false);
  });

  test.each<[string[], string]>([
    [[], 'postern: "import" needs a file.\nTry: postern import --help\n'],
    [['/nowhere/a.conf'], 'postern: There is no file /nowhere/a.conf.\nTry: postern import --help\n'],
  ])('%j', async (args, stderr) => {
    expect(await run(scratchDirectory('data'), 'import', ...args)).toEqual({ code: 2, stdout: '', stderr });
  });
});
