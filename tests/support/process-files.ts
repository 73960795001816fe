import { readdirSync, readFileSync, readlinkSync } from 'node:fs';
import { needLinux } from './needs.ts';

/** What a process holds open, by /proc(5). */
export function openFiles(pid: number): { sockets: number; files: number } {
  needLinux();
  let sockets = 0;
  let files = 0;
  for (const name of readdirSync(`/proc/${pid}/fd`)) {
    try {
      if (readlinkSync(`/proc/${pid}/fd/${name}`).startsWith('socket:')) sockets += 1;
      else files += 1;
    } catch {
      // Closed in the meantime.
    }
  }
  return { sockets, files };
}

/** Resident memory of a process in bytes, by /proc(5). */
export function residentBytes(pid: number): number {
  needLinux();
  return Number(/^VmRSS:\s+(\d+)/m.exec(readFileSync(`/proc/${pid}/status`, 'latin1'))?.[1] ?? 0) * 1024;
}

/** Whether a process runs, by /proc(5). One that has ended stays listed, as a zombie, until somebody asks how. */
export function runs(pid: number): boolean {
  needLinux();
  try {
    return !/\) [ZX] /.test(readFileSync(`/proc/${pid}/stat`, 'latin1'));
  } catch {
    return false;
  }
}
