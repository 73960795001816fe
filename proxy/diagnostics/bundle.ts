import { open } from 'node:fs/promises';
import { arch, platform, release } from 'node:os';
import { join } from 'node:path';
import type { ActivityRow, Configuration } from '../contract/index.ts';
import type { StateStore } from '../state/store.ts';
import { authoritiesInUse } from '../trust/judging/roots.ts';
import { maskUsers } from './mask.ts';
import { type ZipEntry, zip } from './zip.ts';

/** The end of the log: some days of ordinary use, at a size that any mail server accepts as an attachment. */
const logBytes = 512 * 1024;

export interface DiagnosticsSource {
  state: StateStore;
  configuration: Configuration;
  dataDirectory: string;
  version: string;
  now(): Date;
}

/** A support bundle. */
export interface Diagnostics {
  /** What to call the file. */
  name: string;
  /** The names of the text files in it. */
  contents: string[];
  /** A ZIP archive in Base64. */
  zip: string;
}

/**
 * Collects what someone helping needs to know, as plain text files that a person can read before sending them. User
 * names are masked in all of them; passwords, keys and certificates' private parts are in none of the sources.
 */
export async function collectDiagnostics(source: DiagnosticsSource): Promise<Diagnostics> {
  const files = [
    { name: 'versions.txt', text: versions(source) },
    { name: 'configuration.json', text: json(shown(source.configuration)) },
    { name: 'state.json', text: json(stateOf(source.state)) },
    { name: 'refusals.txt', text: refusals(source.state) },
    { name: 'log.txt', text: await logTail(join(source.dataDirectory, 'logs', 'postern.log')) },
  ].map(({ name, text }): ZipEntry => ({ name, text: maskUsers(text) }));
  const readMe = { name: 'README.txt', text: explanation(files) };
  const day = source.now().toISOString().slice(0, 10);
  const all = [readMe, ...files];
  return {
    name: `postern-diagnostics-${day}.zip`,
    contents: all.map(({ name }) => name),
    zip: zip(all).toString('base64'),
  };
}

/** The address of a webhook, or a program's arguments, may be a secret: only its presence is reported. */
function shown({ notify, ...configuration }: Configuration) {
  return notify === undefined ? configuration : { ...configuration, notify: Object.keys(notify) };
}

function explanation(files: readonly ZipEntry[]): string {
  return [
    'Diagnostics of Postern',
    '',
    'Plain text, to be read before it is sent to anyone. There is no password in it and no mail. The part of addresses',
    'before the @ and the user in paths are replaced by ***. Names of accounts and servers are as you gave them.',
    '',
    ...files.map(({ name, text }) => `${name}  ${text.split('\n').length - 1} lines`),
    '',
  ].join('\n');
}

function versions({ version, now }: DiagnosticsSource): string {
  const { node, openssl = '', electron = '' } = process.versions as Record<string, string>;
  // This is OpenSSL's version; in Electron the number stands for BoringSSL.
  return [
    `Postern ${version}`,
    `Node.js ${node}`,
    ...(electron === '' ? [] : [`Electron ${electron}`]),
    `TLS library ${openssl}`,
    `Authorities ${authoritiesInUse()}`,
    `System ${platform()} ${release()} ${arch()}`,
    `Time ${now().toISOString()}`,
    '',
  ].join('\n');
}

/** The state without the practice account's credentials, and without the activity, which has a file of its own. */
function stateOf(state: StateStore) {
  const { activity: _, core, ...tables } = state.snapshot().tables;
  const { practice: _practice, ...facts } = core.core ?? {};
  return { core: facts, ...tables };
}

function refusals(state: StateStore): string {
  const rows = state
    .all('activity')
    .filter((row): row is Extract<ActivityRow, { kind: 'refused' | 'relay-failed' }> =>
      ['refused', 'relay-failed'].includes(row.kind),
    );
  return rows.map(({ at, relay, reason, message }) => `${at} ${relay} ${reason}: ${message}\n`).join('');
}

/** The last lines of the log. Lines of protocol traces are left out: they are private. */
async function logTail(path: string): Promise<string> {
  const file = await open(path, 'r').catch(() => null);
  if (!file) return '';
  try {
    const { size } = await file.stat();
    const start = Math.max(0, size - logBytes);
    const bytes = Buffer.alloc(size - start);
    const { bytesRead } = await file.read(bytes, 0, bytes.length, start);
    const lines = bytes.toString('utf8', 0, bytesRead).split('\n');
    const whole = start > 0 ? lines.slice(1) : lines;
    return whole.filter((line) => !/^\S+ trace /.test(line)).join('\n');
  } finally {
    await file.close();
  }
}

function json(value: unknown): string {
  return `${JSON.stringify(value, null, 2)}\n`;
}
