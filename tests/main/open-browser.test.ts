import { spawn } from 'node:child_process';
import { existsSync, mkdirSync, readFileSync, watch, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect, test } from 'vitest';
import { questionAt, type ReturnKey, seal } from '../../main/http/earlier-runs.ts';
import { opener, openInBrowser } from '../../main/open-browser.ts';
import { atEnd, scratchDirectory } from '../support/clean-up.ts';
import { needProgram } from '../support/needs.ts';
import { freePort } from '../support/ports.ts';

const link = 'http://127.0.0.1:4711/?token=abc';

test.each<[NodeJS.Platform, NodeJS.ProcessEnv, string | null]>([
  ['linux', { DISPLAY: ':0' }, 'xdg-open'],
  ['linux', { WAYLAND_DISPLAY: 'wayland-0' }, 'xdg-open'],
  ['linux', {}, null],
  // The screen is somewhere else.
  ['linux', { DISPLAY: 'localhost:10.0', SSH_CONNECTION: '192.0.2.1 1 192.0.2.2 22' }, null],
  ['win32', {}, 'rundll32.exe'],
  ['darwin', {}, 'osascript'],
  ['aix', { DISPLAY: ':0' }, null],
])('on %s with %j the window is opened by %s', (platform, environment, program) => {
  expect(opener(link, platform, environment)?.program ?? null).toBe(program);
});

test('on macOS, where every user sees the list of processes, the link is not in it', () => {
  const how = opener(link, 'darwin', {});
  expect(how?.args.join(' ')).not.toContain('token');
  expect(how?.input).toContain(link);
});

test('a program that is not there is told of', async () => {
  const told = new Promise<string>((resolve) => {
    openInBrowser({ program: '/nowhere/xdg-open', args: [link] }, () => resolve('told'));
  });
  expect(await told).toBe('told');
});

const cli = fileURLToPath(new URL('../../dist/main/cli.js', import.meta.url));

/** Runs the built command in a terminal on a made-up desktop, until it reports that it is running. */
async function runOnDesktop(...options: string[]) {
  return runOnDesktopIn(scratchDirectory('desktop'), ...options);
}

async function runOnDesktopIn(base: string, ...options: string[]) {
  const terminal = needProgram('script');
  const [data, opened] = [join(base, 'data'), join(base, 'opened')];
  mkdirSync(data, { mode: 0o700, recursive: true });
  writeFileSync(
    join(base, 'xdg-open'),
    `#!/bin/sh\nprintf %s "$1" >'${opened}.part' && mv '${opened}.part' '${opened}'\n`,
    {
      mode: 0o755,
    },
  );
  const line = [process.execPath, cli, 'run', '--data-dir', data, ...options].map((word) => `'${word}'`).join(' ');
  const { SSH_CONNECTION: _, ...own } = process.env;
  const env = { ...own, DISPLAY: ':99', PATH: `${base}:${process.env.PATH}` };
  const child = spawn(terminal, ['-qec', line, '/dev/null'], { env, stdio: ['pipe', 'pipe', 'ignore'] });
  atEnd(() => child.kill());
  let output = '';
  await new Promise<void>((resolve) => {
    child.stdout.on('data', (chunk) => {
      output += String(chunk);
      if (output.includes('Ctrl+C stops it.')) resolve();
    });
  });
  const whenOpened = () =>
    new Promise<string>((resolve) => {
      const look = () => {
        if (existsSync(opened)) resolve(readFileSync(opened, 'utf8'));
      };
      const watcher = watch(base, look);
      atEnd(() => watcher.close());
      look();
    });
  const said = (words: string) =>
    new Promise<void>((resolve) => {
      const look = () => {
        if (output.includes(words)) resolve();
      };
      child.stdout.on('data', look);
      look();
    });
  const stop = async () => {
    const ended = new Promise((resolve) => child.once('close', resolve));
    child.stdin.write('\u0003');
    await ended;
  };
  return { whenOpened, said, stop, output: () => output, wasOpened: () => existsSync(opened) };
}

test('the browser gets a link of its own that opens the window; the one that is shown stays good', async () => {
  const running = await runOnDesktop();
  const given = await running.whenOpened();
  const [, shown] = /Window \(opens once\): (\S+)/.exec(running.output()) ?? [];
  expect(given).not.toBe(shown);
  for (const each of [given, shown ?? '']) {
    const response = await fetch(each, { redirect: 'manual' });
    expect(response.status).toBe(303);
    expect(response.headers.get('location')).toMatch(/^\/#key=/);
  }
  expect(running.output()).toContain('Your browser opens the window now');
  await running.stop();
});

test.each(['--no-open', '--no-window'])('%s opens nothing', async (option) => {
  const running = await runOnDesktop(option);
  await running.stop();
  expect(running.wasOpened()).toBe(false);
  expect(running.output()).not.toContain('Your browser opens');
});

test('honest: 86: where the window of the last run comes back by itself, the browser opens no second one', async () => {
  const base = scratchDirectory('desktop');
  // The next run listens at this one's port, which nobody may have taken in between, as a port of the system's choice might be.
  const first = await runOnDesktopIn(base, '--no-open', '--window-port', String(await freePort()));
  const [, shown = ''] = /Window \(opens once\): (\S+)/.exec(first.output()) ?? [];
  const { origin, port } = new URL(shown);
  const opened = await fetch(shown, { redirect: 'manual' });
  const headers = {
    cookie: opened.headers.get('set-cookie')?.split(';')[0] ?? '',
    'x-postern-window': /key=([\w-]+)/.exec(opened.headers.get('location') ?? '')?.[1] ?? '',
    origin,
  };
  const given = await fetch(`${origin}/api/return-key`, { method: 'POST', headers });
  const { id, key } = (await given.json()) as ReturnKey;
  await first.stop();

  const question = { id, ...seal(Buffer.from(key, 'base64url'), questionAt(Number(port)), '') };
  const asking = { method: 'POST', headers: { origin }, body: JSON.stringify(question) };
  // As the page does: until somebody answers.
  const comeBack = async (): Promise<Response> => {
    const told = await fetch(`${origin}/api/return`, asking).catch(() => null);
    if (told?.status === 200) return told;
    await new Promise((resolve) => setTimeout(resolve, 100));
    return comeBack();
  };
  const [next] = await Promise.all([runOnDesktopIn(base), comeBack()]);
  await next.said('The window that was open in your browser is back.');
  await next.stop();
  expect(next.wasOpened()).toBe(false);
  expect(next.output()).not.toContain('Your browser opens');
});
