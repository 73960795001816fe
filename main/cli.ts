#!/usr/bin/env node
import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { quoted } from '../proxy/config/configuration-error.ts';
import { type Command, type ExitCode, UsageError } from './cli/command.ts';
import { cleanEnvironment } from './cli/environment.ts';
import { reportFailure } from './cli/failures.ts';
import { meantCommand } from './cli/meant.ts';
import { createOutput, type Output } from './output.ts';

/** Every command, loaded on demand. */
const commands: Record<string, { summary: string; load: () => Promise<{ command: Command }> }> = {
  run: { summary: 'let mail programs connect, until you stop it', load: () => import('./run.ts') },
  add: { summary: 'find the servers of an e-mail address, and add the account', load: () => import('./cli/add.ts') },
  status: { summary: 'what the running Postern is doing', load: () => import('./cli/status.ts') },
  pause: {
    summary: 'make no new connections for a while',
    load: async () => ({ command: (await import('./cli/pausing.ts')).pause }),
  },
  resume: {
    summary: 'go on after a pause',
    load: async () => ({ command: (await import('./cli/pausing.ts')).resume }),
  },
  accounts: {
    summary: 'accounts, their local passwords, signing in to a provider',
    load: () => import('./cli/accounts.ts'),
  },
  certificates: { summary: 'look at certificates, and decide about them', load: () => import('./cli/certificates.ts') },
  devices: { summary: 'devices of the local network, and which may connect', load: () => import('./cli/devices.ts') },
  'local-certificate': {
    summary: 'the certificate that devices are shown, to import into them',
    load: () => import('./cli/local-certificate.ts'),
  },
  check: { summary: 'sign in as a mail program would, and report what happens', load: () => import('./cli/check.ts') },
  import: {
    summary: 'import accounts from stunnel or Email OAuth 2.0 Proxy',
    load: () => import('./cli/import.ts'),
  },
  card: { summary: 'what to type into your mail program, in its own words', load: () => import('./cli/card.ts') },
  config: { summary: 'check a configuration file ("config validate")', load: () => import('./cli/config.ts') },
  diagnostics: {
    summary: 'collect what someone helping you needs to know, in a file',
    load: () => import('./cli/diagnostics.ts'),
  },
  window: { summary: 'a new link to the window in the browser', load: () => import('./cli/window.ts') },
};

const help = [
  'Postern lets old mail programs use modern mail servers: without encryption only on this computer, and with',
  'verified TLS from here to the server.',
  '',
  'Usage: postern COMMAND [OPTIONS]',
  '',
  ...Object.entries(commands).map(([name, { summary }]) => `  ${name.padEnd(19)}${summary}`),
  '',
  '  --help, -h    this, or with a command, the help for that command',
  '  --version     the version',
  '',
  'Every command takes --data-dir FOLDER, where config.json and everything else that Postern keeps is.',
  'Exit codes: 0 success, 1 failure, 2 wrong usage or configuration.',
];

async function main(args: string[], output: Output): Promise<ExitCode> {
  const [name, ...rest] = args;
  try {
    if (name === undefined) {
      output.complain(...help);
      return 2;
    }
    if (name === '--help' || name === '-h' || (name === 'help' && rest.length === 0)) {
      output.lines(...help);
      return 0;
    }
    if (name === 'help') {
      const [about = ''] = rest;
      output.lines(...(await commandNamed(about).load()).command.help);
      return 0;
    }
    const version = readVersion();
    if (name === '--version') {
      output.lines(version);
      return 0;
    }
    const { command } = await commandNamed(name).load();
    if (rest.includes('--help') || rest.includes('-h')) {
      output.lines(...command.help);
      return 0;
    }
    const { openTerminal, readFirstLine } = await import('./cli/terminal.ts');
    return await command.run({
      output,
      args: rest,
      version,
      windowDirectory: besideUs('renderer/'),
      terminal: process.stdin.isTTY && process.stderr.isTTY ? openTerminal(process.stdin, output) : null,
      readInputLine: () => readFirstLine(process.stdin),
    });
  } catch (error) {
    return reportFailure(error, name !== undefined && Object.hasOwn(commands, name) ? name : null, output);
  }
}

/** @throws {UsageError} with what was probably meant */
function commandNamed(name: string): (typeof commands)[string] {
  const entry = Object.hasOwn(commands, name) ? commands[name] : undefined;
  if (entry) return entry;
  const meant = meantCommand(name, Object.keys(commands));
  if (name.startsWith('-')) {
    throw new UsageError(`The command comes first, then its options; found ${quoted(name)}.${meant}`);
  }
  throw new UsageError(`${quoted(name)} is not a command.${meant}`);
}

function readVersion(): string {
  const file = besideUs('../package.json');
  return (JSON.parse(readFileSync(file, 'utf8')) as { version: string }).version;
}

/** A path in `dist`, whether this runs from there or from source. */
function besideUs(path: string): string {
  return fileURLToPath(new URL(import.meta.url.endsWith('.ts') ? `../dist/${path}` : `../${path}`, import.meta.url));
}

cleanEnvironment();
const output = createOutput();
const exitCode = await main(process.argv.slice(2), output);
await output.flush();
process.exit(exitCode);
