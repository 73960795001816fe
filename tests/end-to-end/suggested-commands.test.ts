/** Every command that Postern prints, typed into a real shell as it stands: with folders and names that a shell would change. */
import { chmodSync, existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { scratchDirectory } from '../support/clean-up.ts';
import { balancer, connectDevice } from '../support/device.ts';
import { startFakeUpstream } from '../support/fake-upstream.ts';
import { createAuthority, issue, selfSigned, writeFiles } from '../support/pki.ts';
import { type Postern, startPostern } from '../support/postern.ts';
import { runProgram } from '../support/programs.ts';
import { RawClient } from '../support/raw-client.ts';
import { startService } from '../support/service.ts';
import { root } from '../support/sources.ts';

const place = scratchDirectory('suggested');
const awkward = `It's "$(touch executed)" \`touch executed\` & ü`;
const dataDirectory = join(place, `a b's "$(touch executed)" \`touch executed\` ü`);
const [asked, hoster] = ['mail.customer.example', 'mail.hoster.example'];

/** The `postern` that the shell finds. */
const programs = join(place, 'bin');
mkdirSync(programs);
writeFileSync(
  join(programs, 'postern'),
  `#!/bin/sh\nexec '${process.execPath}' '${join(root, 'dist/main/cli.js')}' "$@"\n`,
);
chmodSync(join(programs, 'postern'), 0o755);

/** Types a line into a shell. */
async function type(line: string) {
  const env = { PATH: `${programs}:${process.env.PATH}` };
  const { code, stdout, stderr } = await runProgram('sh', ['-c', line], { cwd: place, env });
  expect([line, existsSync(join(place, 'executed'))]).toEqual([line, false]);
  return { code, said: stdout.toString() + stderr };
}

/** The commands that a text suggests: to the end of the line, or of the quotation marks around them. */
function suggested(text: string): string[] {
  return text.split('\n').flatMap((line) => {
    const at = line.indexOf('postern ');
    if (at === -1) return [];
    const command = line.slice(at);
    return [line[at - 1] === '"' ? command.slice(0, command.lastIndexOf('"')) : command.replace(/>$/, '')];
  });
}

/** Types a line that starts Postern. @returns what it said by then */
async function startBy(line: string) {
  let said = '';
  const service = await startService('sh', ['-c', line.replace('postern run', 'exec postern run --no-window')], {
    cwd: place,
    env: { PATH: `${programs}:${process.env.PATH}` },
    onStart(child) {
      child.stdout?.on('data', (chunk) => {
        said += String(chunk);
      });
    },
    isReady: async () => said.includes('Ctrl+C stops it.'),
  });
  return { said, service };
}

async function meet(postern: Postern, relay: string): Promise<void> {
  const client = await RawClient.connect(postern.port(relay));
  // No folder of another name: this one's is not in ASCII.
  expect(await client.line()).toMatch(/^\* BYE .*"postern certificates [^"]* --data-dir FOLDER"/);
}

const configured = () => JSON.parse(readFileSync(join(dataDirectory, 'config.json'), 'utf8')).accounts;

test('nothing in a name or folder is executed, and each suggested command does what it says', async () => {
  const shared = issue(createAuthority(), { names: [hoster] });
  const { root: authority } = writeFiles(scratchDirectory('authority'), shared);
  const identities = [shared, selfSigned({ names: ['own.example'] })];
  const [first, second] = await Promise.all(
    identities.map((identity) => startFakeUpstream({ protocol: 'imap', tls: 'implicit', identity })),
  );
  const relay = { protocol: 'imap', listen: '127.0.0.1:0', tls: 'implicit', address: '127.0.0.1' } as const;
  const postern = await startPostern({
    dataDirectory,
    configuration: {
      version: 1,
      accounts: [
        { name: awkward, relays: [{ ...relay, name: 'named', server: asked, port: first?.port ?? 0 }] },
        { name: 'Own', relays: [{ ...relay, name: 'own', server: 'own.example', port: second?.port ?? 0 }] },
        {
          name: `-${awkward}`,
          signIn: { kind: 'stored', user: 'user' },
          relays: [{ ...relay, name: 'kept', server: 'kept.example', port: 1 }],
        },
        {
          name: `${awkward}2`,
          signIn: { kind: 'stored', user: 'user' },
          relays: [{ ...relay, name: 'kept-2', server: 'kept.example', port: 1 }],
        },
        {
          name: 'Scans',
          relays: [
            {
              ...{ ...relay, protocol: 'smtp', name: awkward, server: 'kept.example', port: 1 },
              ...{ lan: { allow: ['192.168.7.20'] }, proxyProtocol: [balancer] },
            },
          ],
        },
      ],
      certificateAuthorities: [authority],
      settings: { certificateDecisionSeconds: 0 },
    },
  });
  await meet(postern, 'named');
  await meet(postern, 'own');
  const seen = suggested((await postern.command('certificates')).stdout.toString());
  const options = / --data-dir .*$/.exec(seen.find((command) => command.includes(' reject ')) ?? '')?.[0] ?? '';
  expect(options).toContain("'\\''");

  // The questions: the other name, trust, forget, trust once, forget, reject.
  const listed = async () => suggested((await type(`postern certificates${options}`)).said);
  const typeFirst = async (...words: string[]) => {
    const found = await listed();
    return type(found.find((command) => words.every((word) => command.includes(word))) ?? found.join('\n'));
  };
  expect(await typeFirst(' use-name ')).toMatchObject({
    code: 0,
    said: expect.stringContaining(`${hoster} instead of ${asked}`),
  });
  expect(await typeFirst(' approve ')).toMatchObject({ code: 0, said: expect.stringContaining('Trusted from now on') });
  expect(await typeFirst(' forget ')).toMatchObject({ code: 0, said: expect.stringContaining('asks again') });
  await meet(postern, 'own');
  expect(await typeFirst(' approve ', ' --once')).toMatchObject({
    code: 0,
    said: expect.stringContaining('until Postern stops'),
  });
  expect(await typeFirst(' forget ')).toMatchObject({ code: 0 });
  await meet(postern, 'own');
  // What status says of the refusal is a command, too.
  const advised = suggested((await type(`postern status${options}`)).said).filter((each) => each.includes(' approve '));
  expect(advised.length).toBeGreaterThan(1);
  expect(await typeFirst(' reject ')).toMatchObject({ code: 0, said: expect.stringContaining('Rejected') });
  // A fingerprint names the decision as well as its ID does, with colons or without.
  const { fingerprint } = identities[1] ?? { fingerprint: '' };
  const inColons = fingerprint.toUpperCase().match(/../g)?.join(':') ?? '';
  expect((await type(`postern certificates${options}`)).said).toContain(`SHA-256 ${inColons}\n`);
  expect(await type(`postern certificates forget ${inColons}${options}`)).toMatchObject({ code: 0 });

  // A device that was turned away.
  await connectDevice(postern.port(awkward), '192.168.7.33');
  await postern.event('refused', ({ reason }) => reason === 'device-not-allowed');
  const [allow = ''] = suggested((await type(`postern devices${options}`)).said).filter((each) =>
    each.includes(' allow '),
  );
  const allowed = await type(allow);
  expect(allowed).toMatchObject({ code: 0, said: expect.stringContaining(`192.168.7.33 may use ${awkward}`) });
  const letIn = () => configured().at(-1).relays[0].lan.allow;
  expect(letIn()).toEqual(['192.168.7.20', '192.168.7.33']);
  expect((await type(suggested(allowed.said)[0] ?? '')).code).toBe(0);
  expect(letIn()).toEqual(['192.168.7.20']);

  // Accounts that wait for a password.
  const needed = suggested((await type(`postern accounts${options}`)).said);
  expect(needed).toHaveLength(2);
  for (const [at, name] of [`-${awkward}`, `${awkward}2`].entries()) {
    const { code, said } = await type(needed[at] ?? '');
    expect([code, said]).toEqual([2, expect.stringContaining('pass it with --password-stdin')]);
    expect(said.replaceAll('\\', '')).toContain(name.slice(0, 20));
  }
  const which = await type(`postern accounts local-password${options}`);
  expect(which.code).toBe(1);
  for (const command of suggested(which.said)) {
    expect(await type(command)).toMatchObject({ code: 0, said: expect.stringMatching(/^[a-z0-9]{16}\n$/) });
  }
  // Cards.
  const [card = ''] = suggested((await type(`postern card${options}`)).said);
  expect(await type(card)).toMatchObject({ code: 0, said: expect.stringContaining(awkward) });

  // An account by hand, with its try; and an import.
  const third = awkward.replaceAll("'", "'\\''");
  const added = await type(
    `postern add ada@x.example --name '${third}3' --keep-password --server imap=127.0.0.1:1993,implicit --server smtp=127.0.0.1:587${options}`,
  );
  expect(added.code).toBe(0);
  expect(configured().at(-1)).toMatchObject({
    name: `${awkward}3`,
    signIn: { kind: 'stored', user: 'ada@x.example' },
    relays: [
      { protocol: 'imap', server: '127.0.0.1', port: 1993, tls: 'implicit' },
      { protocol: 'smtp', server: '127.0.0.1', port: 587, tls: 'starttls' },
    ],
  });
  const next = suggested(added.said);
  // One that waits for a consent: the command finds the account, and asks its issuer.
  const tokens = await type(
    `postern add ada@x.example --name '${third}4' --issuer 'https://127.0.0.1:1/' --client-id ours --server imap=127.0.0.1:1993,implicit${options}`,
  );
  const [signIn = ''] = suggested(tokens.said).filter((each) => each.includes('accounts sign-in'));
  expect(await type(signIn)).toMatchObject({
    code: 1,
    said: expect.stringMatching(/^postern: The provider’s sign-in cannot be reached\. 127\.0\.0\.1 .* port 1\./),
  });
  expect(next.map((each) => each.split(' ')[1])).toEqual(['accounts', 'accounts', 'card', 'check']);
  expect((await type(next[3] ?? '')).said).not.toContain('There is no account');
  const file = join(place, 'stunnel.conf');
  writeFileSync(
    file,
    `client = yes\n[${awkward.slice(0, 4)}]\naccept = 127.0.0.1:21143\nconnect = imap.example.org:993\n`,
  );
  const imported = await type(`postern import '${file}' --yes${options}`);
  expect(imported.code).toBe(0);
  for (const command of suggested(imported.said).filter((each) => each.startsWith('postern card'))) {
    expect((await type(command)).code).toBe(0);
  }

  // Paused: what pauses it, shows it, and is kept from working by it says how to go on.
  const paused = await type(`postern pause${options}`);
  expect(paused).toMatchObject({ code: 0, said: expect.stringContaining('Paused') });
  const says = [paused, await type(`postern status${options}`), await type(`postern check own${options}`)];
  expect(says[1]?.said).toContain('It is PAUSED');
  expect(says[2]).toMatchObject({ code: 1, said: expect.stringContaining('Postern is paused') });
  const goOn = says.flatMap(({ said }) => suggested(said).filter((each) => each.startsWith('postern resume')));
  expect(goOn).toEqual(Array(3).fill(`postern resume${options}`));
  expect(await type(goOn[0] ?? '')).toEqual({ code: 0, said: 'Mail programs reach their servers again.\n' });
  expect((await type(goOn[1] ?? '')).said).toContain('was not paused');

  // Stopped: what every command says then starts it.
  await postern.stop();
  const [start = ''] = suggested((await type(`postern status${options}`)).said);
  expect(start).toContain('postern run --data-dir');
  await startBy(start);

  // The first start: what it says of the practice starts that.
  const another = options.replace(" b'\\''s ", " new b'\\''s ");
  expect(another).not.toBe(options);
  const bare = await startBy(`postern run${another}`);
  const [practise = ''] = suggested(bare.said).filter((each) => each.includes('--practice'));
  await bare.service.stop();
  expect((await startBy(practise)).said).toContain('This is a practice account.');
  expect(existsSync(join(place, 'executed'))).toBe(false);
});
