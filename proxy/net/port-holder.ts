import { execFile } from 'node:child_process';
import { readdir, readFile, readlink } from 'node:fs/promises';
import { promisify } from 'node:util';
import type { PortHolder } from '../contract/index.ts';
import { logText } from '../log/log-text.ts';

const run = promisify(execFile);

/** How long the system's own tools may take, in milliseconds. */
const toolMilliseconds = 4_000;
const maxNameLength = 60;

/**
 * Finds the other program that listens on a TCP port of this computer, as far as the system says: other users' programs
 * may stay hidden. This process may hold the port at the other loopback address, and is skipped.
 *
 * @returns null when it is unknown. Never throws.
 */
export async function portHolder(
  port: number,
  platform: NodeJS.Platform = process.platform,
): Promise<PortHolder | null> {
  try {
    if (platform === 'linux') return await onLinux(port);
    if (platform === 'darwin') return parseLsof(await tool('lsof', ['-nP', `-iTCP:${port}`, '-sTCP:LISTEN', '-Fpc']));
    if (platform === 'win32') return await onWindows(port);
    return null;
  } catch {
    return null;
  }
}

async function tool(program: string, words: string[]): Promise<string> {
  const { stdout } = await run(program, words, { timeout: toolMilliseconds, windowsHide: true });
  return stdout;
}

/** The kernel lists sockets by inode, and every process its descriptors: proc_pid_net(5), proc_pid_fd(5). */
async function onLinux(port: number): Promise<PortHolder | null> {
  const tables = await Promise.all(
    ['/proc/net/tcp', '/proc/net/tcp6'].map((path) => readFile(path, 'latin1').catch(() => '')),
  );
  const sockets = new Set(tables.flatMap((table) => listeningInodes(table, port)).map((inode) => `socket:[${inode}]`));
  if (sockets.size === 0) return null;
  for (const pid of (await readdir('/proc')).filter((name) => /^\d+$/.test(name) && Number(name) !== process.pid)) {
    // Descriptors of other users' programs cannot be read, and programs end while we look.
    const descriptors = await readdir(`/proc/${pid}/fd`).catch(() => []);
    for (const descriptor of descriptors) {
      const target = await readlink(`/proc/${pid}/fd/${descriptor}`).catch(() => '');
      if (!sockets.has(target)) continue;
      const [program, commandLine] = await Promise.all([
        readFile(`/proc/${pid}/comm`, 'utf8'),
        readFile(`/proc/${pid}/cmdline`, 'utf8').catch(() => ''),
      ]);
      return { pid: Number(pid), program: called(program.trim(), commandLine.split('\0')) };
    }
  }
  return null;
}

/**
 * The usual name of a program. Another Postern is called that, although to the system its command is Node.
 *
 * @param program its name as given by the system
 * @param commandLine its words, where the system gives them
 */
export function called(program: string, commandLine: readonly string[] = []): string {
  const isPackaged = /^postern(?:\.exe)?$/i.test(program);
  const isCommand = commandLine.slice(1).some((word) => /(?:^|[/\\])main[/\\]cli\.(?:js|ts)$/.test(word));
  const runs = commandLine.includes('run');
  return isPackaged || (isCommand && runs) ? 'another Postern' : logText(program, maxNameLength);
}

/**
 * The inodes of the sockets that listen on a port.
 *
 * @param table text of `/proc/net/tcp` or `tcp6`
 */
export function listeningInodes(table: string, port: number): string[] {
  const end = `:${port.toString(16).toUpperCase().padStart(4, '0')}`;
  return table.split('\n').flatMap((line) => {
    // Number, both ends, state (0A is LISTEN), queues, timer, retransmits, uid, timeout, inode.
    const fields = line.trim().split(/\s+/);
    const [, local = '', , state] = fields;
    const inode = fields[9];
    return local.endsWith(end) && state === '0A' && inode !== undefined && inode !== '0' ? [inode] : [];
  });
}

/** The first other process of `lsof -F pc`: a line with `p` and its number, one with `c` and its command. */
export function parseLsof(text: string): PortHolder | null {
  for (const [, pid, program = ''] of text.matchAll(/^p(\d+)\n(?:f.*\n)*c(.*)$/gm)) {
    if (Number(pid) !== process.pid) return { pid: Number(pid), program: called(program) };
  }
  return null;
}

async function onWindows(port: number): Promise<PortHolder | null> {
  const pid = parseNetstat(await tool('netstat.exe', ['-ano', '-p', 'TCP']), port);
  if (pid === null) return null;
  const program = parseTasklist(await tool('tasklist.exe', ['/FI', `PID eq ${pid}`, '/FO', 'CSV', '/NH']));
  return program === null ? null : { pid, program };
}

/** `netstat -ano`: protocol, local end, remote end, state, process. The state is translated; `:0` means LISTEN. */
export function parseNetstat(text: string, port: number): number | null {
  for (const line of text.split(/\r?\n/)) {
    const [protocol, local = '', remote = '', , pid] = line.trim().split(/\s+/);
    const listens = protocol === 'TCP' && local.endsWith(`:${port}`) && remote.endsWith(':0');
    if (listens && /^\d+$/.test(pid ?? '') && Number(pid) !== process.pid) return Number(pid);
  }
  return null;
}

/** `tasklist /FO CSV /NH`: the name in quotes, first; a sentence without quotes when there is no such process. */
export function parseTasklist(text: string): string | null {
  const [, name] = /^"([^"]+)","\d+"/m.exec(text) ?? [];
  return name === undefined ? null : called(name);
}
